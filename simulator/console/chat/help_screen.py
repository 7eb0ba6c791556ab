"""All commands and keys, over the panes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from simulator.console.chat import drawing
from simulator.console.chat.events import Table

KEYS = Table(
    title="Keys",
    headings=("", ""),
    rows=(
        ("F2 F3 F4", "conversation, page, person, where they do not fit side by side"),
        ("Tab, Shift+Tab", "completes what is written; again: the next way"),
        ("Up, Down", "earlier lines"),
        ("PgUp, PgDn", "scrolls the conversation, or the pane that is shown"),
        ("Esc, Ctrl+C", "stops an answer; Ctrl+C twice leaves"),
        ("Ctrl+Z, Ctrl+Y", "/undo, /redo"),
        ("F9", "light or dark"),
        ("Ctrl+D", "leaves, where nothing is written"),
        ("mouse", "a click on an item writes its number; on a question, asks it"),
    ),
)


class HelpScreen(ModalScreen[None]):
    """All commands and keys."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,question_mark,f1,q,enter", "dismiss", "Close")]

    def __init__(self, tables: Iterable[Table]) -> None:
        super().__init__()
        self.tables = tuple(tables)

    def compose(self) -> ComposeResult:
        with VerticalScroll() as scroll:
            scroll.border_title = "Help (Esc closes)"
            for table in [*self.tables, KEYS]:
                yield Static(drawing.table(table), markup=False)
