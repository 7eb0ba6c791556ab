"""The time that one attempt may take."""

from __future__ import annotations

import asyncio

from simulator.llm.port import Answer, Call, CallError, ChatModel, FailureKind, Usage
from simulator.llm.tokens import estimated_in


class Timeout:
    """A `ChatModel` that gives up an attempt after `seconds`; the attempt is cancelled and its connection dropped.

    What a server spent on an abandoned request is unknown; the prompt is counted, by estimate: budgets err that way.
    """

    def __init__(self, inner: ChatModel, seconds: float) -> None:
        self._inner, self._seconds = inner, seconds

    async def ask(self, call: Call) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._inner.ask(call)
        except TimeoutError:
            spent = Usage(estimated_in(call.messages), 0, 1)
            raise CallError(
                FailureKind.TIMEOUT, f"no answer within {self._seconds:g} s", usage=spent, transient=True
            ) from None

    async def close(self) -> None:
        await self._inner.close()
