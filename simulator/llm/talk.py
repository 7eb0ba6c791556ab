"""Talking with a language model: plain text that comes as it is made, with everything that calls have around them.

From the outside in: budget, meter, cache, retry (before the first piece only: what was said cannot be taken back),
time-out (for each piece), client. The settings, keys, prices and failures are those of calls (`assemble`); an answer
that broke off is told as such, with what came of it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator

from simulator.llm.budget import Budget, Cost, budget_of
from simulator.llm.client import Client
from simulator.llm.ledger import Ledger
from simulator.llm.meter import Tally
from simulator.llm.port import Answer, BudgetError, Call, Usage
from simulator.llm.prices import Price, price_of
from simulator.llm.settings import LLMSettings
from simulator.llm.speaking import InTime, KeptSpeech, Metered, Nobody, Retried, Talker
from simulator.llm.tokens import most_in


class TalkInterruptedError(Exception):
    """Somebody asked for the answer to stop."""


class Talk:
    """A language model to talk with, for one conversation at a time, from any thread. Close it."""

    def __init__(
        self,
        settings: LLMSettings,
        *,
        ledger: Ledger | None = None,
        budget: Budget | None = None,
        model: Talker | None = None,
    ) -> None:
        """`budget`: one that is shared with others; None: the settings' own. `model`: in place of the one that the
        settings name. Raises UserInputError and EndpointError, as calls do."""
        self.settings = settings
        self.price: Price | None = price_of(settings)
        self.budget = budget_of(settings, self.price) if budget is None else budget
        self.last: Answer | None = None
        """The whole of what was said last; None where it broke off."""
        inner = model or _model(settings)
        self._cache = (
            None if settings.cache == "off" else KeptSpeech(Retried(InTime(inner, settings), settings), settings)
        )
        self._meter = Metered(self._cache or Retried(InTime(inner, settings), settings), ledger, self.price)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="talk", daemon=True)
        self._thread.start()
        self._speaking: asyncio.Task[None] | None = None
        self._stop = threading.Event()
        self._closed = False

    @property
    def name(self) -> str:
        """Of the model."""
        return self.settings.model

    @property
    def taken(self) -> Tally:
        """What was said so far took."""
        return self._meter.total

    def say(self, call: Call) -> Iterator[str]:
        """The answer's pieces as they come; blocks between them.

        Raises BudgetError before anything is asked; CallError where no answer came or it broke off; EndpointError;
        and TalkInterruptedError after `interrupt`. What was yielded until then stands. Whoever drops the iterator
        interrupts.
        """
        self._require(call)
        self.last = None
        self._stop.clear()
        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        done = asyncio.run_coroutine_threadsafe(self._speak(call, pieces), self._loop)
        try:
            while (piece := pieces.get()) is not None:
                yield piece
        finally:
            if not done.done():
                self.interrupt()
        failure = done.result()
        if failure is not None:
            raise failure

    def interrupt(self) -> None:
        """Stop the answer that is being given, if one is."""
        self._stop.set()
        task = self._speaking
        if task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(task.cancel)

    def close(self) -> None:
        """Let go of connections, cache and thread. Calling it again does nothing."""
        if self._closed:
            return
        self._closed = True
        self.interrupt()
        asyncio.run_coroutine_threadsafe(self._let_go(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _let_go(self) -> None:
        """Wait until an answer that was stopped has ended, and close what is around the model."""
        others = asyncio.all_tasks() - {task for task in (asyncio.current_task(),) if task is not None}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()
        await self._meter.close()

    async def _speak(self, call: Call, pieces: queue.SimpleQueue[str | None]) -> Exception | None:
        """Put the pieces into the queue; the failure, if there is one."""
        speaking = self._speaking = asyncio.ensure_future(self._put(call, pieces))
        if self._stop.is_set():
            speaking.cancel()
        try:
            await speaking
        except asyncio.CancelledError:
            return TalkInterruptedError("the answer was stopped")
        except Exception as failure:
            return failure
        finally:
            if self._speaking is speaking:  # else the next answer has begun already
                self._speaking = None
            pieces.put(None)
        return None

    async def _put(self, call: Call, pieces: queue.SimpleQueue[str | None]) -> None:
        before = self._meter.total.cost
        try:
            async for piece in self._meter.stream(call):
                if isinstance(piece, Answer):
                    self.last = piece
                else:
                    pieces.put(piece)
        finally:
            self.budget.spent += _less(self._meter.total.cost, before)

    def _require(self, call: Call) -> None:
        """Refuse what may cost more than is left: every try sends the prompt again. Raises BudgetError."""
        if not self.budget.limited or (self._cache is not None and self._cache.contains(call)):
            return
        tokens_in, tokens_out = self.settings.attempts * most_in(call), call.max_tokens
        usd = None if self.price is None else self.price.usd(Usage(tokens_in, tokens_out))
        worst = Cost(tokens_in + tokens_out, usd)
        if not self.budget.covers(worst):
            raise BudgetError(_refusal(self.budget, worst))


def _refusal(budget: Budget, worst: Cost) -> str:
    whole = budget.spent + worst
    if budget.usd is not None and whole.usd is not None and round(whole.usd, 9) > budget.usd:
        spent = budget.spent.usd or 0.0
        cents = -(-round(1e9 * whole.usd) // 10_000_000) / 100
        return (
            f"the budget does not cover one more answer: ${spent:.4f} of ${budget.usd:.4f} is spent, and it may cost "
            f"up to ${whole.usd - spent:.4f}. Give at least ${cents:.2f} (llm.budget.usd), or ask without a model"
        )
    return (
        f"the budget does not cover one more answer: {budget.spent.tokens:,} of {budget.tokens or 0:,} tokens are "
        f"spent, and it may take {worst.tokens:,}. Give at least {whole.tokens:,} (llm.budget.tokens), or ask without "
        "a model"
    )


def _less(whole: Cost, part: Cost) -> Cost:
    usd = None if whole.usd is None or part.usd is None else whole.usd - part.usd
    return Cost(whole.tokens - part.tokens, usd)


def _model(settings: LLMSettings) -> Talker:
    if settings.scripted:
        from simulator.llm.scripted_talk import ScriptedTalker

        return ScriptedTalker(settings)
    return Nobody() if settings.cache == "replay-only" else Client(settings)
