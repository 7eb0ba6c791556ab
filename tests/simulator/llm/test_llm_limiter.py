"""How many requests are in flight."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from replying_server import ReplyingServer, completion
from scripted_calls import ANSWER, GOOD, Model, call, failing, run, with_server

from simulator.llm import limiter
from simulator.llm.assemble import Stack
from simulator.llm.limiter import FALL, START, Limit
from simulator.llm.port import Answer, Call, FailureKind

pytestmark = pytest.mark.usefixtures("keyed")


def test_requests_in_flight_never_pass_the_limit_and_all_are_answered() -> None:
    async def act(server: ReplyingServer, stack: Stack) -> tuple[int, int]:
        answers = await asyncio.gather(*(stack.ask(call(n)) for n in range(60)))
        return server.peak, len(answers)

    reply = replace(completion(GOOD), after_s=0.02)
    assert with_server(reply, act, concurrency=7, structured="json_schema") == (7, 60)


async def crowd(limit: Limit, calls: int) -> None:
    await asyncio.gather(*(limit.ask(call(n)) for n in range(calls)), return_exceptions=True)


def test_slow_start_doubles_in_the_time_of_a_request_up_to_the_most() -> None:
    in_flight: list[int] = []
    model = Model(lambda *_: in_flight.append(model.in_flight), 0.02)
    limit = Limit(model, 64)
    run(crowd(limit, START + 2 * START + 4 * START + 64))
    assert limit.limit == 64 and model.peak == 64 == limit.peak
    assert in_flight.index(64) < 7 * START, "those of three rounds: 1, 2 and 4 times as many"


def test_one_burst_of_429s_is_one_fall_and_the_rise_after_it_is_slow() -> None:
    model = Model(lambda n, _: failing(FailureKind.RATE_LIMITED) if n <= 16 else None, 0.01)
    limit = Limit(model, 16)
    run(crowd(limit, 16))
    assert limit.limit == pytest.approx(16 * FALL)
    run(crowd(limit, 12))
    assert 16 * FALL < limit.limit <= 16 * FALL + 1.1


def test_endless_429s_leave_one_request_in_flight() -> None:
    model = Model(lambda n, _: failing(FailureKind.RATE_LIMITED), 0.001)
    limit = Limit(model, 32)
    run(crowd(limit, 200))
    assert limit.limit == 1.0 and len(model.asked) == 200


def test_malformed_answers_do_not_lower_the_limit() -> None:
    limit = Limit(Model(lambda n, _: failing(FailureKind.MALFORMED)), 16)
    run(crowd(limit, 50))
    assert limit.limit == 16


def test_calls_are_let_in_in_the_order_in_which_they_came() -> None:
    model = Model(lambda n, _: None, 0.002)
    run(crowd(Limit(model, 3), 30))
    assert [question.messages[1].content for question in model.asked] == [
        call(n).messages[1].content for n in range(30)
    ]


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), min_size=1, max_size=40))
def test_cancelled_and_failing_calls_leave_no_slot_taken(plan: list[tuple[int, int, bool]]) -> None:
    async def act() -> tuple[int, int]:
        fails = [fail for _, _, fail in plan]
        model = Model(lambda n, q: failing(FailureKind.RATE_LIMITED) if fails[q.turn] else None, 0.004)
        limit = Limit(model, 2)
        tasks = []
        for number, (begin, _, _) in enumerate(plan):
            await asyncio.sleep(0.0005 * begin)
            tasks.append(asyncio.ensure_future(limit.ask(replace(call(number), turn=number))))
        for task, (_, cancel, _) in zip(tasks, plan, strict=True):
            if cancel < 2:
                await asyncio.sleep(0)
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(limit.ask(replace(call(), turn=0)), return_exceptions=True)
        return model.in_flight, model.peak

    in_flight, peak = run(act())
    assert in_flight == 0 and peak <= 2


def test_a_call_that_is_cancelled_in_the_queue_is_passed_over() -> None:
    async def act() -> list[Answer | BaseException]:
        limit = Limit(Model(lambda n, _: None, 0.02), 1)
        tasks = [asyncio.ensure_future(limit.ask(call(n))) for n in range(3)]
        await asyncio.sleep(0.005)
        tasks[1].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third = run(act())
    assert isinstance(second, asyncio.CancelledError)
    assert isinstance(first, Answer) and isinstance(third, Answer)


def test_a_call_that_is_cancelled_as_its_turn_comes_gives_the_turn_back() -> None:
    async def act() -> int:
        tasks: list[asyncio.Task[Answer]] = []

        class Ending(Model):
            async def ask(self, question: Call) -> Answer:
                answer = await super().ask(question)
                if len(self.asked) == 1:
                    asyncio.get_running_loop().call_soon(tasks[1].cancel)
                return answer

        model = Ending(lambda n, _: None, 0.01)
        limit = Limit(model, 1)
        tasks += [asyncio.ensure_future(limit.ask(call(n))) for n in range(3)]
        await asyncio.gather(*tasks, return_exceptions=True)
        assert tasks[1].cancelled()
        return len(model.asked)

    assert run(act()) == 2


def test_slots_busy_is_the_mean_in_flight_over_the_mean_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(limiter, "time", SimpleNamespace(monotonic=lambda: now[0]))

    class Together(Model):
        """Time passes once a round, while all who were let in are asked."""

        async def ask(self, question: Call) -> Answer:
            first = self.in_flight == 0
            self.in_flight += 1
            await asyncio.sleep(0)
            self.in_flight -= 1
            now[0] += first
            return ANSWER

    async def act() -> tuple[float, float, float]:
        full, half = (Limit(Together(lambda n, _: None), 4) for _ in range(2))
        await crowd(full, 40)
        for _ in range(5):
            await crowd(half, 2)
        return full.slots_busy(), half.slots_busy(), half.wall_s()

    assert run(act()) == (1.0, 0.5, 5.0)
    assert Limit(Model(lambda n, _: None), 4).slots_busy() == 0.0
