"""The budget: before each turn of each world its worst case must be covered, so that nothing is ever overspent.

Worlds (one per arm, seed and block) live side by side, and their turns end in any order. So that the turns which are
lived do not depend on that order, grants are decided one after another in the order of (turn, world):

- A turn is granted if the worst cases of the turns that are being lived, what the others took, and its own worst case
  fit the budget. What is certain to fit is granted at once; what is not waits until the turns before it have ended.
  As ending a turn never raises what it is charged with, both ways decide alike.
- Once a turn is refused, all that come after it in the order are.
- Should a turn take more than its worst case (an endpoint that counts more tokens, calls that were not foreseen), the
  excess of turn t is charged to the decisions from turn t+2 on: by then every world has ended turn t, whatever the
  order.
"""

from __future__ import annotations

import asyncio
import math
import operator
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simulator.llm.port import BudgetError, Call, Usage
from simulator.llm.prices import Price
from simulator.llm.settings import LLMSettings
from simulator.llm.tokens import most_in
from simulator.records import UserInputError

_DIGITS = 9
REPAIRED, FEWEST_REPAIRED = 0.25, 4
"""Share and number of calls whose repair is allowed for. A model that breaks more answers is not fit for use."""
REPAIR_TOKENS = 200
"""Bound for the words around a broken answer that is shown to the model again."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens in and out together, and USD; None where the price is not known."""

    tokens: int = 0
    usd: float | None = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.tokens + other.tokens, _both(operator.add, self.usd, other.usd))

    def within(self, most: Cost) -> Cost:
        """The smaller of both, in tokens and in USD."""
        return Cost(min(self.tokens, most.tokens), _both(min, self.usd, most.usd))

    def beyond(self, most: Cost) -> Cost:
        """What of it exceeds `most`."""
        usd = _both(operator.sub, self.usd, most.usd)
        return Cost(max(0, self.tokens - most.tokens), None if usd is None else max(0.0, usd))

    def rounded(self) -> Cost:
        """In whole billionths of a dollar: sums of these do not depend on the order of adding, to within far less."""
        return Cost(self.tokens, None if self.usd is None else round(self.usd, _DIGITS))


