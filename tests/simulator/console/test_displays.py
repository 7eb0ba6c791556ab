"""What a person or a program sees of a run."""

from __future__ import annotations

import io
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from rich.console import Console

from simulator.console.displays import DisplayKind, can_draw, display
from simulator.console.json_lines import JsonLines
from simulator.console.live import Live
from simulator.console.meter import Meter, clock_time
from simulator.console.panel import lines
from simulator.console.plain import Plain
from simulator.listener import ArmStanding, Effect, Listener, ModelStanding, Silent, Standing


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


def an_arm(name: str, *, ahead: int = 3, done: int = 1, failed: bool = False) -> ArmStanding:
    return ArmStanding(arm=name, done=done, total=8, ahead=ahead, open_sessions=12, clicks=3456, failed=failed)


def an_effect(treatment: str, **changes: Any) -> Effect:
    effect = Effect(
        metric="want",
        primary=True,
        mind="statistical",
        control="control",
        treatment=treatment,
        difference=0.0317,
        low=-0.00902,
        high=0.0344,
        confidence=0.95,
        people=1013,
    )
    return replace(effect, **changes)


def a_model(**changes: Any) -> ModelStanding:
    model = ModelStanding(
        model="small-model",
        calls=1204,
        cached=310,
        failed={"timeout": 4, "refused": 1},
        tokens_in=912_345,
        tokens_out=118_000,
        usd=0.2076,
        budget_usd=2.0,
        budget_tokens=None,
    )
    return replace(model, **changes)


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


def test_turns_that_an_earlier_session_lived_are_done_and_no_speed() -> None:
    clock = Clock()
    meter = Meter(turns=10, clock=clock)
    meter.start(units=2)
    meter.add(("a", 7, "m", 0), turn=9, user_turns=0)
    assert meter.fraction == 0.5 and meter.left_s is None
    clock.now += 2
    meter.add(("a", 7, "m", 1), turn=1, user_turns=30)
    assert meter.left_s == pytest.approx(8)


def test_what_a_failed_arm_has_left_is_waited_for_by_nobody() -> None:
    clock = Clock()
    meter = Meter(turns=8, clock=clock)
    meter.start(units=2)
    for turn in range(4):
        clock.now += 1
        meter.add(("a", 7, "m", 0), turn, 5)
    meter.add(("b", 7, "m", 0), 1, 5)
    meter.leave_out([an_arm("a", done=4), an_arm("b", done=2, ahead=0, failed=True)])
    assert meter.total == 10 and meter.fraction == 0.6 and meter.left_s == pytest.approx(4 * 4 / 6)


def test_an_arm_that_failed_and_people_who_are_linked_are_called_so() -> None:
    standing = Standing(
        arms=(an_arm("a", done=2, ahead=0, failed=True),), effects=(an_effect("a", linked=True),), model=None
    )
    drawn = [line.plain for line in lines(standing, Meter(8), stopping=False, width=80, height=24)]
    out, clock = io.StringIO(), Clock()
    plain = Plain(out, turns=8, every_s=0.0, clock=clock)
    plain.standing(standing)
    assert "25%  failed" in drawn[2] and drawn[-1].endswith("1,013 people, linked")
    assert "a 25% failed 12 open" in out.getvalue() and "1,013 people, linked" in out.getvalue()


def test_an_arm_is_done_when_all_that_comes_before_is() -> None:
    clock = Clock()
    meter = Meter(turns=10, clock=clock)
    meter.start(units=3)
    for turn in range(10):
        clock.now += 1
        meter.add(("a", 7, "m", 0), turn, 5)
    left = [meter.arm_left_s(an_arm(name, ahead=ahead)) for name, ahead in (("a", 0), ("b", 10), ("c", 20))]
    assert left == [0.0, pytest.approx(10), pytest.approx(20)]


