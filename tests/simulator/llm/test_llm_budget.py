"""The budget: never overspent, and what is lived does not depend on which turn ends first."""

import asyncio
import threading
from typing import Any

import pytest
from asking import page_call
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.llm.budget import Budget, Cost, TurnGate, budget_of, worst_case
from simulator.llm.port import BudgetError
from simulator.llm.prices import Price
from simulator.llm.settings import LLMSettings
from simulator.minds.loop import MindLoop
from simulator.records import UserInputError

Turns = list[tuple[Cost, Cost]]
"""Worst case and what it really takes, of each turn of a world."""


async def _live(
    gate: TurnGate, world: int, turns: Turns, delays: list[int], lived: list[tuple[int, int]]
) -> str | None:
    """A world that waits so many rounds of the loop before it asks, and before its turn ends."""
    try:
        for turn, (worst, actual) in enumerate(turns):
            for _ in range(delays[2 * turn % len(delays)]):
                await asyncio.sleep(0)
            await gate.admit(world, turn, worst)
            lived.append((turn, world))
            for _ in range(delays[(2 * turn + 1) % len(delays)]):
                await asyncio.sleep(0)
            gate.settle(world, turn, actual)
    except BudgetError as refused:
        return str(refused)
    finally:
        gate.leave(world)
    return None


def live(budget: Budget, worlds: list[Turns], delays: list[list[int]]) -> tuple[set[tuple[int, int]], list[str | None]]:
    """The turns that were lived, as (turn, world), and what each world was told."""
    lived: list[tuple[int, int]] = []

    async def run() -> list[str | None]:
        gate = TurnGate(budget, range(len(worlds)))
        tasks = (_live(gate, w, turns, delays[w % len(delays)], lived) for w, turns in enumerate(worlds))
        return await asyncio.wait_for(asyncio.gather(*tasks), 120)

    said = asyncio.run(run())
    return set(lived), said


def usd(amount: float, tokens: int = 1) -> Cost:
    return Cost(tokens, amount)


CENTS = st.integers(0, 40)
TURN = st.tuples(CENTS, CENTS).map(lambda pair: (usd(pair[0] / 100, pair[0]), usd(pair[1] / 100, pair[1])))
WORLDS = st.lists(st.lists(TURN, max_size=6), min_size=1, max_size=4)
DELAYS = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=8), min_size=4, max_size=4)


@settings(max_examples=150, deadline=None)
@given(WORLDS, st.integers(0, 300), DELAYS, DELAYS)
def test_the_turns_that_are_lived_do_not_depend_on_when_turns_end(
    worlds: list[Turns], limit: int, some: list[list[int]], other: list[list[int]]
) -> None:
    one, two = Budget(usd=limit / 100), Budget(usd=limit / 100)
    lived, said = live(one, worlds, some)
    assert (lived, said) == live(two, worlds, other)
    assert one.spent.tokens == two.spent.tokens == sum(worlds[w][t][1].tokens for t, w in lived)


@settings(max_examples=100, deadline=None)
@given(WORLDS, st.integers(0, 300), DELAYS)
def test_a_budget_is_never_overspent_when_worst_cases_hold(
    worlds: list[Turns], limit: int, delays: list[list[int]]
) -> None:
    honest = [[(worst, actual.within(worst)) for worst, actual in turns] for turns in worlds]
    budget = Budget(usd=limit / 100, tokens=limit)
    lived, said = live(budget, honest, delays)
    assert budget.spent.usd is not None and budget.spent.usd <= limit / 100 + 1e-9 and budget.spent.tokens <= limit
    refused = [w for w, words in enumerate(said) if words is not None]
    unlived = [(t, w) for w, turns in enumerate(honest) for t in range(len(turns)) if (t, w) not in lived]
    assert bool(refused) == bool(unlived)
    assert not unlived or max(lived, default=(-1, -1)) < min(unlived)


