"""Reading on in a block that is still being lived: each committed turn once, as it comes.

The writer is never waited for and never in the way: files are opened for reading alone, a record that is not whole yet
is looked at again the next time, and a stream that vanishes (its rows are in a Parquet part by then) is said to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulator.journal.stream import head_of, segments, whole_turns
from simulator.turn import Page


class StreamGoneError(Exception):
    """The stream is not there any more, or another one is in its place."""


@dataclass(slots=True)
class _Segment:
    """How far a segment has been read. `seen`: size and time of the file then."""

    inode: int
    head: bytes = b""
    read: int = 0
    seen: tuple[int, int] = (-1, -1)


class Following:
    """The committed turns of one block, in order over its segments. `turns`: how many have been read."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._known: dict[Path, _Segment] = {}
        self.turns = 0

    def more(self) -> list[tuple[int, Page]]:
        """The turns that were committed since the last call. Raises StreamGoneError: begin anew."""
        found: list[tuple[int, Page]] = []
        try:
            there = segments(self._base)
            if not there or not self._known.keys() <= set(there):
                raise StreamGoneError(str(self._base))
            for path in there:
                found += self._of_segment(path)
        except FileNotFoundError:
            raise StreamGoneError(str(self._base)) from None
        return found

    def _of_segment(self, path: Path) -> Iterator[tuple[int, Page]]:
        with path.open("rb") as file:
            told = os.fstat(file.fileno())
            segment = self._known.setdefault(path, _Segment(told.st_ino))
            if segment.inode != told.st_ino or told.st_size < segment.read:
                raise StreamGoneError(str(path))
            if (told.st_size, told.st_mtime_ns) == segment.seen:
                return
            file.seek(segment.read)
            data = segment.head + file.read()
        if not segment.head:
            segment.head = head_of(data)
            if not segment.head:
                return
            segment.read = len(segment.head)
        begun = segment.read - len(segment.head)
        for turn, page, end in whole_turns(data):
            segment.read = begun + end
            if turn == self.turns:
                self.turns += 1
                yield turn, page
        segment.seen = (told.st_size, told.st_mtime_ns)
