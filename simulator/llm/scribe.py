"""The wrapper that writes transcripts: outside of the cache, so that answers which were kept are in them too."""

from __future__ import annotations

import time

from simulator.llm.port import Answer, BudgetError, Call, CallError, ChatModel, EndpointError, Usage
from simulator.llm.prices import Price, cost
from simulator.llm.transcripts import Asked, Transcripts


class Scribe:
    """A `ChatModel` that writes down what is asked through it and what comes back. `price` None: unknown."""

    def __init__(self, inner: ChatModel, transcripts: Transcripts, price: Price | None) -> None:
        self._inner, self._transcripts, self._price = inner, transcripts, price

    async def ask(self, call: Call) -> Answer:
        began = time.monotonic()
        try:
            answer = await self._inner.ask(call)
        except CallError as failure:
            self._note(call, began, failure.usage, text=failure.partial, failure=failure.kind, why=failure.message)
            raise
        except (EndpointError, BudgetError) as stop:
            self._note(call, began, Usage(), failure=type(stop).__name__, why=str(stop))
            raise
        self._note(call, began, answer.usage, text=answer.text, model=answer.model, cached=answer.cached)
        return answer

    async def close(self) -> None:
        """Close what is inside, then the transcripts."""
        try:
            await self._inner.close()
        finally:
            self._transcripts.close()

    def _note(
        self,
        call: Call,
        began: float,
        usage: Usage,
        *,
        text: str | None = None,
        model: str = "",
        cached: bool = False,
        failure: str | None = None,
        why: str | None = None,
    ) -> None:
        seed, mind = _world(call)
        self._transcripts.write(
            Asked(
                at=time.time(),
                kind=call.kind,
                arm=call.arm,
                seed=seed,
                mind=mind,
                user=call.user_id,
                turn=call.turn,
                messages=call.messages,
                answer=text,
                failure=None if failure is None else str(failure),
                why=why,
                model=model,
                cached=cached,
                tokens_in=usage.tokens_in,
                tokens_out=usage.tokens_out,
                requests=usage.requests,
                usd=cost(usage, self._price),
                latency_s=round(time.monotonic() - began, 4),
            )
        )


def _world(call: Call) -> tuple[int | None, str | None]:
    """Seed and mind, which a call about a person begins its identity with (`Call.identity`)."""
    match call.identity:
        case (int(seed), str(mind), *_):
            return seed, mind
    return None, None