def test_a_turn_that_does_not_fit_waits_for_the_turns_before_it_and_goes_on_if_they_took_less() -> None:
    worlds = [[(usd(0.6), usd(0.1))], [(usd(0.6), usd(0.1))]]
    lived, said = live(Budget(usd=1.0), worlds, [[5]])
    assert lived == {(0, 0), (0, 1)} and said == [None, None]


def test_turns_that_fit_together_are_lived_together() -> None:
    async def run() -> None:
        gate = TurnGate(Budget(tokens=100), [0, 1, 2])
        await asyncio.wait_for(asyncio.gather(*(gate.admit(world, 0, Cost(30, None)) for world in (2, 0, 1))), 5)

    asyncio.run(run())


def test_an_excess_over_the_worst_case_is_charged_in_the_end() -> None:
    budget = Budget(usd=1.0)
    lived, said = live(budget, [[(usd(0.1), usd(0.9))] * 5], [[0]])
    assert lived == {(0, 0), (1, 0)} and said[0] is not None
    assert budget.spent.usd == pytest.approx(1.8)


def test_without_a_limit_nobody_waits_for_anybody_and_spending_is_still_counted() -> None:
    async def run() -> Budget:
        budget = Budget()
        gate = TurnGate(budget, [0, 1])
        for turn in range(3):
            await asyncio.wait_for(gate.admit(1, turn, usd(1e9)), 5)
            gate.settle(1, turn, usd(0.5))
        return budget

    assert asyncio.run(run()).spent.usd == 1.5


def test_a_world_that_leaves_in_the_middle_of_a_turn_is_charged_its_worst_case_and_blocks_nobody() -> None:
    budget = Budget(usd=1.0)

    async def run() -> None:
        gate = TurnGate(budget, [0, 1])
        await gate.admit(0, 0, usd(0.6))
        waiting = asyncio.create_task(gate.admit(1, 0, usd(0.4)))
        gate.leave(0)
        await asyncio.wait_for(waiting, 5)

    asyncio.run(run())
    assert budget.spent.usd == pytest.approx(0.6)


def test_a_world_that_is_cancelled_while_it_waits_blocks_nobody() -> None:
    async def run() -> None:
        gate = TurnGate(Budget(usd=1.0), [0, 1])
        waiting = asyncio.create_task(gate.admit(1, 0, usd(0.1)))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        gate.leave(1)
        await asyncio.wait_for(gate.admit(0, 0, usd(0.1)), 5)

    asyncio.run(run())


