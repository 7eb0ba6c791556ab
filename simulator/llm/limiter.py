"""How many requests are in flight: as many as the endpoint bears, up to a limit, in the order in which they came.

TCP's congestion control, with requests for packets: slow start, additive rise, multiplicative fall (RFC 5681; for
requests, Netflix's concurrency-limits and Inspect's adaptive connections do the same). A 429 is the lost packet. So is
a time-out, as for Netflix's `AIMDLimit`: a server with few slots never says 429, it lets requests queue until they are
late, and without a fall it would go on computing answers that nobody waits for any more.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

from simulator.llm.port import Answer, Call, CallError, ChatModel, FailureKind

START = 16
"""Requests at first. A usual server's slots are full from the first moment (vLLM and llama.cpp serve tens at once),
and the lowest paid tiers of hosted models bear such a burst (500 requests a minute)."""
FALL = 0.7
"""Factor of a fall: CUBIC's (RFC 9438, 4.6). Reno's 0.5 leaves slots idle for long where a rise takes a request's time
a step."""
LEAST = 1.0
CONGESTION = (FailureKind.RATE_LIMITED, FailureKind.TIMEOUT)


class Limit:
    """A `ChatModel` that lets at most `limit` calls through at once, first come, first served.

    The limit doubles in the time of one request until the first fall, then rises by one in that time; a fall counts
    once for all requests that were in flight when it happened. It never passes `most`, and rises only while at least
    half of it is in use (an unused limit says nothing about the endpoint; RFC 7661). For one event loop.
    """

    def __init__(self, inner: ChatModel, most: int) -> None:
        self._inner, self._most = inner, float(most)
        self.limit = float(min(most, START))
        self.peak = 0
        """Most calls that were ever in flight at once."""
        self._slow_start_until = self._most
        self._falls = 0
        self._in_flight = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._first: float | None = None
        self._last = 0.0
        self._busy = self._room = 0.0

    async def ask(self, call: Call) -> Answer:
        await self._enter()
        falls_before = self._falls
        try:
            answer = await self._inner.ask(call)
        except CallError as failure:
            if failure.kind in CONGESTION and falls_before == self._falls:
                self._fall()
            raise
        else:
            self._rise()
            return answer
        finally:
            self._leave()

    async def close(self) -> None:
        await self._inner.close()

    def wall_s(self) -> float:
        """Seconds from the first call's beginning to the last one's end, so far."""
        return 0.0 if self._first is None else self._last - self._first

    def slots_busy(self) -> float:
        """Mean calls in flight ÷ mean limit over `wall_s`; 0 before the first call."""
        return self._busy / self._room if self._room > 0 else 0.0

    async def _enter(self) -> None:
        if self._queue or self._in_flight >= int(self.limit):
            turn = asyncio.get_running_loop().create_future()
            self._queue.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():
                    self._leave()
                raise
        else:
            self._count(+1)

    def _leave(self) -> None:
        self._count(-1)
        while self._queue and self._in_flight < int(self.limit):
            turn = self._queue.popleft()
            if not turn.cancelled():
                self._count(+1)
                turn.set_result(None)

    def _count(self, change: int) -> None:
        """Add the time since the last change to both integrals, then change."""
        now = time.monotonic()
        if self._first is None:
            self._first = now
        else:
            self._busy += self._in_flight * (now - self._last)
            self._room += int(self.limit) * (now - self._last)
        self._last = now
        self._in_flight += change
        self.peak = max(self.peak, self._in_flight)

    def _rise(self) -> None:
        if 2 * self._in_flight >= self.limit < self._most:
            self._count(0)
            step = 1.0 if self.limit < self._slow_start_until else 1.0 / self.limit
            self.limit = min(self._most, self.limit + step)

    def _fall(self) -> None:
        self._count(0)
        self._falls += 1
        self.limit = self._slow_start_until = max(LEAST, self.limit * FALL)
