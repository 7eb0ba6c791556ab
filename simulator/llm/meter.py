"""The outermost wrapper: what each call took in time, tokens and money, told to the ledger and added up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from simulator.llm.budget import Cost
from simulator.llm.ledger import Entry, Ledger
from simulator.llm.port import Answer, BudgetError, Call, CallError, ChatModel, EndpointError, Usage
from simulator.llm.prices import Price, cost


@dataclass(slots=True)
class Tally:
    """A running total."""

    cost: Cost = field(default_factory=Cost)
    calls: int = 0
    cached: int = 0
    failed: int = 0

    def add(self, cost: Cost, *, cached: bool, failed: bool) -> None:
        self.cost += cost
        self.calls += 1
        self.cached += cached
        self.failed += failed


_tallies: ContextVar[tuple[Tally, ...]] = ContextVar("tallies", default=())


@contextmanager
def tallied() -> Iterator[Tally]:
    """A tally of the calls made inside, by whatever tasks are started there: what a turn of one world really took."""
    tally = Tally()
    token = _tallies.set((*_tallies.get(), tally))
    try:
        yield tally
    finally:
        _tallies.reset(token)


class Meter:
    """A `ChatModel` that writes down what the calls through it took. `price` None: unknown, and so is every sum in USD.

    `total`, `by_arm` and `by_user` (by arm and user id) are of this session.
    """

    def __init__(self, inner: ChatModel, ledger: Ledger | None, price: Price | None) -> None:
        self._inner, self._ledger, self._price = inner, ledger, price
        self.total = Tally()
        self.by_arm: dict[str, Tally] = {}
        self.by_user: dict[tuple[str, str], Tally] = {}

    async def ask(self, call: Call) -> Answer:
        began = time.monotonic()
        try:
            answer = await self._inner.ask(call)
        except CallError as failure:
            self._note(call, began, failure.usage, failure=failure.kind)
            raise
        except (EndpointError, BudgetError) as stop:
            self._note(call, began, Usage(), failure=type(stop).__name__)
            raise
        self._note(call, began, answer.usage, model=answer.model, cached=answer.cached)
        return answer

    async def close(self) -> None:
        """Close what is inside. The ledger stays open: its owner closes it with what the limit saw."""
        await self._inner.close()

    def _note(
        self,
        call: Call,
        began: float,
        usage: Usage,
        *,
        model: str = "",
        cached: bool = False,
        failure: str | None = None,
    ) -> None:
        usd = cost(usage, self._price)
        taken = Cost(usage.tokens_in + usage.tokens_out, usd)
        arm, user = self.by_arm.setdefault(call.arm, Tally()), (call.arm, call.user_id)
        for tally in (self.total, arm, self.by_user.setdefault(user, Tally()), *_tallies.get()):
            tally.add(taken, cached=cached, failed=failure is not None)
        if self._ledger is not None:
            entry = Entry(
                kind=call.kind,
                arm=call.arm,
                user=call.user_id,
                turn=call.turn,
                cached=cached,
                failure=failure,
                model=model,
                tokens_in=usage.tokens_in,
                tokens_out=usage.tokens_out,
                requests=usage.requests,
                usd=usd,
                latency_s=time.monotonic() - began,
            )
            self._ledger.write(entry)
