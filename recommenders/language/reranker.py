"""A language model that re-ranks: the base finds what may fit, the model judges it against what the person likes.

One question a page, all pages of a batch at once, through the house's port: meter, cache, repair, retry, limit and
time-out are those of the people's minds. The items stand in an order of the person's and the turn's own luck, because
models prefer what stands first (Hou et al., "Large language models are zero-shot rankers for recommender systems",
ECIR 2024), and their judgements are mapped back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.composition import Composite, Part, made
from recommenders.contract import Request, RequestBatch, Slate, SlateBatch
from recommenders.errors import PluginError
from recommenders.language.rerank_words import question
from recommenders.language.waiting import waited_for
from recommenders.notices import Noticing
from recommenders.pools import F64, pooled, relevance
from simulator.llm.assemble import chat_model
from simulator.llm.budget import Budget, Cost, budget_of, worst_case
from simulator.llm.cache import Cache
from simulator.llm.fencing import Fence
from simulator.llm.meter import Meter, Tally
from simulator.llm.port import Answer, BudgetError, Call, CallError, ChatModel, EndpointError
from simulator.llm.prices import price_of
from simulator.llm.settings import LLMSettings
from simulator.llm.together import all_of
from simulator.randomness import Stream, key_of
from simulator.records import I32, UserInputError

_NAME = "llm-rerank"
_FEWEST = 10
"""Failed pages before their share means anything, as for minds."""
_ANSWERS = "each page is judged by the model; failures stay within max_failure_rate"
_PAYS = "a batch is asked about only if the budget covers its worst case"
_STRUCTURED = ("auto", "json_schema", "function_calling", "json_object", "prompt")
_CACHES = ("off", "read-write", "replay-only")


class LLMRerank(Composite, Noticing):
    """A language model re-orders the base's best items by what the person liked and asked for.

    base: the recommender whose items are re-ordered. model: its name at the endpoint; ``scripted`` asks nobody and
    answers by stated rules, to try things out. base_url: an OpenAI-compatible endpoint (null: OPENAI_BASE_URL, else
    OpenAI's). api_key_env: the environment variable that holds the key. pool: how many of the base's best items are
    judged; the page is taken from them. history: how many of the person's last choices are told. budget: {tokens, usd},
    either or both, for all that one process asks; an answer from the cache costs nothing. price: [in, out] in USD per
    million tokens, where the shipped table does not know the model. max_failure_rate: share of pages without an answer
    above which the arm fails; below it, such pages keep the base's order, which is told, and counted in `failures`.
    timeout_s: seconds of one attempt. concurrency: most requests at once. cache: off, read-write or replay-only.
    structured: auto, json_schema, function_calling, json_object or prompt. temperature: null takes the endpoint's.
    extra: further request fields, such as {reasoning_effort: minimal}.

    The model gives every item a want from 0 to 10 (pointwise judgements of one list: no answer can leave out, repeat or
    invent an item); equal wants stay in the base's order. A batch must be answered within the arm's timeout_s.
    """

    def __init__(
        self,
        *,
        base: Part = "item-knn",
        model: str = "scripted",
        base_url: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        pool: int = 20,
        history: int = 10,
        budget: Mapping[str, float] | None = None,
        price: Sequence[float] | None = None,
        max_failure_rate: float = 0.1,
        timeout_s: float = 45.0,
        concurrency: int = 24,
        cache: str = "read-write",
        structured: str = "auto",
        temperature: float | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.base = base
        self.model, self.base_url, self.api_key_env = model, base_url, api_key_env
        self.pool = whole("pool", pool, at_least=1, at_most=200)
        self.history = whole("history", history, at_least=0, at_most=200)
        self.budget = _budget(budget)
        self.price = None if price is None else [real("price", one, at_least=0) for one in price]
        self.max_failure_rate = real("max_failure_rate", max_failure_rate, at_least=0, at_most=1)
        self.timeout_s = real("timeout_s", timeout_s, above=0)
        self.concurrency = whole("concurrency", concurrency, at_least=1, at_most=1000)
        self.cache, self.structured = cache, structured
        self.temperature, self.extra = temperature, dict(extra or {})
        self._settings = self._checked()
        self._price = price_of(self._settings)
        self._limit: Budget = budget_of(self._settings, self._price)
        self.asked = 0
        """Pages that the model was asked about, or the cache answered for."""
        self.failures: Counter[str] = Counter()
        """Pages that kept the base's order because no answer came, by `FailureKind`."""
        self.spent = Tally()
        """What the calls took."""
        self._made_of(made(base))

    def _checked(self) -> LLMSettings:
        for name, value, allowed in (("cache", self.cache, _CACHES), ("structured", self.structured, _STRUCTURED)):
            if value not in allowed:
                raise UserInputError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        for name in ("model", "api_key_env"):
            if not isinstance(value := getattr(self, name), str) or not value.strip():
                raise UserInputError(f"{name} must be a name, not {value!r}")
        if self.price is not None and len(self.price) != 2:
            raise UserInputError(f"price must be [in, out] in USD per million tokens, not {self.price}")
        return LLMSettings(
            model=self.model,
            base_url=self.base_url,
            api_key_env=self.api_key_env,
            structured=self.structured,  # type: ignore[arg-type]  # checked above
            temperature=self.temperature,
            extra=self.extra,
            timeout_s=self.timeout_s,
            concurrency=self.concurrency,
            cache=self.cache,  # type: ignore[arg-type]  # checked above
            budget_usd=self.budget.get("usd"),
            budget_tokens=None if "tokens" not in self.budget else int(self.budget["tokens"]),
            price=None if self.price is None else (self.price[0], self.price[1]),
        )

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The base's best items, in the order of the model's wants. Raises PluginError where too many pages got no
        answer, where the endpoint cannot be used, and where the budget does not cover the batch."""
        batch = as_batch(self.catalog, requests)
        slates = pooled(self.parts[0], batch, self.pool, k)
        shuffled = self._shuffled(batch, slates.items)
        calls = [self._call(batch, i, order, slates.items[i]) for i, order in enumerate(shuffled)]
        answers = self._asked(calls, batch.turn)
        good = relevance(slates)
        wants = np.full(slates.items.shape, -1.0)
        for i, answer in enumerate(answers):
            if isinstance(answer, Answer):
                told = answer.value.model_dump()
                order = shuffled[i]
                wants[i, order] = [min(10, max(0, told[f"i{nth + 1}"]["want"])) for nth in range(order.size)]
        return self._slates(slates, wants, good, k)

    def _slates(self, slates: SlateBatch, wants: F64, good: F64, k: int) -> SlateBatch:
        """Items by want, equal ones by the base's order; the score is the want, and within it the base's relevance."""
        full = slates.items >= 0
        worth = np.where(full, wants, -np.inf)
        order = np.argsort(-worth, axis=1, kind="stable")[:, :k]
        items = np.full((len(slates), k), -1, dtype=np.int32)
        scores = np.full((len(slates), k), np.nan, dtype=np.float32)
        width = order.shape[1]
        items[:, :width] = np.take_along_axis(slates.items, order, axis=1)
        score = np.where(full, np.maximum(wants, 0) + 0.99 * np.where(full, good, 0.0), np.nan)
        scores[:, :width] = np.take_along_axis(score, order, axis=1)
        return SlateBatch(slates.catalog, items, scores)

    def _shuffled(self, batch: RequestBatch, items: I32) -> list[I32]:
        """For each page, the places of its items in the order in which the model sees them."""
        stream = Stream(key_of(f"{batch.stream.key}/{_NAME}"))
        luck = stream.uniform(batch.keys, batch.turn, batch.view.catalog.keys[np.maximum(items, 0)])
        luck[items < 0] = 2.0
        order = np.argsort(luck, axis=1, kind="stable").astype(np.int32)
        return [one[:size] for one, size in zip(order, (items >= 0).sum(axis=1).tolist(), strict=True)]

    def _call(self, batch: RequestBatch, i: int, order: I32, items: I32) -> Call | None:
        """The question about one page, whose items stand in `order`; None where there is nothing to rank."""
        if order.size == 0:
            return None
        request, catalog = batch[i], batch.view.catalog
        liked = request.history[-self.history :] if self.history else ()
        return question(
            fence=Fence.of(batch.stream.key, request.user_id),
            liked=[catalog[catalog.row_of[item_id]] for item_id in liked],
            items=[catalog[row] for row in items[order].tolist()],
            told=(request.instruction or "").splitlines(),
            query=request.query,
            settings=self._settings,
            identity=(_NAME, str(batch.stream.key), request.user_id, request.turn, request.page),
            user_id=request.user_id,
            turn=request.turn,
        )

    def _asked(self, calls: Sequence[Call | None], turn: int) -> list[Answer | CallError | None]:
        """What came of each call. Failures are counted and told; too many of them end the arm."""
        try:
            outcomes = waited_for(self._ask(calls))
        except BudgetError as error:
            raise PluginError(_NAME, str(error), _PAYS, turn=turn) from None
        except EndpointError as error:
            raise PluginError(_NAME, str(error), _ANSWERS, turn=turn) from None
        failed = [outcome for outcome in outcomes if isinstance(outcome, CallError)]
        self.asked += sum(outcome is not None for outcome in outcomes)
        self.failures.update(failure.kind.value for failure in failed)
        if failed:
            self.notice(
                f"recommender {_NAME!r}: turn {turn}: {len(failed):,} of {len(calls):,} pages got no answer and keep "
                f"the base's order ({failed[0].kind.value}: {failed[0].message})"
            )
        if (total := self.failures.total()) >= _FEWEST and total > self.max_failure_rate * self.asked:
            kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.failures.most_common())
            fault = (
                f"{total:,} of {self.asked:,} pages got no answer ({kinds}), more than max_failure_rate "
                f"({self.max_failure_rate:g}) allows; the last one said: {failed[-1].message if failed else 'nothing'}"
            )
            raise PluginError(_NAME, fault, _ANSWERS, turn=turn)
        return outcomes

    async def _ask(self, calls: Sequence[Call | None]) -> list[Answer | CallError | None]:
        meters: list[Meter] = []
        caches: list[Cache] = []

        def metered(inner: ChatModel) -> ChatModel:
            meters.append(Meter(inner, None, self._price))
            return meters[0]

        def cached(inner: ChatModel) -> ChatModel:
            caches.append(Cache(inner, self._settings))
            return caches[0]

        keeps = self._settings.cache != "off"
        stack = chat_model(self._settings, cache=cached if keeps else None, meter=metered)
        try:
            self._require([call for call in calls if call is not None and not (keeps and caches[0].contains(call))])
            return await all_of([None if call is None else _outcome(stack.outermost, call) for call in calls])
        finally:
            self._pay(meters[0].total)
            await stack.close()

    def _require(self, calls: Sequence[Call]) -> None:
        worst = worst_case(calls, self._price) if calls else Cost()
        if self._limit.limited and not self._limit.covers(worst):
            spent = self._limit.spent
            most = ", ".join(f"{name} {limit:,g}" for name, limit in self.budget.items())
            raise BudgetError(
                f"its budget ({most}) does not cover the next batch: {spent.tokens:,} tokens are spent, and up to "
                f"{worst.tokens:,} more may be. Raise params.budget, or take fewer people, turns, or a smaller pool"
            )

    def _pay(self, tally: Tally) -> None:
        self._limit.spent += tally.cost
        self.spent.cost += tally.cost
        self.spent.calls += tally.calls
        self.spent.cached += tally.cached
        self.spent.failed += tally.failed


async def _outcome(model: ChatModel, call: Call) -> Answer | CallError:
    try:
        return await model.ask(call)
    except CallError as failure:
        return failure


def _budget(value: object) -> dict[str, float]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not set(value) <= {"tokens", "usd"}:
        raise UserInputError(f"budget must be {{tokens: NUMBER}}, {{usd: NUMBER}} or both, not {value!r}")
    return {name: real(f"budget.{name}", most, above=0) for name, most in value.items()}
