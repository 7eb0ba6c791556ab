"""Chroma as the projection of a run's memories: durable, behind the turn, and always mended from the journal."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.memory.chroma import BATCH, WHILE_LIVING, ChromaProjection, surviving
from simulator.memory.embedding import HashingEmbedder
from simulator.memory.records import Kind, MemoryRecord, Op
from simulator.records import UserInputError

EMBED = HashingEmbedder()
PREFIX = "arm/7/llm"


def record(user: str, n: int, text: str, **more: Any) -> MemoryRecord:
    return MemoryRecord(op=Op.WRITE, user=user, id=f"{n}/0", text=text, **more)


def whole(*records: MemoryRecord) -> dict[str, MemoryRecord]:
    return {one.key(PREFIX): one for one in records}


def told(*records: MemoryRecord) -> list[MemoryRecord]:
    """As a memory tells its sink: ids are whole keys."""
    return [replace(one, id=one.key(PREFIX)) for one in records]


SEA = record("ann", 1, "you opened Jaws and gave it 5", importance=0.7, item_id="m1")
WAR = record("ann", 2, "war films bore you", kind=Kind.BELIEF, confidence=0.8)
BOB = record("bob", 1, "you opened Jaws and gave it 1")


def test_memories_are_found_by_meaning_and_by_person(tmp_path: Path) -> None:
    with ChromaProjection(tmp_path / "memory", EMBED) as projection:
        projection.accept(told(SEA, WAR, BOB))
        projection.flush()
        assert projection.count() == 3
        found = projection.search("Jaws", user="ann", k=2)
        assert [one.text for one in found] == [SEA.text, WAR.text]
        assert found[0].key == "arm/7/llm/ann/1/0" and 0 < found[0].likeness <= 1
        assert {one.user for one in projection.search("Jaws", k=2)} == {"ann", "bob"}
        assert projection.search("Jaws", user="nobody") == [] and projection.search("x", k=0) == []


def test_writes_are_short_while_worlds_are_lived_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    with ChromaProjection(tmp_path / "memory", EMBED) as projection:
        upsert = projection._collection.upsert

        def counted(**given: Any) -> None:
            sizes.append(len(given["ids"]))
            upsert(**given)

        monkeypatch.setattr(projection._collection, "upsert", counted)
        projection.accept(told(*(record("ann", n, f"film number {n}") for n in range(BATCH))))
        projection.flush()
        assert max(sizes) == WHILE_LIVING and sum(sizes) == BATCH
        assert projection.count() == BATCH


def test_what_is_forgotten_or_revised_changes_there_too(tmp_path: Path) -> None:
    with ChromaProjection(tmp_path / "memory", EMBED) as projection:
        projection.accept(told(SEA, WAR))
        projection.flush()
        projection.accept(told(replace(SEA, op=Op.FORGET), replace(WAR, op=Op.REVISE, text="westerns bore you")))
        projection.accept(told(replace(BOB, op=Op.FORGET)))
        projection.flush()
        assert [one.text for one in projection.search("bore", k=5)] == ["westerns bore you"]
        assert not projection.is_broken


def test_everything_accepted_is_there_after_closing_and_opening_again(tmp_path: Path) -> None:
    with ChromaProjection(tmp_path / "memory", EMBED) as projection:
        for n in range(40):
            projection.accept(told(record("ann", n, f"film number {n}")))
    projection.close()
    with pytest.raises(RuntimeError):
        projection.accept(told(SEA))
    with ChromaProjection(tmp_path / "memory", EMBED) as again:
        assert again.count() == 40


def test_after_a_kill_uncommitted_memories_go_and_missing_ones_return(tmp_path: Path) -> None:
    """A process is killed with one memory too many in the collection, one stale and one missing."""
    script = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from test_memory_chroma import *\n"
        "p = ChromaProjection(Path(sys.argv[1]), EMBED)\n"
        "p.accept(told(SEA, BOB, replace(WAR, text='an older wording'), record('ann', 9, 'never committed')))\n"
        "p.flush(); os._exit(9)\n"
    )
    root = Path(__file__).parents[3]
    folder = tmp_path / "memory"
    ended = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(root), str(Path(__file__).parent)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        timeout=600,
        check=False,
    )
    assert ended.returncode == 9
    expected = whole(SEA, WAR, record("ann", 3, "committed, never written"))
    with ChromaProjection(folder, EMBED) as projection:
        assert projection.count() == 4
        assert projection.sync(expected) == (2, 2)
        assert projection.sync(expected) == (0, 0)
        assert {one.text for one in projection.search("film", k=9)} == {one.text for one in expected.values()}


def test_a_rebuilt_collection_is_what_the_journal_says(tmp_path: Path) -> None:
    with ChromaProjection(tmp_path / "memory", EMBED) as projection:
        projection.accept(told(BOB))
        projection.rebuild(whole(SEA, WAR))
        assert {one.text for one in projection.search("film", k=9)} == {SEA.text, WAR.text}


@pytest.mark.parametrize("width", [128, 512])
def test_another_embedder_is_refused_with_a_cure(tmp_path: Path, width: int) -> None:
    with ChromaProjection(tmp_path / "memory", EMBED) as projection:
        projection.accept(told(SEA))
    with pytest.raises(UserInputError, match=rf"hashing-1 at width 256.*width {width}.*memory\.embedding"):
        ChromaProjection(tmp_path / "memory", HashingEmbedder(width))


def test_a_folder_that_holds_something_else_is_refused_with_a_cure(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(b"no database at all" * 500)
    with pytest.raises(UserInputError, match=r"move .*memory away"):
        ChromaProjection(folder, EMBED)


def test_an_error_there_is_a_notice_and_never_loses_the_run(tmp_path: Path) -> None:
    class Failing(HashingEmbedder):
        fails = False

        def __call__(self, texts: Any) -> Any:
            if self.fails:
                raise OSError("no space left")
            return super().__call__(texts)

    notices: list[str] = []
    embedder = Failing()
    with ChromaProjection(tmp_path / "memory", embedder, notice=notices.append) as projection:
        projection.accept(told(SEA))
        projection.flush()
        embedder.fails = True
        for _ in range(300):  # more than may wait: nobody hangs on a broken projection
            projection.accept(told(WAR))
        projection.flush()
        assert projection.is_broken and len(notices) == 1 and "safe in the journal" in notices[0]
        embedder.fails = False
        assert projection.sync(whole(SEA, WAR)) == (0, 1)


def test_the_journal_says_what_survives_and_the_projection_of_a_life_holds_just_that(tmp_path: Path, life: Any) -> None:
    with ChromaProjection(tmp_path / "memory", EMBED) as projection:
        one = life(cap=8)
        one.memory.sink = projection.accept
        one.live(25)
        expected = surviving((line for _, page in one.pages for line in page.extra["memories"]), PREFIX)
        projection.flush()
        assert projection.sync(expected) == (0, 0)
        assert projection.count() == len(expected) == int(one.memory.store.taken.sum())
        people = np.array([record.user for record in expected.values()])
        assert np.unique(people, return_counts=True)[1].max() <= 8
