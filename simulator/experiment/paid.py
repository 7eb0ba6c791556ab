"""A language model that costs: with its cache, its ledger and its budget, for one session of a run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from simulator.listener import ModelStanding
from simulator.llm.assemble import Stack, chat_model
from simulator.llm.budget import Budget, Cost, budget_of, worst_case
from simulator.llm.cache import Cache
from simulator.llm.embeddings import EmbeddingModel
from simulator.llm.ledger import Ledger
from simulator.llm.meter import Meter, tallied
from simulator.llm.port import BudgetError, Call, ChatModel, Usage
from simulator.llm.prices import Price, cost, price_of
from simulator.llm.scribe import Scribe
from simulator.llm.settings import LLMSettings
from simulator.llm.transcripts import Transcripts
from simulator.minds.language.captions import Captioner, Captions
from simulator.minds.language.elicit import Elicitor, Reply, Sheet
from simulator.minds.loop import MindLoop

T = TypeVar("T")


class Paid:
    """Ask through `stack`. What is asked before any world lives is checked against the budget here; what worlds ask, by
    the gate that admits their turns (`language`)."""

    def __init__(
        self,
        settings: LLMSettings,
        ledger: Ledger | None,
        spent: Cost | None = None,
        model: ChatModel | None = None,
        transcripts: Transcripts | None = None,
    ) -> None:
        self.price: Price | None = price_of(settings)
        self.budget: Budget = budget_of(settings, self.price, spent or Cost())
        self.ledger = ledger
        self._settings = settings
        self._embeddings: EmbeddingModel | None = None
        self.cache: Cache | None = None

        def metered(inner: ChatModel) -> ChatModel:
            meter = Meter(inner, ledger, self.price)
            return meter if transcripts is None else Scribe(meter, transcripts, self.price)

        self.stack: Stack = chat_model(settings, model=model, cache=self._cached(settings), meter=metered)

    def worst_case(self, calls: Sequence[Call]) -> Cost:
        """The most that calls can cost; those whose answers are kept cost nothing."""
        kept = self.cache.contains if self.cache is not None else lambda call: False
        return worst_case([call for call in calls if not kept(call)], self.price)

    def standing(self) -> ModelStanding | None:
        """What calls took so far, and of what budget; None where nobody keeps count."""
        if self.ledger is None:
            return None
        taken = self.ledger.taken
        return ModelStanding(
            model=self._settings.model,
            calls=taken.calls,
            cached=taken.cached,
            failed=dict(taken.failed),
            tokens_in=taken.tokens_in,
            tokens_out=taken.tokens_out,
            usd=taken.usd,
            budget_usd=self.budget.usd,
            budget_tokens=self.budget.tokens,
        )

    async def ask(self, elicitor: Elicitor, sheets: Sequence[Sheet | None]) -> list[Reply | None]:
        """Ask for calibration. Raises BudgetError if the budget does not cover all of it."""
        self._require(elicitor.worst(sheets), "calibration. Raise llm.budget, or set mind.calibration=none")
        return await self._paying(elicitor.ask(self.stack, sheets))

    async def captions(self, captioner: Captioner) -> Captions:
        """Describe a catalogue's pictures. Raises BudgetError if the budget does not cover all of them."""
        self._require(captioner.worst(), "the pictures. Raise llm.budget, or set perception.images=none")
        return await self._paying(captioner.captions(self.stack))

    def _require(self, calls: Sequence[Call], what: str) -> None:
        if self.budget.limited and not self.budget.covers(self.worst_case(calls)):
            raise BudgetError(f"the budget does not cover {what}")

    async def _paying(self, asking: Awaitable[T]) -> T:
        with tallied() as tally:
            try:
                return await asking
            finally:
                self.budget.spent += tally.cost

    def _cached(self, settings: LLMSettings) -> Callable[[ChatModel], ChatModel] | None:
        def wrap(inner: ChatModel) -> ChatModel:
            self.cache = Cache(inner, settings)
            return self.cache

        return None if settings.cache == "off" else wrap

    def embeddings(self, model: str) -> EmbeddingModel:
        """The endpoint's embeddings; closed with the rest."""
        self._embeddings = EmbeddingModel(self._settings, model, self.ledger)
        return self._embeddings

    def close(self, loop: MindLoop) -> None:
        """Close the model, and note in the ledger how busy it was."""
        loop.run(self.stack.close())
        if self._embeddings is not None:
            loop.run(self._embeddings.close())
        if self.ledger is not None:
            self.ledger.close(wall_s=self.stack.wall_s(), slots_busy=self.stack.slots_busy())


def spent_before(totals: Mapping[str, Any], price: Price | None) -> Cost:
    """What earlier sessions of a run cost, by the totals of their ledger; at today's price where the price was not
    known then."""
    used = Usage(totals["tokens_in"], totals["tokens_out"])
    usd = totals["usd"] if totals["usd"] is not None else cost(used, price)
    return Cost(used.tokens_in + used.tokens_out, usd)