def _both(operation: Callable[[float, float], float], one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else operation(one, other)


def worst_case(calls: Sequence[Call], price: Price | None) -> Cost:
    """What calls may take: each is answered with all its tokens, and the dearest of them are repaired once.

    A repair sends the question again, with the broken answer or with room for twice as long a one. It is allowed for in
    `REPAIRED` of the calls, and in `FEWEST_REPAIRED` at least; what goes beyond is charged to later turns. What fails
    before an answer (429, 5xx, a lost connection) is not counted by endpoints.
    """
    sent = [most_in(call) for call in calls]
    tokens_in, tokens_out = sum(sent), sum(call.max_tokens for call in calls)
    again = sorted(zip(sent, (call.max_tokens for call in calls), strict=True), key=sum, reverse=True)
    for asked, room in again[: max(FEWEST_REPAIRED, -(-len(calls) // round(1 / REPAIRED)))]:
        tokens_in += asked + room + REPAIR_TOKENS
        tokens_out += 2 * room
    usd = None if price is None else price.usd(Usage(tokens_in, tokens_out))
    return Cost(tokens_in + tokens_out, usd)


class Budget:
    """Limits in USD and tokens, either or both, and what is spent of them; `spent` goes on from earlier sessions."""

    def __init__(self, usd: float | None = None, tokens: int | None = None, spent: Cost = Cost()) -> None:
        self.usd, self.tokens, self.spent = usd, tokens, spent

    @property
    def limited(self) -> bool:
        return self.usd is not None or self.tokens is not None

    def covers(self, more: Cost) -> bool:
        """Whether what is spent and `more` stay within the limits; an unknown price never does."""
        whole = self.spent + more
        if self.tokens is not None and whole.tokens > self.tokens:
            return False
        return self.usd is None or (whole.usd is not None and round(whole.usd, _DIGITS) <= round(self.usd, _DIGITS))


def budget_of(settings: LLMSettings, price: Price | None, spent: Cost = Cost()) -> Budget:
    """The budget that the settings set. Raises UserInputError for one in USD where the price is not known."""
    if settings.budget_usd is not None and price is None:
        raise UserInputError(
            f"llm.budget.usd: the price of {settings.model} at this endpoint is not known, so no USD can be counted. "
            "Give llm.price: {input: …, output: …} in USD per million tokens, or set llm.budget.tokens instead"
        )
    return Budget(settings.budget_usd, settings.budget_tokens, spent)


@dataclass(slots=True)
class _Waiting:
    worst: Cost
    loop: asyncio.AbstractEventLoop
    decided: asyncio.Future[bool]
    """True: granted. False: the worst case is to be reckoned anew."""
    reckoned: bool
    """Whether the worst case is that of the moment at which all turns before it had ended."""


class TurnGate:
    """Admits the turns of worlds that live side by side. Every world given must in the end be told to `leave`.

    `settle` and `leave` may be called from any thread. Worlds that live one group after another each get a gate of
    their own, on the same budget.
    """

    def __init__(self, budget: Budget, worlds: Iterable[int], *, run: str = "RUN") -> None:
        self._budget, self._run = budget, run
        self._next = dict.fromkeys(worlds, 0)
        """The first turn that each world, unless it has left, may still ask for."""
        self._waiting: dict[tuple[int, int], _Waiting] = {}
        self._outstanding: dict[tuple[int, int], Cost] = {}
        self._excess: dict[int, Cost] = {}
        self._refusal: str | None = None
        self._lock = threading.Lock()

    async def admit(self, world: int, turn: int, worst: Cost, anew: Callable[[], Cost] | None = None) -> None:
        """Return when the turn may be lived. Raises BudgetError when the budget does not cover it.

        A world asks for one turn after another, and may pass some over. To ask again within a turn that was granted is
        to be let through: what it takes then is part of that turn. A turn that was not settled when the next one is
        asked for took nothing.

        `anew` reckons the worst case again, once all turns before this one have ended: answers that they got may be
        kept by then, and whether they were a moment ago depends on who was quicker.
        """
        if not self._budget.limited:
            return
        loop = asyncio.get_running_loop()
        waiting = _Waiting(worst.rounded(), loop, loop.create_future(), reckoned=anew is None)
        with self._lock:
            if (turn, world) in self._outstanding:
                return
            if turn < self._next[world]:
                raise ValueError(f"world {world} asked for turn {turn} after it had asked for turn {self._next[world]}")
            self._end_turns_of(world, Cost())
            self._next[world] = turn
            self._waiting[turn, world] = waiting
            self._decide()
        try:
            while not await waiting.decided:
                assert anew is not None
                worst = anew().rounded()
                with self._lock:
                    waiting.worst, waiting.decided, waiting.reckoned = worst, loop.create_future(), True
                    self._decide()
        except BaseException:
            with self._lock:
                self._waiting.pop((turn, world), None)
            raise

    def settle(self, world: int, turn: int, actual: Cost) -> None:
        """The turn has ended, and took this; it need not have been asked for (one that is read back from a journal)."""
        with self._lock:
            self._settle(world, turn, actual.rounded())
            if world in self._next:  # nobody waits any more for what it might have asked for up to here
                self._next[world] = max(self._next[world], turn + 1)
            self._decide()

    def leave(self, world: int) -> None:
        """The world will ask for nothing any more. Leaving again does nothing.

        A turn that it has not settled (the world failed in it) is charged its worst case.
        """
        with self._lock:
            self._end_turns_of(world)
            self._next.pop(world, None)
            if not self._next:
                self._charge_excess(max(self._excess, default=0))
            self._decide()

    def _end_turns_of(self, world: int, actual: Cost | None = None) -> None:
        """Settle what the world has left open, at its worst case if nothing else is known."""
        for turn, worst in [(t, worst) for (t, lived), worst in self._outstanding.items() if lived == world]:
            self._settle(world, turn, worst if actual is None else actual)

    def _settle(self, world: int, turn: int, actual: Cost) -> None:
        worst = self._outstanding.pop((turn, world), actual)
        self._budget.spent += actual.within(worst)
        self._excess[turn] = self._excess.get(turn, Cost()) + actual.beyond(worst)

    def _charge_excess(self, last: int) -> None:
        for turn in [turn for turn in self._excess if turn <= last]:
            self._budget.spent += self._excess.pop(turn)

    def _decide(self) -> None:
        """Decide whatever can be decided, in the order of (turn, world)."""
        for (turn, world), waiting in sorted(self._waiting.items(), key=lambda item: item[0]):
            if self._refusal is None:
                if any((self._next[other], other) < (turn, world) for other in self._next):
                    return
                self._charge_excess(turn - 2)
                if self._budget.covers(sum(self._outstanding.values(), start=waiting.worst)):
                    self._outstanding[turn, world] = waiting.worst
                elif self._outstanding:
                    return
                elif not waiting.reckoned:
                    waiting.loop.call_soon_threadsafe(_tell, waiting.decided, None, False)
                    return
                else:
                    self._refusal = self._message(turn, waiting.worst)
            del self._waiting[turn, world]
            self._next[world] = turn + 1
            waiting.loop.call_soon_threadsafe(_tell, waiting.decided, self._refusal, True)

    def _message(self, turn: int, worst: Cost) -> str:
        budget, spent = self._budget, self._budget.spent
        facts, cures = [], []
        if budget.usd is not None and spent.usd is not None and worst.usd is not None:
            left = max(0.0, budget.usd - spent.usd)
            facts.append(f"${spent.usd:.4f} spent, ${left:.4f} left, turn {turn} may cost up to ${worst.usd:.4f}")
            cures.append(f"--set llm.budget.usd={_rounded_up(spent.usd + worst.usd):.2f}")
        if budget.tokens is not None:
            left_tokens = max(0, budget.tokens - spent.tokens)
            facts.append(f"{spent.tokens:,} tokens spent, {left_tokens:,} left, turn {turn} may take {worst.tokens:,}")
            cures.append(f"--set llm.budget.tokens={spent.tokens + worst.tokens}")
        return (
            f"the budget does not cover the next turn: {'; '.join(facts)}. "
            f"Go on with at least this much: understudy resume {self._run} {' '.join(cures)}"
        )


def _rounded_up(usd: float) -> float:
    """To whole cents."""
    return math.ceil(round(100 * usd, _DIGITS - 2)) / 100


def _tell(decided: asyncio.Future[bool], refusal: str | None, granted: bool) -> None:
    if decided.done():
        return
    if refusal is None:
        decided.set_result(granted)
    else:
        decided.set_exception(BudgetError(refusal))
