"""How far a run is and how fast: the arithmetic that all displays share."""

from __future__ import annotations

import time
from collections.abc import Callable


class Meter:
    """Counts turns of blocks. A block that has committed turn t (from 0) is done by (t + 1) / `turns`.

    User-turns are no measure of how far a run is: how many there will be depends on who comes back.
    """

    def __init__(self, turns: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._turns, self._clock = max(1, turns), clock
        self._units = 1
        self._since = clock()
        self._committed: dict[tuple[str, int, str, int], int] = {}
        self.user_turns = 0
        self.done = 0

    def start(self, units: int) -> None:
        """The turns begin now."""
        self._units, self._since = max(1, units), self._clock()

    def add(self, unit: tuple[str, int, str, int], turn: int, user_turns: int) -> None:
        """A unit (arm, seed, mind, block) has committed `turn`; `user_turns` were lived since the last call."""
        self.user_turns += user_turns
        before = self._committed.get(unit, 0)
        if turn + 1 > before:
            self._committed[unit] = turn + 1
            self.done += turn + 1 - before

    @property
    def total(self) -> int:
        """Turns of blocks of the whole run, the unit of `done`."""
        return self._units * self._turns

    @property
    def fraction(self) -> float:
        """Share of the run that is done, in [0, 1]."""
        return min(1.0, self.done / self.total)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the turns began."""
        return max(1e-9, self._clock() - self._since)

    @property
    def rate(self) -> float:
        """User-turns a second since the turns began."""
        return self.user_turns / self.elapsed_s

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take at the speed so far; None before anything is done."""
        return self.elapsed_s * (1.0 / self.fraction - 1.0) if self.done else None


def clock_time(seconds: float | None) -> str:
    """`m:ss` or `h:mm:ss`; `-:--` for None."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
