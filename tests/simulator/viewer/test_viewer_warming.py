"""What asks every row of a large run is reckoned once somebody looks at it, in a thread that ends with its work."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from made_run import MadeRun, make_run

from simulator.evaluation.reading import people, timeline
from simulator.evaluation.reading.journal import Journal
from simulator.viewer import warming
from simulator.viewer.address import Asked
from simulator.viewer.desk import Desk
from simulator.viewer.serving import WORK
from simulator.viewer.warming import Warming


def looked_at(run: Path) -> None:
    """Somebody looks at the run, and all that is begun by that ends."""
    Warming().see(Desk("run", run, Asked.of("/r/run", ())))
    for thread in threading.enumerate():
        if thread.name == WORK:
            thread.join(60)
            assert not thread.is_alive()


def fail(*_: object) -> None:
    raise AssertionError("it is reckoned again")


def test_a_large_run_is_reckoned_ahead_and_a_small_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", MadeRun(people=6, turns=2, slate=2, items=8))
    looked_at(run)
    with monkeypatch.context() as patch:
        patch.setattr(timeline, "_reckoned", fail)
        with pytest.raises(AssertionError):
            timeline.turns(Journal.open(run))
    monkeypatch.setattr(warming, "LARGE", 0)
    looked_at(run)
    monkeypatch.setattr(timeline, "_reckoned", fail)
    figures = people._figures
    monkeypatch.setattr(people, "_figures", lambda *of, by="", **more: fail() if by else figures(*of, **more))
    assert timeline.turns(Journal.open(run))["turns"]
    assert people.people(Journal.open(run), sort="divergence")["people"]


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", MadeRun(people=20, turns=2, slate=2, items=8, block=10, living=1))
    monkeypatch.setattr(warming, "LARGE", 0)
    monkeypatch.setattr(warming, "warm", fail)
    looked_at(run)
