"""A display for logs and pipes: one line a phase, and one every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from simulator.console.meter import Meter, clock_time
from simulator.console.panel import compact, interval, model_calls, model_spent, people, signed
from simulator.console.text import clean
from simulator.listener import Effect, Standing


class Plain:
    """Writes lines of text; at most one of progress every `every_s` seconds."""

    def __init__(
        self, stream: TextIO, *, turns: int, every_s: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._every_s, self._clock = stream, every_s, clock
        self._meter = Meter(turns, clock)
        self._standing = Standing()
        self._living = False
        self._told = clock()

    def phase(self, name: str, detail: str = "") -> None:
        self._close()
        self._say(f"{name}: {detail}" if detail else name)

    def started(self, *, units: int, user_turns: int) -> None:
        self._meter.start(units)
        self._standing, self._living = Standing(), True
        self._told = self._clock()
        self._say(f"{units} blocks, at most {user_turns:,} user-turns")

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        self._meter.add((arm, seed, mind, block), turn, user_turns)
        self._tell_now_and_then()

    def standing(self, standing: Standing) -> None:
        self._standing = standing
        self._meter.leave_out(standing.arms)
        self._tell_now_and_then()

    def notice(self, text: str) -> None:
        self._say(f"note: {text}")

    def stopping(self, text: str) -> None:
        self._say(text)

    def finished(self, summary: Mapping[str, Any]) -> None:
        self._close()
        self._say(f"done: {self._meter.user_turns:,} user-turns")

    def _close(self) -> None:
        """The turns are over: where they ended."""
        if self._living:
            self._say("; ".join(self._facts()))
        self._living = False

    def _tell_now_and_then(self) -> None:
        if self._clock() - self._told >= self._every_s:
            self._told = self._clock()
            self._say("; ".join(self._facts()))

    def _facts(self) -> Iterator[str]:
        meter, standing = self._meter, self._standing
        yield (
            f"{meter.fraction:4.0%}  {meter.user_turns:,} user-turns, {meter.rate:,.0f}/s, "
            f"{clock_time(meter.left_s)} left"
        )
        for arm in standing.arms:
            share = arm.done / arm.total if arm.total else 1.0
            ahead = "" if arm.done >= arm.total else f" {clock_time(meter.arm_left_s(arm))}"
            ahead = " failed" if arm.failed else ahead
            yield f"{arm.arm} {share:.0%}{ahead} {arm.open_sessions:,} open {arm.clicks:,} clicks"
        yield from map(effect_in_words, standing.effects)
        if standing.model is not None:
            model = standing.model
            yield model_calls(model)
            yield f"tokens {compact(model.tokens_in)} in, {compact(model.tokens_out)} out, {model_spent(model)[0]}"

    def _say(self, text: str) -> None:
        self._stream.write(f"{clean(text)}\n")  # in one piece: a stop is told by another thread
        self._stream.flush()


def effect_in_words(effect: Effect) -> str:
    """An effect on one line, with its caveat."""
    return (
        f"so far, provisional: {effect.metric.replace('_', ' ')} {effect.treatment} minus {effect.control} "
        f"{signed(effect.difference)} {interval(effect)}, {people(effect)}"
    )
