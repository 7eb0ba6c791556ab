"""A display for programs: one JSON document a line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from simulator.console.meter import Meter


class JsonLines:
    """Writes `{"event": …}` lines; those of progress at most every `every_s` seconds."""

    def __init__(
        self, stream: TextIO, *, turns: int, every_s: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._every_s, self._clock = stream, every_s, clock
        self._meter = Meter(turns, clock)
        self._told = float("-inf")

    def phase(self, name: str, detail: str = "") -> None:
        self._say(event="phase", name=name, detail=detail)

    def started(self, *, units: int, user_turns: int) -> None:
        self._meter.start(units)
        self._say(event="started", units=units, user_turns=user_turns)

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        meter = self._meter
        meter.add((arm, seed, mind, block), turn, user_turns)
        if self._clock() - self._told < self._every_s:
            return
        self._told = self._clock()
        self._say(
            event="progress",
            arm=arm,
            seed=seed,
            mind=mind,
            block=block,
            turn=turn,
            user_turns=meter.user_turns,
            fraction=round(meter.fraction, 4),
            user_turns_per_s=round(meter.rate, 1),
            left_s=None if meter.left_s is None else round(meter.left_s, 1),
        )

    def notice(self, text: str) -> None:
        self._say(event="notice", text=text)

    def finished(self, summary: Mapping[str, Any]) -> None:
        self._say(event="finished", user_turns=self._meter.user_turns)

    def _say(self, **event: Any) -> None:
        print(json.dumps(event), file=self._stream, flush=True)
