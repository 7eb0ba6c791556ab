"""How far a run is and how fast: the arithmetic that all displays share."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simulator.listener import ArmStanding

RECENT_S = 10.0
"""What an arm's speed is taken over. Arms are often lived one after another."""
_STEP_S = 0.5


@dataclass(slots=True)
class _Pace:
    """User-turns of one arm, in all and of late."""

    user_turns: int = 0
    lately: deque[list[float]] = field(default_factory=deque)
    """Pairs of a moment and the user-turns of the half second that began with it."""

    def add(self, now: float, user_turns: int) -> None:
        self.user_turns += user_turns
        if self.lately and now - self.lately[-1][0] < _STEP_S:
            self.lately[-1][1] += user_turns
        else:
            self.lately.append([now, float(user_turns)])

    def rate(self, now: float, since: float) -> float:
        while self.lately and now - self.lately[0][0] > RECENT_S:
            self.lately.popleft()
        span = min(RECENT_S, now - since)
        return sum(turns for _, turns in self.lately) / max(_STEP_S, span)


class Meter:
    """Counts turns of blocks. A block that has committed turn t (from 0) is done by (t + 1) / `turns`.

    User-turns are no measure of how far a run is: how many there will be depends on who comes back. Turns that nobody
    lives now, as those that an earlier session committed, count as done and not for the speed.
    """

    def __init__(self, turns: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._turns, self._clock = max(1, turns), clock
        self._units = 1
        self._since = clock()
        self._committed: dict[tuple[str, int, str, int], int] = {}
        self._paces: dict[str, _Pace] = {}
        self._lived = self._never = 0
        self.user_turns = 0
        self.done = 0

    def start(self, units: int) -> None:
        """The turns begin now."""
        self._units, self._since = max(1, units), self._clock()
        self._committed.clear()
        self._paces.clear()
        self._lived = self._never = self.user_turns = self.done = 0

    def leave_out(self, arms: Sequence[ArmStanding]) -> None:
        """Nobody will live what arms that failed have left."""
        self._never = sum(arm.total - arm.done for arm in arms if arm.failed)

    def add(self, unit: tuple[str, int, str, int], turn: int, user_turns: int) -> None:
        """A unit (arm, seed, mind, block) has committed `turn`; `user_turns` were lived since the last call."""
        self.user_turns += user_turns
        self._paces.setdefault(unit[0], _Pace()).add(self._clock(), user_turns)
        before = self._committed.get(unit, 0)
        if turn + 1 > before:
            self._committed[unit] = turn + 1
            self.done += turn + 1 - before
            self._lived += (turn + 1 - before) * bool(user_turns)

    @property
    def total(self) -> int:
        """Turns of blocks of the whole run, the unit of `done`, less those of arms that failed."""
        return max(1, self._units * self._turns - self._never)

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
        """Seconds that the rest will take at the speed so far; None before anything is lived."""
        return self._takes(max(0, self.total - self.done))

    def arm_left_s(self, arm: ArmStanding) -> float | None:
        """Seconds until an arm is done: what is lived before, its own turns and others', at the speed so far."""
        return self._takes(arm.ahead)

    def arm_rate(self, arm: str) -> float:
        """User-turns a second of an arm over the last `RECENT_S`; 0 where it rests."""
        pace = self._paces.get(arm)
        return 0.0 if pace is None else pace.rate(self._clock(), self._since)

    def arm_user_turns(self, arm: str) -> int:
        """User-turns of an arm that were lived now."""
        pace = self._paces.get(arm)
        return 0 if pace is None else pace.user_turns

    def _takes(self, turns_of_blocks: int) -> float | None:
        if not turns_of_blocks:
            return 0.0
        return self.elapsed_s * turns_of_blocks / self._lived if self._lived else None


def clock_time(seconds: float | None) -> str:
    """`m:ss` or `h:mm:ss`; `-:--` for None."""
    if seconds is None:
        return "-:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
