"""What is around a model that talks: time-out, retry, cache and meter, each a wrapper that streams.

The wrappers of whole answers (`timeout`, `retry`, `cache`, `meter`) do the work; here they learn to pass pieces on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Protocol

from tenacity import AsyncRetrying, retry_if_exception

from simulator.llm.cache import Cache
from simulator.llm.ledger import Ledger
from simulator.llm.meter import Meter
from simulator.llm.port import Answer, Call, CallError, EndpointError, FailureKind, Usage
from simulator.llm.prices import Price
from simulator.llm.retry import Retry, passing
from simulator.llm.settings import LLMSettings
from simulator.llm.streaming import Speech
from simulator.llm.tokens import estimated, estimated_in

INTERRUPTED = "interrupted"
"""What the ledger says of an answer that somebody stopped."""


class Talker(Protocol):
    """Anything that answers calls in pieces of plain text, and ends with the `Answer`."""

    def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        """Raises CallError, with what was said in `partial`, and EndpointError."""

    async def close(self) -> None: ...


class Nobody:
    """Stands where a model would, when answers may come from the cache alone."""

    async def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        why = "the answer is not in the cache, and nobody may be asked (replay-only)"
        for failure in (CallError(FailureKind.NOT_CACHED, why),):  # a generator, so that it fails where it is awaited
            raise failure
        yield ""

    async def ask(self, call: Call) -> Answer:
        """Nobody asks for whole answers here."""
        raise CallError(FailureKind.NOT_CACHED, "nobody is asked")

    async def close(self) -> None:
        return None


class InTime:
    """Gives up where the next piece takes longer than one attempt may."""

    def __init__(self, inner: Talker, settings: LLMSettings) -> None:
        self._inner, self._seconds = inner, settings.timeout_s

    async def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        said: list[str] = []
        coming = self._inner.stream(call)
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    piece = await anext(coming)
            except StopAsyncIteration:
                return
            except TimeoutError:
                text = "".join(said)
                what = "the answer broke off: nothing more came" if text else "no answer"
                raise CallError(
                    FailureKind.TIMEOUT,
                    f"{what} within {self._seconds:g} s",
                    usage=Usage(estimated_in(call.messages), estimated(text), 1),
                    transient=True,
                    partial=text or None,
                ) from None
            if isinstance(piece, str):
                said.append(piece)
            yield piece

    async def ask(self, call: Call) -> Answer:
        """The whole answer at once."""
        return await _whole(self, call)

    async def close(self) -> None:
        await self._inner.close()


class Retried(Retry):
    """Asks again after failures that may pass, as calls are, as long as nothing was said."""

    def __init__(self, inner: InTime, settings: LLMSettings) -> None:
        super().__init__(inner, settings)
        self._talker = inner

    def _unreachable(self, failure: CallError) -> str:
        told, _, _ = super()._unreachable(failure).partition("; the run keeps")
        return told

    async def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        spent = Usage()
        first: str | Answer | None = None
        coming: AsyncIterator[str | Answer] | None = None
        try:
            async for attempt in AsyncRetrying(
                stop=self._stops, wait=self._wait, retry=retry_if_exception(passing), reraise=True
            ):
                with attempt:
                    coming = self._talker.stream(call)
                    try:
                        first = await anext(coming)
                    except CallError as failure:
                        failure.usage = spent = spent + failure.usage
                        self._notice(failure)
                        raise
            self._reached = True
        except CallError as failure:
            raise self._told(failure) from None
        assert first is not None and coming is not None
        yield _adding(first, spent)
        try:
            async for piece in coming:
                yield _adding(piece, spent)
        except CallError as failure:
            failure.usage = spent + failure.usage
            raise


class KeptSpeech(Cache):
    """Answers from what is kept, and keeps what was said to its end."""

    def __init__(self, inner: Retried, settings: LLMSettings) -> None:
        super().__init__(inner, settings)
        self._talker = inner

    async def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        kept = self.kept(call)
        if kept is not None:
            assert isinstance(kept.value, Speech)
            yield kept.value.text
            yield kept
            return
        async for piece in self._talker.stream(call):
            if isinstance(piece, Answer):
                self.keep(call, piece)
            yield piece


class Metered(Meter):
    """Writes down what was said, whether it came to its end or not."""

    def __init__(self, inner: KeptSpeech | Retried, ledger: Ledger | None, price: Price | None) -> None:
        super().__init__(inner, ledger, price)
        self._talker = inner

    async def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        began, said = time.monotonic(), list[str]()
        try:
            async for piece in self._talker.stream(call):
                if isinstance(piece, Answer):
                    self._note(call, began, piece.usage, model=piece.model, cached=piece.cached)
                else:
                    said.append(piece)
                yield piece
        except CallError as failure:
            self._note(call, began, failure.usage, failure=failure.kind)
            raise
        except EndpointError as stop:
            self._note(call, began, Usage(), failure=type(stop).__name__)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            usage = Usage(estimated_in(call.messages), estimated("".join(said)), 1)
            self._note(call, began, usage, failure=INTERRUPTED)
            raise


def _adding(piece: str | Answer, spent: Usage) -> str | Answer:
    return replace(piece, usage=spent + piece.usage) if isinstance(piece, Answer) else piece


async def _whole(talker: Talker, call: Call) -> Answer:
    async for piece in talker.stream(call):
        if isinstance(piece, Answer):
            return piece
    raise CallError(FailureKind.EMPTY, "the answer is empty")
