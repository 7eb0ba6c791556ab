"""The line in which everything is written: history on up and down, completion on Tab, help on `?`."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.widgets import Input

MOST_LINES = 500
"""Lines that are remembered."""


class LineInput(Input):
    """One line. Says when a line is entered, or help is wanted. `complete`: what Tab makes of a line, a step on or
    back; None: nothing."""

    class Entered(Message):
        """A line is done."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Wanted(Message):
        """Help, or another pane: `what` is `help`, `left` or `right`."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, complete: Callable[[str, int], str | None]) -> None:
        super().__init__(placeholder="Ask anything, or ? for help", id="line", compact=True, select_on_focus=False)
        self._complete = complete
        self.lines: list[str] = []
        self._at = 0
        self._begun = ""

    async def action_submit(self) -> None:
        """Enter: the line is handed on, and remembered."""
        line, self.value = self.value, ""
        if line.strip():
            if not self.lines or self.lines[-1] != line:
                self.lines = [*self.lines[1 - MOST_LINES :], line]
            self._at, self._begun = len(self.lines), ""
            self.post_message(self.Entered(line))

    def write(self, line: str) -> None:
        """Puts a line there, to be gone on with."""
        self.value = line
        self.cursor_position = len(line)

    async def on_key(self, event: events.Key) -> None:
        """The keys that an input does not know; and those that it knows, at once: Textual asks everybody above first,
        and what was typed meanwhile would be written before an Enter that came earlier."""
        if event.character == "?" and not self.value.strip():  # whatever a terminal calls the key
            self._take(event)
            self.post_message(self.Wanted("help"))
        elif event.key in ("up", "down"):
            self._take(event)
            self._remember(-1 if event.key == "up" else 1)
        elif event.key in ("tab", "shift+tab"):
            self._take(event)
            if (line := self._complete(self.value, 1 if event.key == "tab" else -1)) is not None:
                self.write(line)
        elif event.key in ("ctrl+left", "ctrl+right") and not self.value:
            self._take(event)
            self.post_message(self.Wanted("left" if event.key == "ctrl+left" else "right"))
        elif not event.is_printable and await self._edits(event.key):
            self._take(event)

    async def _edits(self, key: str) -> bool:
        """Does what a key does in a line; False for one that does nothing there, such as a scrolling key."""
        bound = self.screen.active_bindings.get(key)
        return bound is not None and bound.node is self and await self.app.run_action(bound.binding.action, self)

    def on_paste(self, event: events.Paste) -> None:
        """Several lines become one, in the place of what is marked."""
        event.prevent_default()
        event.stop()
        self.replace(" ".join(event.text.split()), *self.selection)

    def _remember(self, step: int) -> None:
        if self._at >= len(self.lines):
            self._begun = self.value
        self._at = min(len(self.lines), max(0, min(self._at, len(self.lines)) + step))
        self.write(self.lines[self._at] if self._at < len(self.lines) else self._begun)

    @staticmethod
    def _take(event: events.Key) -> None:
        event.prevent_default()
        event.stop()
