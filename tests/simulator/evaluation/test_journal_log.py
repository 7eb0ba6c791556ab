"""A journal read as a log: what a platform would have seen, and no more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from synthetic_run import MINDS, Made, make_run

from simulator.evaluation.journal_log import MONDAY_S, journal_log
from simulator.records import UserInputError


def events(folder: Path, arm: str, seed: int) -> list[dict[str, object]]:
    """The rows of one arm, seed and of the named mind, as the files have them."""
    rows = [row for file in sorted((folder / "events").glob("*")) for row in pq.read_table(file).to_pylist()]
    return [row for row in rows if (row["arm"], row["seed"], row["mind"]) == (arm, seed, MINDS[0])]


def test_every_impression_of_the_arm_and_seed_is_a_row_and_no_other(two_arms: Path) -> None:
    log, rows = journal_log(two_arms, arm="treatment", seed=8), events(two_arms, "treatment", 8)
    assert len(log) == len(rows) > 0
    found = zip(log.user_ids[log.user], log.catalog.item_ids[log.item], log.position, log.clicked, strict=True)
    assert sorted((str(u), str(i), int(p), bool(c)) for u, i, p, c in found) == sorted(
        (row["user_id"], row["item_id"], row["position"], row["clicked"]) for row in rows
    )
    assert log.catalog.category_names == ("Comedy", "Crime", "Drama", "Music", "Noir", "War")


def test_rows_are_in_order_of_time_and_the_run_begins_on_a_monday(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(arms={"only": 1}, people=10))
    file = next((folder / "events").glob("*"))
    table = pq.read_table(file)
    clock = pa.array(3600.75 * (9 - table["turn"].to_numpy()))  # against the order of turns
    pq.write_table(table.set_column(table.schema.get_field_index("sim_time"), "sim_time", clock), file)
    log = journal_log(folder)
    assert (np.diff(log.time) >= 0).all() and log.time[-1] == MONDAY_S + int(9 * 3600.75)
    assert MONDAY_S // 86_400 % 7 == 4  # 1970 began on a Thursday


def test_without_a_clock_times_are_unknown_and_rows_in_order_of_turns(two_arms: Path) -> None:
    log, rows = journal_log(two_arms, arm="control"), events(two_arms, "control", 7)
    assert (log.time == 0).all()
    expected = sorted(rows, key=lambda row: (row["turn"], int(str(row["user_id"])[1:].split("~")[0])))
    assert log.catalog.item_ids[log.item[0]] == expected[0]["item_id"]


def test_dwell_is_known_of_what_was_chosen_alone(two_arms: Path) -> None:
    log = journal_log(two_arms, arm="control")
    assert np.isnan(log.dwell_s[~log.clicked]).all() and np.isfinite(log.dwell_s[log.clicked]).all()


def test_people_who_never_came_are_people_of_the_log(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(arms={"only": 1}, people=10))
    log = journal_log(folder)
    assert log.n_users == 10
    file = next((folder / "events").glob("*"))
    table = pq.read_table(file)
    pq.write_table(table.filter(pa.compute.not_equal(table["user_id"].cast(pa.string()), "u3")), file)
    fewer = journal_log(folder)
    assert fewer.n_users == 10 and len(fewer) < len(log)


def test_pages_that_the_mind_skipped_are_no_behaviour(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(arms={"only": 1}, people=10))
    file = next((folder / "events").glob("*"))
    table = pq.read_table(file)
    first = table["turn"].to_numpy() == 0
    words = pa.array(np.where(first, "skipped", "statistical")).dictionary_encode()
    place = table.schema.get_field_index("appraised_by")
    pq.write_table(table.set_column(place, table.schema.field(place), words.cast(table.schema.field(place).type)), file)
    assert len(journal_log(folder)) == int((~first).sum())


def test_a_run_of_several_arms_needs_the_name_of_one(two_arms: Path) -> None:
    with pytest.raises(UserInputError, match=r"several arms. Name one of them: --arm control \| treatment"):
        journal_log(two_arms)
    with pytest.raises(UserInputError, match="no arm 'tretment'"):
        journal_log(two_arms, arm="tretment")
    with pytest.raises(UserInputError, match="no seed 9"):
        journal_log(two_arms, arm="control", seed=9)


def test_a_damaged_part_is_told_with_the_cure(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(arms={"only": 1}, people=10))
    file = next((folder / "events").glob("*"))
    file.write_bytes(b"nothing")
    with pytest.raises(UserInputError, match=f"{file}: cannot be read .*understudy resume"):
        journal_log(folder)
