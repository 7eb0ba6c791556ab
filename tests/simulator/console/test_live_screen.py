"""What a terminal shows while a run goes on, as an emulated terminal renders it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pyte
import pytest
from rich.console import Console

from simulator.console import live as module
from simulator.console.live import Live
from simulator.listener import ArmStanding, Effect, ModelStanding, Standing

ARMS = ("popular", "a-recommender-with-a-long-name", "推薦")


class Screen:
    """A terminal as a text stream: everything that is written is rendered, and every write is kept."""

    encoding = "utf-8"

    def __init__(self, columns: int, rows: int) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.Stream(self.screen)
        self._whole = threading.Lock()  # nobody looks at half of what is written at once
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        with self._whole:
            if text:
                self.writes.append(text)
            self._stream.feed(text.replace("\n", "\r\n"))
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        with self._whole:
            return [line.rstrip() for line in self.screen.display]

    def everything(self) -> list[str]:
        past = ["".join(line[x].data for x in range(self.screen.columns)).rstrip() for line in self.screen.history.top]
        return [*past, *self.lines]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REDRAWN_EVERY_S", 0.01)


def shown(columns: int, rows: int) -> tuple[Live, Screen]:
    screen = Screen(columns, rows)
    console = Console(file=screen, force_terminal=True, width=columns, height=rows, highlight=False)  # type: ignore[arg-type]
    return Live(console, turns=10), screen


def standing(done: int, arms: tuple[str, ...] = ARMS) -> Standing:
    effect = [
        Effect(
            metric="click_rate", primary=False, mind="llm", control=arms[0], treatment=arm, difference=0.0123 * done,
            low=-0.01, high=None if done < 2 else 0.3, confidence=0.9, people=111 * done,
        )
        for arm in arms[1:]
    ]  # fmt: skip
    return Standing(
        arms=tuple(
            ArmStanding(arm=arm, done=done, total=10, ahead=10 - done, open_sessions=99, clicks=12_345 * done)
            for arm in arms
        ),
        effects=tuple(effect),
        model=ModelStanding(
            model="small-model", calls=17 * done, cached=3, failed={"rate_limited": 2}, tokens_in=1_000_000 * done,
            tokens_out=5, usd=0.1 * done, budget_usd=1.5, budget_tokens=None,
        ),
    )  # fmt: skip


def says(screen: Screen, words: str) -> bool:
    return any(words in line for line in screen.lines)


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def lived(live: Live, screen: Screen, arms: tuple[str, ...] = ARMS) -> Iterator[list[str]]:
    """The screen after each of ten turns."""
    live.phase("data", "the sample")
    live.notice("81% of the ratings carry no time " * 3)
    live.started(units=len(arms), user_turns=100)
    for turn in range(10):
        live.standing(standing(turn + 1, arms))
        for arm in arms:
            live.progress(arm=arm, seed=7, mind="llm", block=0, turn=turn, user_turns=5)
        until(partial(says, screen, f"{turn + 1}0%,"))
        yield screen.lines


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 50), (60, 24)])
def test_lines_stay_where_they_are_and_nothing_is_left_over(columns: int, rows: int) -> None:
    live, screen = shown(columns, rows)
    with live:
        screens = list(lived(live, screen))
        places = [[line.partition(" ")[0] for line in lines] for lines in screens]
        assert all(place == places[0] for place in places), "no line jumps from the first turn to the last"
        last = screens[-1]
        assert sum(line.startswith("run ") for line in last) == 1
        assert all(len(line) < columns for line in last)
        words = "\n".join(last)
        for fact in ("100%", "123k", "99", "1,110 people", "170 calls", "tokens 10M in", "$1.0000 of $1.50", "✓ data"):
            assert fact in words
        assert "so far, provisional, 90%: click rate minus popular's" in words
        assert "a-recomm" in words and "推薦" in words
        live.phase("summary")
        live.finished({})
    left = [line for line in screen.everything() if line]
    assert [line for line in left if "━" in line or "tokens" in line or line.startswith("run ")] == []
    assert [line.partition(" ")[0] for line in left][-3:] == ["✓", "✓", "✓"]
    assert "run: 150 user-turns" in left[-2]


def test_more_arms_than_rows_leave_the_panel_on_the_screen() -> None:
    live, screen = shown(80, 12)
    arms = tuple(f"arm{nth}" for nth in range(30))
    with live:
        *_, last = lived(live, screen, arms)
        assert last[-2].startswith("tokens") and "more arms" in "\n".join(last)
        assert sum(line.startswith("run ") for line in screen.everything()) == 1


def test_what_others_print_goes_above_the_panel_a_line_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    live, screen = shown(80, 24)
    monkeypatch.setattr(sys, "stdout", screen)
    with live:
        turns = lived(live, screen)
        next(turns)
        print("half of ", end="")
        print("a plug-in's line")
        all_have_begun = threading.Barrier(8, timeout=60)

        def say(nth: int) -> None:
            print(f"from thread {nth}", end="")
            all_have_begun.wait()
            print()

        threads = [threading.Thread(target=say, args=(nth,)) for nth in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lines = next(turns)
        assert lines.index("half of a plug-in's line") < next(n for n, line in enumerate(lines) if "run " in line)
        print("the last word", end="")
    assert sys.stdout is screen
    everything = screen.everything()
    assert {f"from thread {nth}" for nth in range(8)} | {"the last word"} <= set(everything)
    assert sum(line.startswith("run ") for line in everything) == 0


def test_a_window_that_becomes_narrower_gets_a_narrower_panel() -> None:
    live, screen = shown(120, 24)
    with live:
        turns = lived(live, screen)
        next(turns)
        live._console.size = (60, 24)
        next(turns)
        drawn = [line for line in screen.lines if "━" in line]
        assert drawn and all(len(line) < 60 for line in drawn)
        next(turns)
    resized, after = (next(text for text in screen.writes if share in text).split("\n") for share in ("20%,", "30%,"))
    assert all("\x1b[K" in line[:12] for line in resized[:-1]), "what was wrapped is not joined when it widens again"
    assert all(line.endswith("\x1b[K") for line in after[:-1]), "then line goes over line, without a flicker"


def test_the_screen_is_never_cleared_before_it_is_written_over() -> None:
    live, screen = shown(80, 24)
    with live:
        for _ in lived(live, screen):
            live.notice("above")
    assert all("\x1b[J" not in text[:-3] for text in screen.writes), "some terminals would keep what is cleared"


def test_what_others_print_cannot_command_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    live, screen = shown(80, 24)
    monkeypatch.setattr(sys, "stdout", screen)
    with live:
        print("\x1bcreset \x1b[2Jclear \x1b[31mredafter")
    assert "\x1bc" not in "".join(screen.writes) and "\x1b[2J" not in "".join(screen.writes)
    assert " creset clear redafter" in screen.lines


def test_a_panel_that_did_not_change_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    monkeypatch.setattr(module, "clock_time", lambda seconds: looks.append("time stands still") or looks[0])
    live, screen = shown(80, 24)
    with live:
        live.phase("mind")
        until(lambda: any("mind" in line for line in screen.lines))
        before, seen = len(screen.writes), len(looks)
        until(lambda: len(looks) > seen + 20)
        assert len(screen.writes) == before


def test_a_stop_is_told_at_once_and_stays_on_the_screen() -> None:
    live, screen = shown(80, 24)
    with pytest.raises(KeyboardInterrupt), live:  # noqa: PT012
        next(lived(live, screen))
        live.stopping("stopping at the next committed turn; Ctrl-C again stops at once")
        assert "stop stopping at the next committed turn; Ctrl-C again stops at once" in screen.lines
        until(lambda: any(line.startswith("stopping  10%") for line in screen.lines))
        raise KeyboardInterrupt
    left = [line for line in screen.lines if line]
    assert left[-1].startswith("- run: 10%, 15 user-turns") and left[-2].startswith("stop ")
    assert "".join(screen.writes).rindex("\x1b[?25h") > "".join(screen.writes).rindex("\x1b[?25l")
