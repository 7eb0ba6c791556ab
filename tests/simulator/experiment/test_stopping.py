"""Ctrl-C once stops at a committed turn, twice at once; either way the run goes on to the rows of one left alone."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from llm_runs import MODEL, Workshop, ledger, only_what_is_tested, talking
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows, small

from scenarios.loader import check
from simulator.experiment.stopping import (
    STOPPING,
    Interrupted,
    Terminated,
    stoppable,
    terminated_like_ctrl_c,
    undisturbed,
)
from simulator.journal.stream import read_turns
from simulator.listener import Silent
from simulator.studies import ab


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Python's own, whatever whoever started the tests has set."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


class Signalling(Silent):
    """Sends signals to this process when `after` turns were committed, and hears what is said."""

    def __init__(self, *signals: signal.Signals, after: int = 3) -> None:
        self._signals, self._after = signals, after
        self.turns: list[tuple[str, int]] = []
        self.said: list[str] = []

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        self.turns.append((arm, turn))
        if len(self.turns) == self._after:
            for number in self._signals:
                os.kill(os.getpid(), number)
                time.sleep(0.01)  # Python delivers them between two of its steps

    def stopping(self, text: str) -> None:
        self.said.append(text)


TURNS = 120
SCENARIO = small(population={"size": 60}, world={"turns": TURNS, "slate_size": 5, "sessions": {"turns_per_day": 10}})


@pytest.fixture(autouse=True)
def unsummed(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about rows."""
    monkeypatch.setattr("simulator.evaluation.summary.summarise", lambda *_, **__: {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, learnt_once: Path) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        only_what_is_tested(learnt_once, patch)
        patch.setattr("simulator.evaluation.summary.summarise", lambda *_, **__: {})
        return rows_of(Workshop(tmp_path_factory.mktemp("whole"), patch).done(SCENARIO))


def committed(folder: Path) -> int:
    """Turns of blocks that lie in the folder, whole."""
    bases = {path.with_name(path.name.rsplit(".", 2)[0]) for path in folder.glob("stream/*.arrows")}
    return sum(len(list(read_turns(base, 5))) for base in bases) + TURNS * len(list(folder.glob("events/*.parquet")))


def test_ctrl_c_stops_at_the_next_committed_turn_and_says_so(workshop: Workshop, whole: pd.DataFrame) -> None:
    listener = Signalling(signal.SIGINT)
    with pytest.raises(Interrupted):
        workshop.run(SCENARIO, listener=listener)
    assert listener.turns == [("plain", 0), ("plain", 1), ("plain", 2)], "it stops at the turn in which it was asked"
    assert committed(workshop.root / "run") == 3
    assert listener.said == [STOPPING]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert same_rows(rows_of(workshop.resumed("run")), whole)


def test_ctrl_c_twice_stops_at_once(workshop: Workshop, whole: pd.DataFrame) -> None:
    with pytest.raises(KeyboardInterrupt) as stopped:
        workshop.run(SCENARIO, listener=Signalling(signal.SIGINT, signal.SIGINT, after=40))
    assert stopped.type is KeyboardInterrupt
    assert same_rows(rows_of(workshop.resumed("run")), whole)


SLOW = """
import time
from pathlib import Path
from recommenders.builtin.popular import Popular

class Slow(Popular):
    def recommend(self, requests, k):
        if not Path(__file__).with_name("hurry").exists():
            time.sleep(0.05)
        return super().recommend(requests, k)
"""


def test_workers_stop_at_committed_turns_too_and_twice_at_once(workshop: Workshop) -> None:
    """Their turns take long enough for whoever hears of the first ones to stop the others."""
    (workshop.root / "slow.py").write_text(SLOW)
    arms = {"plain": "slow.py:Slow", "other": "slow.py:Slow"}
    turns = 60
    scenario = SCENARIO | {"arms": arms, "population": {"size": 20}, "world": SCENARIO["world"] | {"turns": turns}}
    for signals, kind in (((signal.SIGINT,), Interrupted), ((signal.SIGINT, signal.SIGINT), KeyboardInterrupt)):
        listener = Signalling(*signals)
        with pytest.raises(KeyboardInterrupt) as stopped:
            lived_by_two(workshop, scenario, listener)
        assert stopped.type is kind
        assert listener.said == [STOPPING]
        assert 3 <= committed(workshop.root / "run") < 2 * turns
    (workshop.root / "hurry").touch()
    resumed = rows_of(workshop.resumed("run"))
    assert same_rows(resumed, rows_of(workshop.done(scenario, "whole")))


def lived_by_two(workshop: Workshop, scenario: dict[str, Any], listener: Any) -> None:
    """Begin a run, or go on with it."""
    folder = workshop.root / "run"
    if folder.exists():
        ab.resume(folder, workers=2, listener=listener)
    else:
        ab.run(check(scenario, file="test", base_dir=workshop.root), folder, workers=2, listener=listener)


@pytest.mark.parametrize("times", [1, 2])
def test_people_who_wait_for_a_model_stop_waiting(workshop: Workshop, faultless: Any, times: int) -> None:
    with OpenAIServer(models=(MODEL,)) as server:
        listener = Signalling(*[signal.SIGINT] * times, after=1)

        def stall(standing: Any) -> None:
            if standing.arms[0].done:
                server.options = replace(server.options, rate=1.0, kinds=("stall",))

        listener.standing = stall  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt) as stopped:
            workshop.run(talking(server.base_url, llm={"timeout_s": 60, "attempts": 1}), listener=listener)
        assert "timeout" not in {line["failure"] for line in ledger(workshop.root / "run")}
        assert stopped.type is (Interrupted if times == 1 else KeyboardInterrupt)
        assert listener.said == [STOPPING]
        if times == 2:
            return
        server.options = replace(server.options, rate=0.0)
        assert same_rows(rows_of(workshop.resumed("run")), faultless.rows)


def test_before_the_first_turn_it_stops_at_once(workshop: Workshop) -> None:
    class Early(Silent):
        def phase(self, name: str, detail: str = "") -> None:
            if name == "fit":
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt) as stopped, terminated_like_ctrl_c():
        workshop.run(SCENARIO, listener=Early())
    assert stopped.type is Terminated
    assert (workshop.root / "run" / "manifest.json").exists(), "there is something to go on with"


def asked(number: signal.Signals, listener: Any) -> bool:
    """Whether a signal is taken for the wish to stop."""
    with stoppable(listener) as stop:
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        return stop.asked


def test_sigterm_is_a_wish_to_stop_where_the_command_says_so() -> None:
    with terminated_like_ctrl_c():
        assert asked(signal.SIGTERM, Silent())
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_listener_that_cannot_hear_of_a_stop_is_not_told() -> None:
    class Old:
        def notice(self, text: str) -> None:
            pytest.fail(text)

    assert asked(signal.SIGINT, Old())


def test_handlers_of_others_are_left_alone() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    assert not asked(signal.SIGINT, Silent())
    assert heard == [signal.SIGINT]


def test_who_is_being_told_how_to_go_on_cannot_cut_it_short() -> None:
    with terminated_like_ctrl_c():
        before = signal.getsignal(signal.SIGTERM)
        with undisturbed():
            for number in (signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)
            time.sleep(0.01)
        assert signal.getsignal(signal.SIGTERM) is before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_nothing_is_taken_over() -> None:
    found: list[Any] = []

    def look() -> None:
        with stoppable(Silent()) as stop:
            found.append((stop.asked, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [(False, signal.default_int_handler)]
