"""What somebody says, word by word as it comes, broken between words where a line is full."""

from __future__ import annotations

from typing import TextIO

from rich.cells import cell_len

from simulator.console.text import clean


class Speech:
    """One answer on its way to a terminal of `width` columns. A word is written when it is whole; letters that
    are as wide as two (Chinese, Japanese) are each like a word."""

    def __init__(self, out: TextIO, width: int) -> None:
        self._out, self._width = out, width
        self._column = 0
        self._word, self._space = "", False

    def add(self, text: str) -> None:
        """More of it; may begin and end within a word."""
        for letter in text:
            if not letter.isspace():
                if cell_len(letter) > 1:
                    self._put()
                self._word += letter
                continue
            self._put()
            if letter == "\n":
                self._out.write("\n")
                self._column = 0
            self._space = letter != "\n"
        self._out.flush()

    def end(self) -> None:
        """It is whole."""
        self._put()
        self._out.write("\n")
        self._out.flush()

    def _put(self) -> None:
        if not self._word:
            return
        word, before = clean(self._word), " " if self._space and self._column else ""
        if self._column and self._column + len(before) + cell_len(word) > self._width:
            before, self._column = "\n", 0
        self._out.write(before + word)
        self._column += len(before.strip("\n")) + cell_len(word)
        self._word, self._space = "", False
