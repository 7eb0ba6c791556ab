"""What a person or a program sees of a run."""

from __future__ import annotations

import io
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simulator.console.displays import DisplayKind, display
from simulator.console.json_lines import JsonLines
from simulator.console.live import Live
from simulator.console.meter import Meter, clock_time
from simulator.console.plain import Plain
from simulator.listener import Listener, Silent


class Clock:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def a_run(listener: Listener, clock: Clock | None = None, *, turns: int = 4) -> None:
    listener.phase("data", "the sample")
    listener.notice("81 % of the ratings carry no time")
    listener.started(units=2, user_turns=80)
    for arm in ("control", "treatment"):
        for turn in range(turns):
            if clock is not None:
                clock.now += 1.0
            listener.progress(arm=arm, seed=7, mind="statistical", block=0, turn=turn, user_turns=5)
    listener.finished({})


def test_meter_knows_share_speed_and_time_left() -> None:
    clock = Clock()
    meter = Meter(turns=10, clock=clock)
    meter.start(units=2)
    assert meter.left_s is None
    clock.now += 5
    meter.add(("a", 7, "m", 0), turn=4, user_turns=600)
    assert meter.fraction == 0.25
    assert meter.rate == pytest.approx(120)
    assert meter.left_s == pytest.approx(15)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=60))
def test_meter_never_goes_back_nor_beyond_the_end(calls: list[tuple[int, int]]) -> None:
    meter = Meter(turns=10)
    meter.start(units=4)
    before = 0.0
    for block, turn in calls:
        meter.add(("a", 7, "m", block), turn, 1)
        assert before <= meter.fraction <= 1.0
        before = meter.fraction
    assert meter.user_turns == len(calls)


@pytest.mark.parametrize(("seconds", "words"), [(None, "-:--"), (0, "0:00"), (61, "1:01"), (3723, "1:02:03")])
def test_clock_time(seconds: float | None, words: str) -> None:
    assert clock_time(seconds) == words


def test_plain_display_tells_phases_at_once_and_progress_now_and_then() -> None:
    out, clock = io.StringIO(), Clock()
    a_run(Plain(out, turns=4, every_s=3.0, clock=clock), clock)
    lines = out.getvalue().splitlines()
    assert lines[0] == "data: the sample"
    assert lines[1].startswith("note: 81 %")
    progress = [line for line in lines if "user-turns, " in line]
    assert len(progress) == 2
    assert progress[0].strip() == "38%  15 user-turns, 5/s, 0:05 left  (arm control, mind statistical)"
    assert lines[-1] == "done: 40 user-turns"
    assert "\x1b" not in out.getvalue()


def test_json_display_writes_a_document_a_line() -> None:
    out, clock = io.StringIO(), Clock()
    a_run(JsonLines(out, turns=4, every_s=0.5, clock=clock), clock)
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [e["event"] for e in events] == ["phase", "notice", "started", *["progress"] * 8, "finished"]
    assert events[-2]["fraction"] == 1.0 and events[-2]["user_turns"] == 40 and events[-2]["left_s"] == 0.0


def test_live_display_shows_the_bar_and_reads_no_markup() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, highlight=False)
    with Live(console, turns=4) as live:
        live.phase("data", "the sample")
        live.notice("81 % of the ratings carry no time")
        live.started(units=2, user_turns=80)
        live.progress(arm="[red]arm", seed=7, mind="statistical", block=1, turn=0, user_turns=5)
        time.sleep(0.3)  # it draws ten times a second
        live.phase("summary")
        live.finished({})
    shown = out.getvalue()
    assert "the sample" in shown and "81 % of the ratings" in shown and "turns/s" in shown
    assert "[red]arm" in shown


def test_live_display_leaves_the_terminal_in_order_after_an_error() -> None:
    out = io.StringIO()
    live = Live(Console(file=out, force_terminal=True, width=100), turns=4)
    with pytest.raises(RuntimeError), live:
        raise RuntimeError
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l")


def test_live_falls_back_to_plain_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with display(DisplayKind.LIVE, turns=4) as listener:
        assert isinstance(listener, Plain)
        a_run(listener)
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("data: the sample")


@pytest.mark.parametrize(("kind", "type_"), [(DisplayKind.NONE, Silent), (DisplayKind.JSON, JsonLines)])
def test_display_asked_for_is_given_and_keeps_off_standard_output(
    kind: DisplayKind, type_: type, capsys: pytest.CaptureFixture[str]
) -> None:
    with display(kind, turns=4) as listener:
        assert isinstance(listener, type_)
        a_run(listener)
    assert capsys.readouterr().out == ""
