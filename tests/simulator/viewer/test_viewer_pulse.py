"""Whether a run goes on is read off its lock, and anything new changes the mark."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from made_run import MadeRun, make_run
from read_runs import a_copy
from viewed_runs import lived_run

from simulator.evaluation.reading.lock import is_lived
from simulator.experiment.folder import RunFolder
from simulator.viewer.pulse import pulse


def test_a_run_whose_lock_is_held_goes_on_and_stops_with_its_process(tmp_path: Path) -> None:
    with lived_run(tmp_path / "run") as run:
        now = pulse(run)
        assert now.going_on and now.status == "running"
    later = pulse(run)
    assert not later.going_on and later.status == "interrupted"
    assert later.mark != now.mark


def test_who_looks_whether_a_run_is_lived_keeps_nobody_from_living_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lock").touch()
    with (tmp_path / "lock").open("rb") as look:  # as `is_lived` does, which ends while the lock is waited for
        fcntl.flock(look, fcntl.LOCK_SH)
        monkeypatch.setattr("simulator.experiment.folder.time.sleep", lambda _: fcntl.flock(look, fcntl.LOCK_UN))
        with RunFolder(tmp_path).locked():
            assert is_lived(tmp_path)
    assert not is_lived(tmp_path)


def test_more_of_a_run_changes_its_mark_and_nothing_else_does(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", MadeRun(people=4, turns=2, slate=2, items=8))
    first = pulse(run)
    assert pulse(run) == first and first.status == "finished"
    part = next(run.glob("events/*.parquet"))
    part.with_name("treatment.7.statistical.00009.parquet").write_bytes(part.read_bytes())
    assert pulse(run).mark != first.mark


def test_a_run_that_broke_or_went_is_told_and_so_is_another_breach(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", MadeRun(people=4, turns=2, slate=2, items=8))
    (run / "manifest.json").write_text('{"run": ')
    broken = pulse(run)
    assert broken.status == "broken"
    (run / "manifest.json").write_text("[]")
    assert pulse(run).mark != broken.mark
    assert pulse(tmp_path / "gone").status == "broken"
    failed = a_copy(
        make_run(tmp_path / "whole", MadeRun(people=4, turns=2, slate=2, items=8)), tmp_path / "f", status="failed"
    )
    assert pulse(failed).told == "failed"
