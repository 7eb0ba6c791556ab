"""A run read as the log that a platform would have kept of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_runs import small

from personas.estimation import estimate
from personas.estimation.pages import pages_of
from scenarios.loader import check as checked_scenario
from simulator.datasets import load
from simulator.evaluation.observed_log import MONDAY_S, observed_log
from simulator.journal.schema import OBSERVABLE, SCHEMA
from simulator.records import Catalog, InteractionLog, UserInputError
from simulator.studies import ab


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("runs")
    scenario = small(population={"size": 80}, world={"turns": 12, "slate_size": 5})
    outcome = ab.run(checked_scenario(scenario, file="test", base_dir=here), here / "run", command=["test"])
    assert outcome.status == ab.DONE, outcome.message
    return outcome.folder


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load("sample").log.catalog


def rows(folder: Path, arm: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted(folder.glob(f"events/{arm}.*.parquet"))])


def same(one: InteractionLog, other: InteractionLog) -> bool:
    names = ("user_ids", "user", "item", "clicked", "time", "position", "rating", "dwell_s")
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name in ("rating", "dwell_s"))
        for name in names
    )


def test_every_impression_of_one_arm_is_a_row(folder: Path, catalog: Catalog) -> None:
    log, table = observed_log(folder, catalog, arm="plain"), rows(folder, "plain")
    assert len(log) == table.num_rows > 1000
    assert 0 < log.clicked.sum() == int(np.sum(table["clicked"].to_numpy(zero_copy_only=False)))
    assert np.isnan(log.dwell_s[~log.clicked]).all() and (log.dwell_s[log.clicked] > 0).all()
    assert log.time.min() >= MONDAY_S and (np.diff(log.time) >= 0).all()
    assert set(log.position.tolist()) == set(range(5))
    shown = sorted(zip(table["user_id"].to_pylist(), table["item_id"].to_pylist(), strict=True))
    assert shown == sorted(zip(log.user_ids[log.user].tolist(), catalog.item_ids[log.item].tolist(), strict=True))


def test_pages_and_visits_are_found_again(folder: Path, catalog: Catalog) -> None:
    table = rows(folder, "plain").select(["user_id", "session", "turn"])
    pages = pages_of(observed_log(folder, catalog, arm="plain"))
    assert pages is not None
    of = list(zip(*(table[name].to_pylist() for name in ("user_id", "session", "turn")), strict=True))
    assert len(pages) == len({(user, turn) for user, _, turn in of})
    assert pages.n_sessions == pytest.approx(len({(user, session) for user, session, _ in of}), rel=0.01)


def test_latent_columns_change_nothing(folder: Path, catalog: Catalog, tmp_path: Path) -> None:
    poisoned = shutil.copytree(folder, tmp_path / "poisoned")
    for path in poisoned.glob("events/*.parquet"):
        table = pq.read_table(path)
        for number, field in enumerate(SCHEMA):
            if field.name not in OBSERVABLE and field.name != "appraised_by":
                values = table[field.name].combine_chunks().take(pa.array(np.arange(table.num_rows)[::-1]))
                table = table.set_column(number, field, values)
        pq.write_table(table, path)
    assert same(observed_log(folder, catalog, arm="clever"), observed_log(poisoned, catalog, arm="clever"))


def test_pages_that_a_mind_skipped_are_left_out(folder: Path, catalog: Catalog, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "skipping")
    skipped = 0
    for path in copy.glob("events/plain.*.parquet"):
        table = pq.read_table(path)
        number = table.schema.get_field_index("appraised_by")
        words = table["appraised_by"].to_pylist()
        skips = [turn == 2 for turn in table["turn"].to_pylist()]
        skipped += sum(skips)
        words = pa.array(["skipped" if skip else word for skip, word in zip(skips, words, strict=True)])
        field = table.schema.field(number)
        pq.write_table(table.set_column(number, field, words.cast(field.type)), path)
    assert skipped > 0
    whole, without = (observed_log(place, catalog, arm="plain") for place in (folder, copy))
    assert len(without) == len(whole) - skipped


def test_what_the_platform_knew_before_comes_without_place_and_time(folder: Path, catalog: Catalog) -> None:
    log = observed_log(folder, catalog, arm="plain", history=True)
    before = log.select(log.position < 0)
    assert before.clicked.all() and not before.time.any() and np.isnan(before.rating).all()
    history = pq.read_table(folder / "history.parquet").to_pandas()
    history = history[(history["part"] == "P") & history["user_id"].isin(log.user_ids.tolist())]
    known = set(history[["user_id", "item_id"]].itertuples(index=False, name=None))
    found = zip(log.user_ids[before.user].tolist(), catalog.item_ids[before.item].tolist(), strict=True)
    assert set(found) == known and len(before) == len(known)
    assert same(log.select(log.position >= 0), observed_log(folder, catalog, arm="plain"))


def test_clones_have_the_history_of_their_source(tmp_path: Path, catalog: Catalog) -> None:
    people = load("sample").log.n_users + 10
    scenario = small(
        population={"size": people}, world={"turns": 2, "slate_size": 3}, arms={"plain": "popular", "x": "random"}
    )
    outcome = ab.run(checked_scenario(scenario, file="test", base_dir=tmp_path), tmp_path / "run", command=["test"])
    assert outcome.status == ab.DONE, outcome.message
    log = observed_log(outcome.folder, catalog, arm="plain", history=True)
    before = log.select(log.position < 0)
    clones = [row for row, name in enumerate(log.user_ids.tolist()) if name.endswith("~2")]
    assert clones
    row_of = {name: row for row, name in enumerate(log.user_ids.tolist())}
    for clone in clones:
        source = row_of[str(log.user_ids[clone]).removesuffix("~2")]
        assert sorted(before.item[before.user == clone]) == sorted(before.item[before.user == source])


def test_the_people_of_a_run_can_be_estimated(folder: Path, catalog: Catalog) -> None:
    found = estimate(observed_log(folder, catalog, arm="plain", history=True))
    assert found.shown.sum() > 1000
    assert found.traits["activity"].confidence.mean() > 0.05
    assert found.traits["pickiness"].confidence.any()


def test_what_cannot_be_read_is_told_with_the_cure(folder: Path, catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match=r"several arms\. Name one of them: plain, clever"):
        observed_log(folder, catalog)
    with pytest.raises(UserInputError, match="no arm 'pain'"):
        observed_log(folder, catalog, arm="pain")
    with pytest.raises(UserInputError, match="no seed 99"):
        observed_log(folder, catalog, arm="plain", seed=99)
    with pytest.raises(UserInputError, match="which the dataset does not have"):
        observed_log(folder, Catalog(catalog.items[:20]), arm="plain")
    with pytest.raises(UserInputError, match="not a run folder"):
        observed_log(tmp_path, catalog, arm="plain")
    torn = shutil.copytree(folder, tmp_path / "torn")
    next(torn.glob("events/plain.*.parquet")).write_bytes(b"PAR1")
    with pytest.raises(UserInputError, match="understudy resume"):
        observed_log(torn, catalog, arm="plain")
