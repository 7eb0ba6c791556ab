"""What is done meanwhile, in words for somebody who waits."""

from __future__ import annotations

from typing import TextIO

from simulator.console.text import clean
from simulator.listener import Silent

WORDS = {
    "data": "Reading the data …",
    "mind": "Making your double from what you said …",
    "fit": "Fitting the recommender with you in its log …",
    "double": "Showing the same pages to your double …",
}
"""By phase."""


class Phases(Silent):
    """Says in a line what is being done."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def phase(self, name: str, detail: str = "") -> None:
        if name in WORDS:
            self._say(WORDS[name])

    def notice(self, text: str) -> None:
        self._say(f"note: {text}")

    def _say(self, text: str) -> None:
        self._out.write(f"{clean(text)}\n")
        self._out.flush()
