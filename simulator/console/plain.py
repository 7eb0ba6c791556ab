"""A display for logs and pipes: one line a phase, and one every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from simulator.console.meter import Meter, clock_time
from simulator.console.text import clean


class Plain:
    """Writes lines of text; at most one of progress every `every_s` seconds."""

    def __init__(
        self, stream: TextIO, *, turns: int, every_s: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._every_s, self._clock = stream, every_s, clock
        self._meter = Meter(turns, clock)
        self._told = clock()

    def phase(self, name: str, detail: str = "") -> None:
        self._say(f"{name}: {detail}" if detail else name)

    def started(self, *, units: int, user_turns: int) -> None:
        self._meter.start(units)
        self._told = self._clock()
        self._say(f"{units} blocks, at most {user_turns:,} user-turns")

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        meter = self._meter
        meter.add((arm, seed, mind, block), turn, user_turns)
        if self._clock() - self._told < self._every_s:
            return
        self._told = self._clock()
        self._say(
            f"{meter.fraction:4.0%}  {meter.user_turns:,} user-turns, {meter.rate:,.0f}/s, "
            f"{clock_time(meter.left_s)} left  (arm {arm}, mind {mind})"
        )

    def notice(self, text: str) -> None:
        self._say(f"note: {text}")

    def finished(self, summary: Mapping[str, Any]) -> None:
        self._say(f"done: {self._meter.user_turns:,} user-turns")

    def _say(self, text: str) -> None:
        print(clean(text), file=self._stream, flush=True)
