"""The app, driven by its own keys and mouse: at 80×24 and at 160×50."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event as Flag
from types import SimpleNamespace
from typing import Any

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Static

from simulator.console.chat.app import ChatApp, talk_in_app
from simulator.console.chat.commands import COMMANDS
from simulator.console.chat.completion import complete
from simulator.console.chat.help_screen import HelpScreen
from simulator.console.chat.line_input import LineInput
from simulator.console.chat.page_pane import Card, PagePane, Row, Shelf
from simulator.console.chat.person_pane import PersonPane
from simulator.console.chat.session import Session
from simulator.console.chat.talk_pane import Offered, TalkPane
from simulator.experiment.stopping import Terminated
from simulator.records import UserInputError

NARROW, WIDE = (80, 24), (160, 50)
Play = Callable[[ChatApp, Pilot[Any]], Awaitable[None]]


def played(session: Session, size: tuple[int, int], play: Play) -> ChatApp:
    """The app after the play; it begins when the session is open."""
    app = ChatApp(lambda _: session)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await rest(app, pilot)
            await play(app, pilot)

    asyncio.run(run())
    return app


async def rest(app: ChatApp, pilot: Pilot[Any]) -> None:
    """Until the session is at rest and everything is drawn."""
    for _ in range(6000):
        await pilot.pause(0.01)
        if not app.busy and not app.waiting:
            return await pilot.pause()
    raise AssertionError("the session does not come to rest")


async def enter(app: ChatApp, pilot: Pilot[Any], line: str) -> None:
    app.query_one(LineInput).value = line
    await pilot.press("enter")
    await rest(app, pilot)


def text_of(pane: Any) -> str:
    """Everything that a pane says."""
    return "\n".join(str(each.render()) for each in pane.query(Static))


def seen(app: ChatApp) -> list[str]:
    """Which panes are on the screen."""
    return [kind.__name__ for kind in (TalkPane, PagePane, PersonPane) if app.query_one(kind).region.width > 0]


def test_wide_all_panes_are_there_and_narrow_one_at_a_time_with_the_input_and_the_person(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        assert seen(app) == ["TalkPane", "PagePane", "PersonPane"]
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        for key, pane in (("f3", "PagePane"), ("f4", "PersonPane"), ("f2", "TalkPane")):
            await pilot.press(key)
            await pilot.pause()
            assert seen(app) == [pane]
            assert app.query_one(LineInput).region.bottom == 24 and app.query_one(LineInput).has_focus
            status = str(app.query_one("#status", Static).render())
            assert "Ngozi Okafor" in status and "mood" in status and "satisfied" in status
        await pilot.press("ctrl+right")
        await pilot.pause()
        assert seen(app) == ["PagePane"]
        await pilot.click("#tab-person")
        await pilot.pause()
        assert seen(app) == ["PersonPane"]
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert seen(app) == ["TalkPane", "PersonPane"]
        await pilot.press("f3")
        await pilot.pause()
        assert seen(app) == ["TalkPane", "PagePane"]
        await pilot.resize_terminal(20, 6)
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert seen(app) == ["TalkPane", "PagePane", "PersonPane"]

    played(session, WIDE, play)


def test_a_question_is_answered_in_the_conversation(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        await pilot.press("a", "enter")
        await rest(app, pilot)
        told = text_of(app.query_one(TalkPane))
        assert session.questions[0] in told and session.interview.last.text.split(".")[0] in told.replace("\n", " ")
        await pilot.click(list(app.query(Offered))[-1])
        await rest(app, pilot)
        told = text_of(app.query_one(TalkPane)).splitlines()
        assert f"> {session.questions[2]}" in told and "> a" not in told

    played(session, NARROW, play)


def test_the_page_is_drawn_in_each_layout_with_numbers_and_what_became_of_each(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        for layout, shelves in (("list", []), ("grid", [4, 1]), ("carousel", [5]), ("feed", [])):
            if layout != "list":
                await enter(app, pilot, f"/layout {layout}")
            await enter(app, pilot, "/next")
            pane, page = app.query_one(PagePane), session.life.turns[-1]
            cards = list(pane.query(Row if layout == "list" else Card))
            assert [card.number for card in cards] == list(range(1, len(page.places) + 1))
            told = text_of(pane)
            assert all(place.title.split()[-1] in told for place in page.places)
            assert ("● chosen" in told) == bool(page.clicked) and layout in told
            assert [len(shelf.query(Card)) for shelf in pane.query(Shelf)] == shelves
            inside = pane.region
            assert all(inside.contains_region(card.region) and card.region.width > 13 for card in cards)
            assert len({(card.region.x, card.region.y) for card in cards}) == len(cards)

    played(session, WIDE, play)


def test_the_person_shows_what_changed_since_the_last_page_in_figures(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        before = session.life.turns[-1].before.mood
        await enter(app, pilot, "/mood 0.9")
        await enter(app, pilot, "/trait patience 1.25")
        told = text_of(app.query_one(PersonPane))
        now = session.life.now.mood
        assert f"+{now:.2f} ▲{now - before:.2f}" in told
        assert f"+1.25 patience (was {session.meeting.traits['patience']:+.2f})" in told
        assert all(word in told for word in ("Here for", "Remembers", "Traits"))

    played(session, WIDE, play)


def test_help_completion_history_and_undo_are_keys(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        line = app.query_one(LineInput)
        await enter(app, pilot, "a")
        await pilot.press("space", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        line.value = ""
        told = " ".join(row[0] for table in app.screen.tables for row in table.rows)
        assert all(command.usage in told for command in COMMANDS.values())
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen) and line.value == ""
        layouts = complete(session, "/layout ")
        await pilot.press(*"/layout", "space")
        for key, nth in (("tab", 0), ("tab", 1), ("shift+tab", 0), ("shift+tab", -1)):
            await pilot.press(key)
            assert line.value == layouts[nth]
        line.value = ""
        await pilot.press(*"/reco", "tab")
        assert line.value == "/recommend "
        await pilot.press("p", "o", "p", "tab")
        assert line.value == "/recommend popular"
        await pilot.press("enter")
        await rest(app, pilot)
        assert len(session.life.turns) == 2
        await enter(app, pilot, "how do you feel?")
        await pilot.press(*"dra", "up")
        assert line.value == "how do you feel?"
        await pilot.press("up")
        assert line.value == "/recommend popular"
        await pilot.press("down", "down")
        assert line.value == "dra"
        await pilot.press("ctrl+z")
        await rest(app, pilot)
        assert len(session.life.turns) == 1
        await pilot.press("ctrl+y")
        await rest(app, pilot)
        assert len(session.life.turns) == 2

    played(session, NARROW, play)


def test_keys_that_come_in_one_go_are_done_in_their_order(session: Session) -> None:
    """Typed ahead, pasted where nothing brackets it, or late over a slow line."""

    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        names = {"\r": "enter", "\x7f": "backspace", "\x15": "ctrl+u"}
        for letter in "/mooo\x7fd 0.5\rnonsense\x15/tired 0.25\rwho ar":
            app.post_message(Key(names.get(letter, letter), letter if letter.isprintable() else None))
        for _ in range(6000):
            await pilot.pause(0.01)
            if (session.life.now.mood, session.life.now.fatigue) == (0.5, 0.25):
                break
        await rest(app, pilot)
        assert (session.life.now.mood, session.life.now.fatigue) == (0.5, 0.25)
        assert app.query_one(LineInput).value == "who ar"
        for key in ("ctrl+u", *"next?", "enter", "ctrl+d"):  # nothing is written any more when the last comes
            app.post_message(Key(key, key if len(key) == 1 else None))
        for _ in range(500):
            if app.return_value is not None:
                return
            await pilot.pause(0.01)

    assert played(session, NARROW, play).return_value == 0


def test_in_one_go_tab_completes_what_was_written_before_it_and_esc_stops_what_was_entered(
    session: Session, held: Any
) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        keys: list[tuple[str, ...]] = [("/", *"layou", "tab", "g", "tab", "enter"), (*"why?", "enter", "escape")]
        for one_go, done in zip(keys, (lambda: session.life.layout == "grid", lambda: held.stopped), strict=True):
            for key in one_go:
                app.post_message(Key(key, key if len(key) == 1 else None))
            for _ in range(1000):
                await pilot.pause(0.01)
                if done():
                    break
            assert done() and app.query_one(LineInput).value == ""
            await rest(app, pilot)
        assert held.asked == ["why?"]

    played(session, NARROW, play)


def test_what_is_pasted_takes_the_place_of_what_is_marked(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        line = app.query_one(LineInput)
        line.write("/search comedy")
        await pilot.press("ctrl+shift+left")
        line.post_message(Paste("horror\nfilms"))
        await pilot.pause()
        assert line.value == "/search horror films"

    played(session, NARROW, play)


def test_who_writes_sees_what_comes_of_it_wherever_they_had_looked(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        talk = app.query_one(TalkPane)
        await enter(app, pilot, "/help")
        await pilot.press("pageup", "pageup")
        await pilot.pause()
        assert talk.scroll_offset.y < talk.max_scroll_y
        await enter(app, pilot, "a")
        assert talk.scroll_offset.y == talk.max_scroll_y
        await pilot.press("f3")
        await enter(app, pilot, "/mood 0.5")  # told in the conversation, which is out of sight
        assert seen(app) == ["TalkPane"]
        await pilot.resize_terminal(120, 40)
        await pilot.press("f4")
        for line in ("/mood 0.1", "b", "/person"):  # here it is in sight, and what stands beside it stays
            await enter(app, pilot, line)
            assert seen(app) == ["TalkPane", "PersonPane"]

    played(session, NARROW, play)


def test_a_click_on_an_item_writes_its_number(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        line = app.query_one(LineInput)
        await pilot.click(list(app.query(Row))[2])
        assert line.value == "3" and line.has_focus
        line.value = ""
        await enter(app, pilot, "/search a")
        for row in list(app.query(Row))[:2]:
            await pilot.click(row)
        assert line.value == "/show 1 2"
        await pilot.press("enter")
        await rest(app, pilot)
        assert len(session.life.turns[-1].places) == 2

    played(session, WIDE, play)


def test_an_answer_comes_piece_by_piece_and_escape_stops_it(session: Session, held: Any) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        app.query_one(LineInput).value = "why?"
        await pilot.press("enter")
        while not held.speaking.is_set():
            await pilot.pause(0.01)
        while "I was" not in text_of(app.query_one(TalkPane)):
            await pilot.pause(0.01)
        assert app.busy
        app.query_one(LineInput).value = "/page"  # while it speaks, the app is not frozen
        await pilot.press("enter", "f4")
        assert list(app.waiting) == ["/page"]
        await pilot.press("escape")
        await rest(app, pilot)
        told = text_of(app.query_one(TalkPane))
        assert held.stopped and "tired" not in told and not app.waiting
        held.stopped = False
        await enter(app, pilot, "and now?")
        assert "I was tired." in text_of(app.query_one(TalkPane))

    played(session, NARROW, play)


def test_ctrl_c_stops_then_empties_then_warns_then_leaves(session: Session, held: Any) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        app.query_one(LineInput).value = "why?"
        await pilot.press("enter")
        while not held.speaking.is_set():
            await pilot.pause(0.01)
        await pilot.press("ctrl+c")
        await rest(app, pilot)
        assert held.stopped and app.return_value is None
        assert text_of(app.query_one(TalkPane)).count("Stopped.") == 1
        app.query_one(LineInput).value = "begun"
        await pilot.press("x", "ctrl+c")
        assert app.query_one(LineInput).value == "" and app.return_value is None
        await pilot.press("ctrl+c")
        assert "once more leaves" in text_of(app.query_one(TalkPane))
        await pilot.press("ctrl+c")

    assert played(session, NARROW, play).return_value == 130


def test_ctrl_d_deletes_where_something_is_written_and_else_leaves(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        line = app.query_one(LineInput)
        line.value = "ab"
        line.cursor_position = 0
        await pilot.press("ctrl+d")
        assert line.value == "b"
        line.value = ""
        await pilot.press("ctrl+d")

    assert played(session, NARROW, play).return_value == 0


HOSTILE = "👩‍👩‍👧‍👦 למה דילגת? [bold]not markup[/bold] [/] [@click=app.quit]x[/] \x1b[31m\u202e"


def test_whatever_is_written_is_shown_as_text(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        for line in (HOSTILE, "x" * 10_000):
            app.post_message(Paste(f"{line}\nsecond line"))
            await pilot.pause()
            assert "second line" in app.query_one(LineInput).value and "\n" not in app.query_one(LineInput).value
            await pilot.press("enter")
            await rest(app, pilot)
        told = text_of(app.query_one(TalkPane))
        assert app.return_value is None and "\x1b" not in told and "\u202e" not in told
        assert "[bold]not markup[/bold]" in told
        await enter(app, pilot, "/next")
        assert len(session.life.turns) == 2

    played(session, NARROW, play)


def test_a_mistake_is_a_line_and_the_session_goes_on(session: Session) -> None:
    async def play(app: ChatApp, pilot: Pilot[Any]) -> None:
        await pilot.press("f3")
        await enter(app, pilot, "/shwo 1")
        assert "Did you mean /show?" in text_of(app.query_one(TalkPane)) and seen(app) == ["TalkPane"]
        app.query_one(LineInput).value = "/quit"
        await pilot.press("enter")
        for _ in range(6000):
            if app.return_value is not None:
                return
            await pilot.pause(0.01)

    assert played(session, NARROW, play).return_value == 0


def test_opening_shows_what_it_does_and_a_failure_ends_the_app_with_it(session: Session) -> None:
    shown = Flag()

    def opening(listener: Any) -> Session:
        listener.phase("mind", "taste stack")
        assert shown.wait(60)
        raise UserInputError("nobody is called so")

    app = ChatApp(opening)

    async def run() -> None:
        async with app.run_test(size=NARROW) as pilot:
            for _ in range(6000):
                await pilot.pause(0.01)
                if "taste stack" in str(app.query_one("#work", Static).render()):
                    break
            else:
                raise AssertionError("no phase is shown")
            await pilot.press("x")  # one may write already
            assert app.query_one(LineInput).value == "x"
            await pilot.press("backspace", "question_mark")  # and be helped
            assert isinstance(app.screen, HelpScreen)
            await pilot.press("escape")
            shown.set()
            for _ in range(6000):
                await pilot.pause(0.01)
                if app.problem is not None:
                    return

    asyncio.run(run())
    assert isinstance(app.problem, UserInputError) and app.return_value == 2


@pytest.fixture(autouse=True)
def _no_colour_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_session_that_sigterm_ends_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed: list[bool] = []
    kept: Any = SimpleNamespace(kept=Path("kept.jsonl"), close=lambda: closed.append(True))

    def ended(app: ChatApp) -> int:
        app.session = kept
        raise Terminated

    monkeypatch.setattr(ChatApp, "run", ended)
    assert talk_in_app(lambda listener: kept) == 130 and closed
    assert "understudy chat --replay kept.jsonl" in capsys.readouterr().err
