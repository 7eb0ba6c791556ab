"""The session as a Textual app: conversation, page and person side by side, or one at a time on a narrow terminal.

The session works in a thread and hands its events over as messages, in order; the app only shows them, so that it never
freezes. Lines that are entered meanwhile wait their turn.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from simulator.console.chat.commands import all_commands
from simulator.console.chat.events import Event, Greeting, Listed, Mistake, Over, PageLived, Refresh, Stage, Table, Told
from simulator.console.chat.help_screen import HelpScreen
from simulator.console.chat.line_input import LineInput
from simulator.console.chat.messages import Came, Opened, Phases, Rested
from simulator.console.chat.offers import Offers
from simulator.console.chat.page_pane import PagePane, Picked
from simulator.console.chat.person_pane import PersonPane, in_a_line
from simulator.console.chat.tabs import Tab, Tabs
from simulator.console.chat.talk_pane import Offered, TalkPane
from simulator.console.fitting import FittingApp
from simulator.console.text import clean
from simulator.records import UserInputError

if TYPE_CHECKING:
    from simulator.console.chat.opening import Opening
    from simulator.console.chat.session import Session

WIDE = 150
"""Columns from which all panes have room."""
_BREAKPOINTS = [(0, "-narrow"), (110, "-medium"), (WIDE, "-wide")]


class ChatApp(FittingApp[int]):
    """`understudy chat` on a terminal. Its return value is the exit status; `problem` what kept it from opening."""

    CSS_PATH = "chat.tcss"
    TITLE = "understudy chat"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS
    BINDINGS: ClassVar[list[BindingType]] = [
        ("f1", "help", "Help"),
        ("f2", "pane('talk')", "Conversation"),
        ("f3", "pane('page')", "Page"),
        ("f4", "pane('person')", "Person"),
        ("f9", "light", "Light or dark"),
        ("pageup", "scroll(-1)", "Up"),
        ("pagedown", "scroll(1)", "Down"),
        ("escape", "stop", "Stop"),
        Binding("ctrl+c", "cancel", "Stop, or leave", priority=True),
        Binding("ctrl+d", "end", "Leave", priority=True),
        Binding("ctrl+z", "enter('/undo')", "Undo", priority=True),
        Binding("ctrl+y", "enter('/redo')", "Redo", priority=True),
    ]

    def __init__(self, opening: Opening) -> None:
        # Libraries that are fitted with make locks whose helper process inherits the standard error; while an app has
        # the screen there is none that could be inherited, so it is started before.
        resource_tracker.ensure_running()
        super().__init__()
        self.opening = opening
        self.session: Session | None = None
        self.problem: Exception | None = None
        self.waiting: deque[str] = deque()
        self.busy = True
        self._warned = self._stopping = False
        light = os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
        self.theme = "textual-light" if light else "textual-dark"

    def compose(self) -> ComposeResult:
        yield Tabs()
        with Horizontal(id="panes"):
            yield TalkPane()
            yield PagePane()
            yield PersonPane()
        yield Static("", id="work", markup=False)
        yield Offers()
        yield Static("", id="status", markup=False)
        yield LineInput(self._completed)

    def on_mount(self) -> None:
        self.query_one(LineInput).focus()
        self._working("Opening")
        Thread(target=self._open, daemon=True).start()  # nobody waits for it at the end: who leaves, leaves at once

    # What the session tells.

    def _open(self) -> None:
        try:
            session = self.opening(Phases(self))
        except Exception as error:  # told by whoever started the app, after the screen is given back
            self.post_message(Opened(None, error))
            return
        self.post_message(Opened(session))
        self._tell(session.begin())

    def _tell(self, coming: Iterator[Event]) -> None:
        """In the session's thread: hands over what comes."""
        try:
            for event in coming:
                self.post_message(Came(event))
        except Exception as error:
            self.post_message(Opened(self.session, error))
        self.post_message(Rested())

    def on_opened(self, message: Opened) -> None:
        self.session = message.session
        if message.error is not None:
            self.problem = message.error
            self.exit(2 if isinstance(message.error, UserInputError) else 1)

    async def on_came(self, message: Came) -> None:
        """Shows one event."""
        event = message.event
        self.query_one(TalkPane).tell(event, self.session.life.name if self.session is not None else "")
        match event:
            case PageLived() | Listed():
                if isinstance(event, Listed) or not event.new:
                    self.action_pane("page")
                await self._redraw()
            case Table() | Mistake() | Told() | Greeting():
                self._show_talk()
            case Stage():
                self._working(event.text)
            case Refresh():
                self.query_one(PersonPane).show(event.portrait)
                self.query_one("#status", Static).update(in_a_line(event.portrait))
                await self._redraw()
            case Over():
                self.exit(0)

    async def on_rested(self, message: Rested) -> None:
        """The next line that waits, or rest."""
        self.busy = False
        self._working("")
        await self._redraw()
        if self._stopping:
            self._stopping = False
            self.query_one(TalkPane).add(Text("Stopped."), "told")
        if self.waiting:
            self._enter(self.waiting.popleft())

    async def _redraw(self) -> None:
        if self.session is not None:
            await self.query_one(PagePane).show(self.session.listing, self.session.page)

    def _working(self, text: str) -> None:
        line = self.query_one("#work", Static)
        line.update(Text(f"{clean(text)} … (Esc stops)" if text else ""))
        line.set_class(bool(text), "-there")

    # What is entered.

    def on_line_input_entered(self, message: LineInput.Entered) -> None:
        self._warned = False
        if self.busy:
            self.waiting.append(message.line)
            self._working(f"{len(self.waiting)} waiting")
        else:
            self._enter(message.line)

    def _enter(self, line: str) -> None:
        self.busy = True
        shown = clean(line.strip())
        self.query_one(TalkPane).add(Text(f"> {shown if len(shown) <= 400 else shown[:400] + '…'}"), "you")
        if not line.startswith(("/", "?")):
            self._show_talk()
            self._working("Thinking")
        assert self.session is not None
        Thread(target=self._tell, args=(self.session.run(line),), daemon=True).start()

    def on_input_changed(self, event: LineInput.Changed) -> None:
        """Offers ways to go on."""
        self.query_one(Offers).follow(self.session, event.value)

    def on_line_input_wanted(self, message: LineInput.Wanted) -> None:
        if message.what == "help":
            self.action_help()
        else:
            self.query_one(Tabs).turn(1 if message.what == "right" else -1)

    def _completed(self, line: str, step: int) -> str | None:
        offers = self.query_one(Offers)
        offers.follow(self.session, line)  # where keys come in one go, it was not told of the line yet
        return offers.take(self.session, step)

    def on_picked(self, message: Picked) -> None:
        """A click on an item: its number goes into the line."""
        line = self.query_one(LineInput)
        listed = self.session is not None and self.session.listing is not None
        if line.value.strip():
            line.write(f"{line.value.rstrip()} {message.number}")
        else:
            line.write(f"/show {message.number}" if listed else f"{message.number}")
        line.focus()

    def on_offered_asked(self, message: Offered.Asked) -> None:
        self.on_line_input_entered(LineInput.Entered(message.letter))

    def on_click(self, event: events.Click) -> None:
        """Wherever somebody clicks, writing goes on."""
        if not isinstance(self.screen, HelpScreen):
            self.query_one(LineInput).focus()

    def _show_talk(self) -> None:
        """Something is said there; where it is in sight, what stands beside it stays."""
        if not self.query_one(TalkPane).display:
            self.action_pane("talk")

    # Keys.

    def action_pane(self, pane: str) -> None:
        """On a narrow terminal: shows this pane."""
        self.screen_stack[0].query_one(Tabs).show(pane)

    def on_tab_chosen(self, message: Tab.Chosen) -> None:
        self.action_pane(message.pane)

    def action_scroll(self, pages: int) -> None:
        """The conversation, or the pane that is shown alone."""
        narrow = self.size.width < WIDE
        panes = {"talk": TalkPane, "page": PagePane, "person": PersonPane}
        pane: VerticalScroll = self.query_one(panes[self.query_one(Tabs).now if narrow else "talk"])
        pane.scroll_relative(y=pages * max(1, pane.size.height - 2), animate=False)

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(all_commands()))

    def action_light(self) -> None:
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"

    def action_stop(self) -> None:
        self._in_turn(self._stop)

    def _stop(self) -> None:
        """Stops what is being answered, and whatever waits."""
        self.waiting.clear()
        if self.busy and self.session is not None:
            self._working("Stopping")
            self._stopping = True
            self.session.interrupt()

    def _in_turn(self, act: Callable[[], object]) -> None:
        """After what the keys before did: those are with the line still, and what it entered is on its way here."""
        self.query_one(LineInput).call_later(self.call_later, act)

    def action_cancel(self) -> None:
        self._in_turn(self._cancel)

    def action_end(self) -> None:
        self._in_turn(self._end)

    def action_enter(self, line: str) -> None:
        """A key that stands for a line."""
        self._in_turn(lambda: self.on_line_input_entered(LineInput.Entered(line)))

    def _cancel(self) -> None:
        """Ctrl-C: copies what is marked, stops what is going on, empties the line; twice leaves."""
        line = self.query_one(LineInput)
        if marked := (line.selected_text or self.screen.get_selected_text()):
            self.copy_to_clipboard(marked)
            self.screen.clear_selection()
        elif line.value and not self.busy:
            line.value, self._warned = "", False
        elif self._warned:
            self.exit(130)
            self._stop()
        elif self.busy and self.session is not None:
            self._stop()
            self._warned = True
        else:
            self._warned = True
            self.query_one(TalkPane).add(Text("Ctrl+C once more leaves; what is done so far is kept."), "told")

    def _end(self) -> None:
        """Ctrl-D: leaves where nothing is written."""
        line = self.query_one(LineInput)
        if line.value:
            line.action_delete_right()
        else:
            self.exit(0)


def talk_in_app(opening: Opening) -> int:
    """A session on this process's terminal; the exit status. Raises what kept it from opening, or broke it."""
    app = ChatApp(opening)
    try:
        try:
            status = app.run()
        except KeyboardInterrupt:  # SIGTERM: keys are read as they are
            status = 130
        if app.problem is not None:
            raise app.problem
        if app.session is not None and app.session.kept is not None:
            print(f"This session is kept. Go on with: understudy chat --replay {app.session.kept}", file=sys.stderr)
        return status or 0
    finally:
        if app.session is not None:
            app.session.close()
