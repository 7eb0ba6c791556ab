"""Blocks that are still being lived, read up to their last committed turn."""

from __future__ import annotations

import fcntl
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_run import MadeRun, make_run

import simulator
from simulator.cli.main import main
from simulator.evaluation import overview
from simulator.evaluation.reading.glance import glance
from simulator.evaluation.reading.journal import ALL, Journal
from simulator.evaluation.reading.remembered import remembered
from simulator.evaluation.reading.timeline import life, turns
from simulator.journal.memories import memory_table
from simulator.journal.parts import PartKey, to_table, write_part
from simulator.journal.stream import BlockStream, read_turns, remove_stream
from simulator.records import UserInputError

MADE = MadeRun(
    people=40, block=16, turns=6, slate=4, words=True, memories=True, living=1, minds=("statistical", "without_factor")
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", MADE)


def compact(run: Path, name: str) -> pa.Table:
    """What the writer does at a block's end: its parts, then the end of its stream. The rows."""
    arm, seed, mind, block = name.split(".")
    key = PartKey(run=run.name, arm=arm, seed=int(seed), mind=mind, block=int(block))
    people = pq.read_table(run / "people.parquet").to_pylist()
    if mind == "statistical":
        users = [one["user_id"] for one in people if one["block"] == int(block)]
    else:
        users = [one["user_id"] for one in people if one["ensemble"]][int(block) * 16 : int(block) * 16 + 16]
    items = pq.read_table(run / "catalog.parquet")["item_id"].to_pylist()
    lived = list(read_turns(run / "stream" / name, 4))
    write_part(memory_table(key, lived, users), run / "memories" / f"{name}.parquet")
    table = to_table(key, lived, users, items)
    write_part(table, run / "events" / f"{name}.parquet")
    remove_stream(run / "stream" / name)
    return table


def segments(run: Path) -> Iterator[Path]:
    return iter(sorted((run / "stream").glob("*.arrows")))


def test_rows_of_living_blocks_are_those_that_their_part_will_have(run: Path) -> None:
    names = [path.name.rsplit(".", 2)[0] for path in segments(run)]
    assert names == ["control.7.statistical.00002", "treatment.7.statistical.00002"]
    before = simulator.open(run).events
    memories = simulator.open(run).memories
    for name in names:
        compact(run, name)
    after = simulator.open(run).events
    order = [("arm", "ascending"), ("mind", "ascending"), ("turn", "ascending"), ("user_id", "ascending")]
    order.append(("position", "ascending"))
    plain = pa.schema([(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in after.schema])
    one, other = (table.cast(plain).sort_by(order) for table in (before, after))
    assert one.equals(other) and not Journal.open(run).living
    kept = [
        ("arm", "ascending"),
        ("mind", "ascending"),
        ("user_id", "ascending"),
        ("turn", "ascending"),
        ("id", "ascending"),
    ]
    assert memories.sort_by(kept).equals(simulator.open(run).memories.sort_by(kept))


def test_the_ensembles_people_are_named_by_their_own_blocks(tmp_path: Path) -> None:
    """The ensemble's blocks hold other people than the blocks of everybody."""
    run = make_run(tmp_path / "run", MADE)
    path = run / "people.parquet"
    people = pq.read_table(path)
    ensemble = pa.array([nth % 4 == 3 for nth in range(len(people))])
    pq.write_table(people.set_column(people.column_names.index("ensemble"), "ensemble", ensemble), path)
    moved = run / "stream" / "control.7.without_factor.00000.000.arrows"
    next(segments(run)).rename(moved)
    (run / "events" / "control.7.without_factor.00000.parquet").unlink()
    found = simulator.open(run).sql(
        "select distinct user_id from events where mind <> 'statistical' and arm = 'control'"
    )
    assert set(found["user_id"].to_pylist()) <= {f"u{nth:06d}" for nth in range(3, 40, 4)}
    user = found["user_id"][0].as_py()
    assert life(Journal.open(run), user, arm="control", mind="without_factor")["pages"]


def test_new_turns_are_seen_and_half_a_record_is_not(run: Path) -> None:
    path = next(segments(run))
    whole = path.read_bytes()
    seen = []
    for size in (10, len(whole) // 2, len(whole) - 1, len(whole)):
        path.write_bytes(b"") if size == 10 else None
        with path.open("r+b") as file:  # grows in place, as the writer's file does
            file.write(whole[:size])
        journal = Journal.open(run)
        seen.append(journal.lived_turns(journal.living[0]))
    assert seen[0] == 0 and 0 < seen[1] < 3 and seen[2:] == [2, 3]
    lived = turns(Journal.open(run), arm="control")["turns"]
    assert [row["turn"] for row in lived] == [0, 1, 2, 3, 4, 5]
    assert lived[0]["open_sessions"] > lived[5]["open_sessions"]


def test_many_turns_lie_in_few_files(run: Path) -> None:
    path = next(segments(run))
    whole = path.read_bytes()
    path.write_bytes(b"")
    for size in range(0, len(whole), 997):
        with path.open("r+b") as file:
            file.write(whole[: size + 997])
        journal = Journal.open(run)
        files, _ = journal.files(journal.living[:1])
    assert 1 <= len(files) <= 2 and journal.lived_turns(journal.living[0]) == 3


def test_a_damaged_record_ends_what_is_read(run: Path) -> None:
    path = next(segments(run))
    data = bytearray(path.read_bytes())
    data[-2000] ^= 255
    path.write_bytes(bytes(data))
    journal = Journal.open(run)
    assert journal.lived_turns(journal.living[0]) == 2


def test_a_block_that_is_compacted_between_looking_and_reading_is_read_from_its_part(run: Path) -> None:
    journal = Journal.open(run)
    name = journal.living[0].path.stem
    user = next(row["user_id"] for row in pq.read_table(run / "people.parquet").to_pylist() if row["block"] == 2)
    before = life(journal, user)["pages"]
    compact(run, name)
    assert life(journal, user)["pages"] == before and before
    assert remembered(journal, user, arm="control")["worlds"][0]["memories"]


def test_a_stream_that_begins_anew_is_read_anew(run: Path) -> None:
    journal = Journal.open(run)
    assert journal.lived_turns(journal.living[0]) == 3
    path = next(segments(run))
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[: len(data) // 2])
    assert Journal.open(run).lived_turns(Journal.open(run).living[0]) == 1


def test_only_whole_turns_are_seen_while_a_block_is_written_and_compacted(tmp_path: Path) -> None:
    """Rows only ever become more, by whole turns, also while the stream gives way to the part."""
    whole = make_run(tmp_path / "whole", MadeRun(people=30, turns=24, slate=5, living=1))
    run = shutil.copytree(whole, tmp_path / "run", ignore=shutil.ignore_patterns("*.arrows"))
    name = "control.7.statistical.00000"
    lived = list(read_turns(whole / "stream" / name, 5))
    sizes = [0]
    for _, page in lived:
        sizes.append(sizes[-1] + int(page.shown.sum()))

    def write() -> None:
        with BlockStream(run / "stream" / name, 5) as stream:
            for turn, page in lived:
                stream.append(turn, page)
        table = to_table(
            PartKey(run="run", arm="control", seed=7, mind="statistical", block=0),
            lived,
            pq.read_table(run / "people.parquet")["user_id"].to_pylist(),
            pq.read_table(run / "catalog.parquet")["item_id"].to_pylist(),
        )
        write_part(table, run / "events" / f"{name}.parquet")
        remove_stream(run / "stream" / name)

    seen = []
    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        seen.append(simulator.open(run).sql("select count(*) as n from events")["n"][0].as_py())
    writer.join()
    seen.append(simulator.open(run).events.num_rows)
    assert set(seen) <= set(sizes) and seen == sorted(seen) and seen[-1] == sizes[-1] > 0


def test_gaps_tell_what_can_be_read_of_what_is_missing(run: Path) -> None:
    (gap,) = Journal.open(run).gaps()
    assert gap.startswith("Not there yet: 2 of 6 parts of the journal (arm control, seed 7; arm treatment, seed 7)")
    assert "; 2 of them can be read up to the last committed turn. The run stopped before its end; it goes on" in gap
    with (run / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert Journal.open(run).gaps()[0].endswith("committed turn. The run is being lived.")
    for path in segments(run):
        path.write_bytes(b"")
    assert "can be read" not in Journal.open(run).gaps()[0]


def test_people_or_items_that_do_not_fit_the_streams_are_one_message(run: Path) -> None:
    path = run / "catalog.parquet"
    pq.write_table(pq.read_table(path).slice(0, 3), path)
    with pytest.raises(UserInputError, match=r"people or items that people\.parquet or catalog\.parquet do not hold"):
        turns(Journal.open(run))
    path.unlink()
    with pytest.raises(UserInputError, match=r"catalog\.parquet: the file is missing"):
        turns(Journal.open(run))


def test_nothing_is_written_into_the_run(run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    turns(Journal.open(run), mind=None)
    assert simulator.open(run).events.num_rows and glance(run)["progress"]["parts_begun"] == 2
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


def test_the_verbs_read_living_blocks(run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = simulator.open(run).sql("select count(*) as n from events where mind = 'statistical'")["n"][0].as_py()
    assert main(["log", "export", str(run), "--to", str(tmp_path / "rows.csv")]) == 0
    capfd.readouterr()
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == rows + 1
    assert main(["log", "search", str(run), "kept me here", "--json", "--limit", "9999"]) == 0
    assert {hit["turn"] for hit in json.loads(capfd.readouterr().out)["words"]} == set(range(6))
    told = overview(run)
    assert told["rows"] == simulator.open(run).events.num_rows and told["parts"] == 6
    assert told["not_there_yet"] == list(Journal.open(run).gaps(mind=ALL)) != []
    assert Journal.open(run).chosen(mind=ALL)[-1].living
