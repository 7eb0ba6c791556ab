"""Whether a run goes on is read off its lock, and anything new changes the mark."""

from __future__ import annotations

from pathlib import Path

from made_run import MadeRun, make_run
from read_runs import a_copy
from viewed_runs import lived_run

from simulator.viewer import pulse as module
from simulator.viewer.pulse import pulse


def test_a_run_whose_lock_is_held_goes_on_and_stops_with_its_process(tmp_path: Path) -> None:
    with lived_run(tmp_path / "run") as run:
        now = pulse(run)
        assert now.going_on and now.status == "running"
    later = pulse(run)
    assert not later.going_on and later.status == "interrupted"
    assert f"understudy resume {run}" in later.cure
    assert later.mark != now.mark


def test_where_locks_are_not_listed_the_lock_is_tried(tmp_path: Path, monkeypatch: object) -> None:
    kept = module._LOCKS
    module._LOCKS = tmp_path / "not there"
    try:
        with lived_run(tmp_path / "run") as run:
            assert pulse(run).going_on
        assert pulse(run).status == "interrupted"
    finally:
        module._LOCKS = kept


def test_more_of_a_run_changes_its_mark_and_nothing_else_does(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", MadeRun(people=4, turns=2, slate=2, items=8))
    first = pulse(run)
    assert pulse(run) == first and first.status == "finished"
    part = next(run.glob("events/*.parquet"))
    part.with_name("treatment.7.statistical.00009.parquet").write_bytes(part.read_bytes())
    assert pulse(run).mark != first.mark


def test_a_run_that_broke_or_went_says_why(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", MadeRun(people=4, turns=2, slate=2, items=8))
    (run / "manifest.json").write_text('{"run": ')
    assert pulse(run).status == "broken" and "manifest.json" in pulse(run).cure
    assert pulse(tmp_path / "gone").status == "broken"
    failed = a_copy(
        make_run(tmp_path / "whole", MadeRun(people=4, turns=2, slate=2, items=8)), tmp_path / "f", status="failed"
    )
    assert pulse(failed).told == "failed"
