"""Ways to go on with the line that is being written, above it: the command's usage, and what Tab would make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

from simulator.console.chat.completion import complete, hint
from simulator.console.text import clean

if TYPE_CHECKING:
    from simulator.console.chat.session import Session


class Offers(Static):
    """Empty and away where there is nothing to offer."""

    def __init__(self) -> None:
        super().__init__("", id="offers", markup=False)
        self._lines: list[str] = []
        self._at = -1
        self._taken: str | None = None

    def follow(self, session: Session | None, line: str) -> None:
        """The line is another now. What was taken from here changes nothing, so that Tab goes on to the next."""
        if self._taken is not None and line == self._taken:
            return
        self._lines = complete(session, line) if session is not None else []
        self._at, self._taken = -1, None
        self._show(line, session)

    def take(self, session: Session | None, step: int) -> str | None:
        """The next or previous whole line; None where there is none."""
        if not self._lines:
            return None
        self._at = (self._at + step) % len(self._lines) if self._at >= 0 or step > 0 else len(self._lines) - 1
        line = self._lines[self._at]
        if len(self._lines) > 1:  # of the only one, what comes next is offered
            self._taken = line
            self._show(line, session)
        return line

    def _show(self, line: str, session: Session | None) -> None:
        text = Text(hint(line, session))
        if self._lines:
            begin = f"{line.partition(' ')[0]} " if " " in line else ""
            offered = [clean(each.removeprefix(begin).strip()) for each in self._lines]
            if self._at >= 0:
                offered[self._at] = f"[{offered[self._at]}]"
            text.append(("\n" if text else "") + "Tab: " + "   ".join(offered))
        self.update(text)
        self.set_class(bool(text), "-there")
