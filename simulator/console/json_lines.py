"""A display for programs: one JSON document a line (docs/running.md has the schema). Numbers are finite or null."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TextIO

from simulator.console.meter import Meter
from simulator.listener import ArmStanding, Standing


class JsonLines:
    """Writes `{"event": …}` lines; those of progress and of standings at most every `every_s` seconds each."""

    def __init__(
        self, stream: TextIO, *, turns: int, every_s: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._every_s, self._clock = stream, every_s, clock
        self._meter = Meter(turns, clock)
        self._untold: Standing | None = None
        self._told = {"progress": float("-inf"), "standing": float("-inf")}

    def phase(self, name: str, detail: str = "") -> None:
        self._tell_the_last()
        self._say(event="phase", name=name, detail=detail)

    def started(self, *, units: int, user_turns: int) -> None:
        self._meter.start(units)
        self._say(event="started", units=units, user_turns=user_turns)

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        self._meter.add((arm, seed, mind, block), turn, user_turns)
        if self._is_time("progress"):
            self._say(event="progress", arm=arm, seed=seed, mind=mind, block=block, turn=turn, **self._speed())

    def standing(self, standing: Standing) -> None:
        self._untold = standing
        self._meter.leave_out(standing.arms)
        if self._is_time("standing"):
            self._tell_the_last()

    def notice(self, text: str) -> None:
        self._say(event="notice", text=text)

    def stopping(self, text: str) -> None:
        self._say(event="stopping", text=text)

    def finished(self, summary: Mapping[str, Any]) -> None:
        self._tell_the_last()
        self._say(event="finished", user_turns=self._meter.user_turns)

    def interrupted(self) -> None:
        """The run was stopped before its end."""
        self._tell_the_last()
        self._say(event="interrupted", user_turns=self._meter.user_turns)

    def _tell_the_last(self) -> None:
        """Where the run stands, unless it has been told."""
        standing, self._untold = self._untold, None
        if standing is not None:
            self._say(
                event="standing",
                **self._speed(),
                arms=[self._arm(arm) for arm in standing.arms],
                effects=[asdict(effect) | {"provisional": True} for effect in standing.effects],
                model=None if standing.model is None else asdict(standing.model),
            )

    def _is_time(self, event: str) -> bool:
        now = self._clock()
        if now - self._told[event] < self._every_s:
            return False
        self._told[event] = now
        return True

    def _speed(self) -> dict[str, Any]:
        meter = self._meter
        return {
            "user_turns": meter.user_turns,
            "fraction": round(meter.fraction, 4),
            "user_turns_per_s": round(meter.rate, 1),
            "left_s": _rounded(meter.left_s),
        }

    def _arm(self, arm: ArmStanding) -> dict[str, Any]:
        return {
            "arm": arm.arm,
            "fraction": round(arm.done / arm.total, 4) if arm.total else 1.0,
            "user_turns": self._meter.arm_user_turns(arm.arm),
            "user_turns_per_s": round(self._meter.arm_rate(arm.arm), 1),
            "left_s": _rounded(self._meter.arm_left_s(arm)),
            "open_sessions": arm.open_sessions,
            "clicks": arm.clicks,
            "failed": arm.failed,
        }

    def _say(self, **event: Any) -> None:
        self._stream.write(json.dumps(_finite(event), allow_nan=False) + "\n")
        self._stream.flush()


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _finite(value: Any) -> Any:
    """The same with null in the place of what is no finite number."""
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
