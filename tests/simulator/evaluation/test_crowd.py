"""The sums in SQL against the same numbers counted by hand in pandas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic_run import Made, make_run

from simulator.evaluation.crowd import Crowd
from simulator.evaluation.events import readable
from simulator.evaluation.metrics import PERSON_METRICS
from simulator.evaluation.run_data import RunData

DAY = 86_400


def _rows(folder: Path, arm: str, seed: int, mind: str = "statistical") -> pd.DataFrame:
    parts = sorted(folder.joinpath("events").glob(f"{arm}-{seed}-{mind}-*.parquet"))
    rows = pd.concat([pd.read_parquet(part) for part in parts])
    return rows.assign(user_id=rows["user_id"].astype(str), item_id=rows["item_id"].astype(str))


def _by_hand(folder: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """Every person metric, by its definition, one person at a time."""
    catalog = pd.read_parquet(folder / "catalog.parquet").set_index("item_id")
    history = pd.read_parquet(folder / "history.parquet")
    held = {(u, i) for u, i, part in history.itertuples(index=False) if part == "V"}
    share = (catalog["popularity"] + 1) / (catalog["popularity"] + 1).sum()
    out = {}
    for user, mine in rows.groupby("user_id"):
        pages = mine.groupby("turn").first()
        ended = pages[pages["left"]]
        distances = []
        for _, page in mine.groupby("turn"):
            sets = [set(c) for c in catalog.loc[page["item_id"], "categories"] if len(c)]
            pairs = [(a, b) for i, a in enumerate(sets) for b in sets[i + 1 :]]
            if pairs:
                distances.append(np.mean([1 - len(a & b) / np.sqrt(len(a) * len(b)) for a, b in pairs]))
        sessions = pages["session"].nunique()
        out[user] = {
            "click_rate": mine["clicked"].mean(),
            "clicks_per_session": mine["clicked"].sum() / sessions,
            "dwell_per_session": mine["dwell_s"].sum() / sessions,
            "satisfaction": pages["satisfaction"].mean(),
            "session_length": len(pages) / sessions,
            "harm": (mine["rating"][mine["clicked"]].dropna() <= 2).mean(),
            "return_rate": (ended["return_gap_s"] <= DAY).mean(),
            "want": (1 / (1 + np.exp(-mine["taste"].astype(float)))).mean(),
            "hit_rate": np.mean([(user.split("~")[0], item) in held for item in mine["item_id"]]),
            "novelty": -np.log2(share[mine["item_id"]]).mean(),
            "diversity": np.mean(distances),
        }
    return pd.DataFrame(out).T


def test_every_person_metric_is_what_its_definition_says(two_arms: Path) -> None:
    crowd = Crowd.read(RunData.open(two_arms))
    for column, seed in enumerate((7, 8)):
        expected = _by_hand(two_arms, _rows(two_arms, "treatment", seed)).loc[crowd.user_ids]
        for name in (*(metric.name for metric in PERSON_METRICS), "hit_rate"):
            found = crowd.of("treatment", name)[:, column]
            np.testing.assert_allclose(found, expected[name].to_numpy(dtype=float), rtol=3e-6, atol=3e-6, err_msg=name)


def test_coverage_without_a_group_is_that_of_the_people_left(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=30, items=400, turns=2, slate=3))
    crowd = Crowd.read(RunData.open(folder))
    from simulator.evaluation.coverage import GROUPS, group_of

    rows = _rows(folder, "control", 7)
    group = dict(zip(crowd.user_ids.tolist(), group_of(crowd.clusters.tolist()).tolist(), strict=True))
    of_row = rows["user_id"].map(group)
    expected = [rows.loc[of_row != g, "item_id"].nunique() / 400 for g in range(GROUPS)]
    found = crowd.covered["control", "statistical", False]
    assert found[0] == rows["item_id"].nunique() / 400
    for g in range(GROUPS):
        assert np.isnan(found[1 + g]) if g not in set(group.values()) else found[1 + g] == pytest.approx(expected[g])


def test_other_minds_are_read_on_the_ensembles_people_only(two_arms: Path) -> None:
    crowd = Crowd.read(RunData.open(two_arms))
    assert crowd.mean("control", "want").n == 132
    assert crowd.mean("control", "want", ensemble=True).n == 40
    assert crowd.mean("control", "want", "refit_1", ensemble=True).n == 40
    assert crowd.mean("control", "coverage", "refit_1", ensemble=True).n == 40


def test_blocks_and_threads_change_no_bit(tmp_path: Path) -> None:
    made = Made(people=90, ensemble=0, seeds=(3,))
    whole = Crowd.read(RunData.open(make_run(tmp_path / "whole", made)))
    rows = [pd.read_parquet(p) for p in sorted((tmp_path / "whole" / "events").glob("*.parquet"))]
    shuffled = make_run(tmp_path / "parts", replace(made))
    for path, table in zip(sorted((shuffled / "events").glob("*.parquet")), rows, strict=True):
        path.unlink()
        for n, at in enumerate(np.array_split(np.random.default_rng(1).permutation(len(table)), 5)):
            table.iloc[at].to_parquet(path.with_name(f"{n}-{path.name}"))
    parts = Crowd.read(RunData.open(shuffled))
    for key, table in whole.values.items():
        for name, column in table.items():
            assert np.array_equal(column, parts.values[key][name], equal_nan=True), name


def test_a_page_without_impressions_counts_as_a_page_and_shows_nothing(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=4, turns=2))
    path = folder / "events" / "control-7-statistical-0.parquet"
    table = pd.read_parquet(path)
    blank = (table["user_id"] == "u0") & (table["turn"] == 1)
    empty = table[blank].head(1).assign(item_id=None, clicked=None, dwell_s=None, taste=None, want=None)
    pd.concat([table[~blank], empty.astype(table.dtypes.to_dict(), errors="ignore")]).to_parquet(path)
    crowd = Crowd.read(RunData.open(folder))
    mine = table[(table["user_id"] == "u0") & ~blank]
    row = crowd.user_ids.tolist().index("u0")
    assert crowd.of("control", "session_length")[row, 0] == 1.0
    assert crowd.of("control", "click_rate")[row, 0] == pytest.approx(mine["clicked"].mean())
    assert crowd.of("control", "want")[row, 0] == pytest.approx((1 / (1 + np.exp(-mine["taste"]))).mean(), rel=1e-6)


def test_what_the_journal_never_holds_is_undefined(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=6, taste=False))
    for path in folder.joinpath("events").glob("*.parquet"):
        table = pd.read_parquet(path)
        table.assign(return_gap_s=np.float32("nan"), dwell_s=None).astype({"dwell_s": "float32"}).to_parquet(path)
    crowd = Crowd.read(RunData.open(folder))
    for name in ("want", "return_rate", "dwell_per_session"):
        assert not crowd.mean("control", name).defined, name
    assert crowd.mean("control", "click_rate").defined
    assert not crowd.calibrated


def test_what_duckdb_makes_of_a_ctrl_c_is_one_again(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), readable(tmp_path):
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="another"), readable(tmp_path):
        raise RuntimeError("another")