def test_worlds_in_threads_of_their_own_share_a_gate() -> None:
    lived: list[tuple[int, int]] = []
    budget = Budget(tokens=50)
    gate = TurnGate(budget, range(4))

    def world(number: int, loop: MindLoop) -> None:
        try:
            for turn in range(10):
                loop.run(gate.admit(number, turn, Cost(10, None)))
                lived.append((turn, number))
                gate.settle(number, turn, Cost(5, None))
        except BudgetError:
            pass
        finally:
            gate.leave(number)

    with MindLoop() as loop:
        threads = [threading.Thread(target=world, args=(number, loop)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(lived) == [(turn, number) for turn in range(3) for number in range(4)][:9]
    assert budget.spent.tokens == 45


def test_the_refusal_says_what_is_spent_what_is_left_what_is_needed_and_how_to_go_on() -> None:
    async def run() -> None:
        gate = TurnGate(Budget(usd=2.0, tokens=5000, spent=usd(1.5, 1000)), [0], run="runs/a")
        await gate.admit(0, 3, usd(0.75, 3000))

    with pytest.raises(BudgetError) as refused:
        asyncio.run(run())
    words = str(refused.value)
    assert "$1.5000 spent, $0.5000 left, turn 3 may cost up to $0.7500" in words
    assert "understudy resume runs/a --set llm.budget.usd=2.25 " in words and "llm.budget.tokens=4000" in words


@pytest.mark.parametrize("amount", [2.25, 2.2500001, 0.001])
def test_the_cure_that_the_refusal_names_is_enough(amount: float) -> None:
    async def run(budget: Budget) -> None:
        await TurnGate(budget, [0]).admit(0, 0, usd(amount))

    with pytest.raises(BudgetError, match=r"llm\.budget\.usd=[\d.]+") as refused:
        asyncio.run(run(Budget(usd=0.0)))
    cure = float(str(refused.value).rpartition("usd=")[2])
    asyncio.run(run(Budget(usd=cure)))


def test_within_a_turn_more_may_be_asked_and_its_excess_is_charged_two_turns_later() -> None:
    async def run() -> None:
        gate = TurnGate(Budget(usd=1.0), [0])
        for turn in range(3):
            for _ in range(2):
                await gate.admit(0, turn, usd(0.2))
            gate.settle(0, turn, usd(0.7))

    with pytest.raises(BudgetError, match=r"\$0\.9000 spent, \$0\.1000 left, turn 2"):
        asyncio.run(run())


def test_a_turn_that_is_not_settled_took_nothing_and_turns_go_forward_only() -> None:
    budget = Budget(usd=1.0)

    async def run() -> None:
        gate = TurnGate(budget, [0])
        for turn in (0, 1, 4):
            await gate.admit(0, turn, usd(0.9))
        gate.settle(0, 4, usd(0.1))
        await gate.admit(0, 3, usd(0.1))

    with pytest.raises(ValueError, match="turn 3 after"):
        asyncio.run(run())
    assert budget.spent.usd == pytest.approx(0.1)


def test_a_worst_case_covers_the_question_the_answer_and_one_repair() -> None:
    calls = [page_call(max_tokens=400) for _ in range(3)]
    price = Price(usd_in=1.0, usd_out=10.0)
    worst = worst_case(calls, price)
    assert worst.usd is not None and worst.usd > 3 * (3 * 400 * 10) / 1e6 and worst.tokens > 3 * 4 * 400
    assert worst_case(calls, None).usd is None and worst_case([], price) == Cost(0, 0.0)


def test_a_budget_in_usd_needs_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    settings: dict[str, Any] = {"model": "my-own", "budget_usd": 1.0}
    with pytest.raises(UserInputError, match=r"llm\.budget\.usd: the price of my-own .* llm\.price"):
        budget_of(LLMSettings(**settings), None)
    assert budget_of(LLMSettings(model="my-own", budget_tokens=10), None).covers(Cost(10, None))
    assert not budget_of(LLMSettings(**settings), Price(usd_in=1, usd_out=1)).covers(Cost(10, None))


def test_a_turn_that_was_settled_without_being_asked_for_is_waited_for_by_nobody() -> None:
    """As when a world reads its first turns back from the journal while another one lives."""

    async def run() -> None:
        gate = TurnGate(Budget(tokens=100), [0, 1])
        gate.settle(0, 0, Cost())
        await asyncio.wait_for(gate.admit(1, 0, Cost(30, None)), 5)
        gate.settle(1, 0, Cost(30, None))
        await asyncio.wait_for(gate.admit(0, 1, Cost(70, None)), 5)

    asyncio.run(run())


@pytest.mark.parametrize("asks_early", [True, False])
def test_answers_that_another_world_got_count_whenever_a_world_asked(asks_early: bool) -> None:
    """Two worlds with the same questions: the second one's are kept once the first one's turn has ended."""

    async def run() -> None:
        gate, kept = TurnGate(Budget(tokens=60), [0, 1]), False

        def worst() -> Cost:
            return Cost(0 if kept else 50, None)

        async def second() -> None:
            await gate.admit(1, 0, worst(), worst)

        await gate.admit(0, 0, Cost(50, None))
        asking = asyncio.create_task(second()) if asks_early else None
        await asyncio.sleep(0.01)
        kept = True
        gate.settle(0, 0, Cost(50, None))
        await asyncio.wait_for(asking or second(), 5)

    asyncio.run(run())
