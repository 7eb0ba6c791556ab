"""The names of the panes in a row, for terminals where one is shown at a time."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

PANES = {"talk": "Conversation", "page": "Page", "person": "Person"}


class Tab(Static):
    """A pane's name; a click shows it."""

    class Chosen(Message):
        """It is to be shown."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, pane: str, text: str) -> None:
        super().__init__(text, markup=False, id=f"tab-{pane}")
        self.pane = pane

    def on_click(self) -> None:
        self.post_message(self.Chosen(self.pane))


class Tabs(Horizontal):
    """Knows which pane is in front; the screen carries it as a class, by which the style sheet shows that one alone."""

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self.now = "talk"

    def compose(self) -> ComposeResult:
        for nth, (pane, name) in enumerate(PANES.items(), start=2):
            yield Tab(pane, f"F{nth} {name}")

    def on_mount(self) -> None:
        self.show(self.now)

    def show(self, pane: str) -> None:
        """Brings a pane to the front."""
        self.now = pane
        for each in PANES:
            self.screen.set_class(each == pane, f"-{each}")
            self.query_one(f"#tab-{each}").set_class(each == pane, "-on")

    def turn(self, step: int) -> None:
        """The pane to the right or the left."""
        order = list(PANES)
        self.show(order[(order.index(self.now) + step) % len(order)])
