"""The whole stack around a model, in its one right order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator.llm.cache import cache_folder
from simulator.llm.client import Client
from simulator.llm.limiter import Limit
from simulator.llm.port import Answer, Call, CallError, ChatModel, FailureKind
from simulator.llm.repair import Repair
from simulator.llm.retry import Retry
from simulator.llm.settings import LLMSettings
from simulator.llm.structured import Negotiator
from simulator.llm.timeout import Timeout

Wrapper = Callable[[ChatModel], ChatModel]


@dataclass(frozen=True, slots=True)
class Stack:
    """A `ChatModel` with all its wrappers, and what the limit saw. Ask and close it in one event loop."""

    outermost: ChatModel
    limit: Limit

    async def ask(self, call: Call) -> Answer:
        return await self.outermost.ask(call)

    async def close(self) -> None:
        """Close every wrapper, from the outside in."""
        await self.outermost.close()

    def slots_busy(self) -> float:
        """Mean calls in flight ÷ mean limit, between the first call's beginning and the last one's end."""
        return self.limit.slots_busy()

    def wall_s(self) -> float:
        """Seconds between the first call's beginning and the last one's end; cached answers take no part."""
        return self.limit.wall_s()


def chat_model(
    settings: LLMSettings, *, model: ChatModel | None = None, cache: Wrapper | None = None, meter: Wrapper | None = None
) -> Stack:
    """The stack for the settings, from the outside in: meter (around it who writes transcripts), cache, repair, retry,
    the way of asking, limit, time-out, model.

    `cache` and `meter` put their wrapper around what they get. `model`: in place of the one that the settings name.
    Raises what `Client` raises. With `cache: replay-only` nothing is asked, so neither endpoint nor key is needed.
    """
    inner = model or _model(settings)
    limit = Limit(Timeout(inner, settings.timeout_s), settings.concurrency)
    asking: ChatModel = limit
    if isinstance(inner, Client):
        asking = Negotiator(
            limit,
            settings.structured,
            endpoint=inner.endpoint.name,
            model=settings.model,
            folder=cache_folder(settings),
        )
    outermost: ChatModel = Repair(Retry(asking, settings))
    for wrapper in (cache, meter):
        outermost = wrapper(outermost) if wrapper else outermost
    return Stack(outermost, limit)


class _Nobody:
    """Stands where a model would, when answers may come from the cache alone."""

    async def ask(self, call: Call) -> Answer:
        raise CallError(FailureKind.NOT_CACHED, "the answer is not in the cache, and nobody may be asked (replay-only)")

    async def close(self) -> None:
        return None


def _model(settings: LLMSettings) -> ChatModel:
    if settings.cache == "replay-only":
        return _Nobody()
    if settings.scripted:
        from simulator.llm.scripted import ScriptedModel

        return ScriptedModel(settings)
    return Client(settings)
