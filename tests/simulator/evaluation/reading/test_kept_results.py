"""What was reckoned is kept, and nobody waits for what somebody else reckons; what is asked can be broken off."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from simulator.evaluation.reading.database import cursor, interrupt
from simulator.evaluation.reading.kept import Kept


def test_the_same_is_reckoned_once_and_another_thing_meanwhile() -> None:
    kept: Kept[int] = Kept(8)
    reckoned: list[str] = []
    other_is_there = threading.Event()

    def slowly() -> int:
        reckoned.append("slowly")
        assert other_is_there.wait(60)
        return 1

    with ThreadPoolExecutor(3) as threads:
        both = [threads.submit(kept.get, "slow", slowly) for _ in range(2)]
        assert threads.submit(kept.get, "quick", lambda: 2).result(60) == 2
        other_is_there.set()
        assert [one.result(60) for one in both] == [1, 1]
    assert reckoned == ["slowly"]


def test_what_failed_is_tried_again() -> None:
    kept: Kept[int] = Kept(8)
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 // 0)
    assert kept.get("key", lambda: 3) == 3


def test_of_files_only_those_are_reckoned_that_changed(tmp_path: Path) -> None:
    kept: Kept[str] = Kept(8)
    files = [tmp_path / name for name in "ab"]
    asked: list[list[Path]] = []

    def reckon(lacking: list[Path]) -> dict[Path, str]:
        asked.append(lacking)
        return {path: path.read_text() for path in lacking}

    for path in files:
        path.write_text(path.name)
    assert kept.of_files(files, reckon) == kept.of_files(files, reckon) == ["a", "b"]
    files[1].write_text("more")
    assert kept.of_files(files, reckon) == ["a", "more"] and asked == [files, files[1:]]


def test_a_question_that_takes_long_is_broken_off() -> None:
    told: list[BaseException] = []

    def ask() -> None:
        with pytest.raises(duckdb.InterruptException) as broken, cursor() as db:
            db.execute("select count(*) from range(1000000) as one, range(1000000) as other where one.range % 7 = 3")
        told.append(broken.value)

    asking = threading.Thread(target=ask)
    asking.start()
    end = time.monotonic() + 120
    while asking.is_alive() and time.monotonic() < end:
        interrupt()
        time.sleep(0.05)
    assert told