def test_an_arm_s_speed_is_that_of_the_last_seconds_and_falls_to_nothing_where_it_rests() -> None:
    clock = Clock()
    meter = Meter(turns=100, clock=clock)
    meter.start(units=2)
    for turn in range(20):
        clock.now += 1
        meter.add(("a", 7, "m", 0), turn, 50)
    assert meter.arm_rate("a") == pytest.approx(50, rel=0.15)
    assert meter.arm_user_turns("a") == 1000
    clock.now += 11
    assert meter.arm_rate("a") == 0.0 and meter.arm_rate("b") == 0.0
    assert meter.rate == pytest.approx(1000 / 31)


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
    assert len(progress) == 3, "two on the way, and one where the turns ended"
    assert progress[0].strip() == "38%  15 user-turns, 5/s, 0:05 left"
    assert lines[-1] == "done: 40 user-turns"
    assert "\x1b" not in out.getvalue()


def test_plain_display_tells_all_that_the_panel_shows() -> None:
    out, clock = io.StringIO(), Clock()
    plain = Plain(out, turns=8, every_s=3.0, clock=clock)
    plain.started(units=2, user_turns=80)
    clock.now += 4.0
    plain.progress(arm="control", seed=7, mind="statistical", block=0, turn=3, user_turns=5)
    clock.now += 4.0  # while a model is waited for, no turn comes, and yet a line does
    plain.standing(
        Standing(arms=(an_arm("control"),), effects=(an_effect("clever"),), model=a_model(budget_tokens=2_000_000))
    )
    line = out.getvalue().splitlines()[-1]
    for fact in (
        "control 12% 0:06 12 open 3,456 clicks",
        "so far, provisional: want clever minus control +0.0317 [-0.0090, +0.0344], 1,013 people",
        "model small-model  1,204 calls, 310 cached, 5 failed (1 refused, 4 timeout)",
        "tokens 912k in, 118k out, $0.2076 of $2.00, 1,030k of 2,000k tokens",
    ):
        assert fact in line


def test_json_lines_are_as_the_docs_say_and_every_number_is_finite() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "running.md").read_text(encoding="utf-8")
    told = Draft202012Validator(json.loads(docs.split("```json\n")[1].split("```")[0]))
    out, clock = io.StringIO(), Clock()
    lines = JsonLines(out, turns=4, every_s=0.5, clock=clock)
    lines.standing(Standing(arms=(an_arm("control"),), effects=(an_effect("a", difference=math.nan, low=None),)))
    lines.stopping("stopping")
    a_run(lines, clock)
    lines.standing(Standing(model=a_model(usd=None, budget_tokens=5)))
    lines.interrupted()
    events = [json.loads(line, parse_constant=pytest.fail) for line in out.getvalue().splitlines()]
    assert [list(told.iter_errors(event)) for event in events] == [[] for _ in events]
    assert {"phase", "started", "progress", "standing", "notice", "stopping", "finished", "interrupted"} == {
        event["event"] for event in events
    }
    assert events[0]["arms"][0]["fraction"] == 0.125 and events[0]["effects"][0]["difference"] is None
    assert not told.is_valid({"event": "phase", "name": "data"})


def test_the_last_standing_is_told_however_soon_it_comes_after_another() -> None:
    out, clock = io.StringIO(), Clock()
    lines = JsonLines(out, turns=8, clock=clock)
    for clicks in (1, 2, 3):
        lines.standing(Standing(arms=(replace(an_arm("a"), clicks=clicks),)))
    lines.phase("summary")
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["arms"][0]["clicks"] for event in events if event["event"] == "standing"] == [1, 3]


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
        live.standing(Standing(arms=(an_arm("[red]arm"),)))
        until = time.monotonic() + 60  # it draws five times a second
        while "turns/s" not in out.getvalue() and time.monotonic() < until:
            time.sleep(0.01)
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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "drawn"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm", "CI": "false", "NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "CI": "true"}, False),
    ],
)
def test_a_panel_is_drawn_where_it_can_be_and_is_wanted(environment: dict[str, str], drawn: bool) -> None:
    assert can_draw(Terminal(), environment) is drawn
    assert not can_draw(io.StringIO(), environment)


@pytest.mark.parametrize(("kind", "type_"), [(DisplayKind.NONE, Silent), (DisplayKind.JSON, JsonLines)])
def test_display_asked_for_is_given_and_keeps_off_standard_output(
    kind: DisplayKind, type_: type, capsys: pytest.CaptureFixture[str]
) -> None:
    with display(kind, turns=4) as listener:
        assert isinstance(listener, type_)
        a_run(listener)
    assert capsys.readouterr().out == ""
