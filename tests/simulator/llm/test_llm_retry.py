"""Trying again, and giving up an attempt, over a real socket and over models that fail as told."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity
from replying_server import Reply, ReplyingServer, completion
from scripted_calls import ANSWER, GOOD, Model, call, failing, fault_of, run, with_server

from simulator.llm.assemble import Stack, chat_model
from simulator.llm.failures import UnreachableError
from simulator.llm.port import Answer, Call, CallError, EndpointError, FailureKind, Usage
from simulator.llm.retry import UNREACHABLE_S, Retry
from simulator.llm.settings import LLMSettings

pytestmark = pytest.mark.usefixtures("keyed")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds waited for between tries. Nobody waits for them, and no other time passes."""
    passed: list[float] = []

    async def sleep(seconds: float) -> None:
        passed.extend([seconds] if seconds else [])

    monkeypatch.setattr(tenacity, "time", SimpleNamespace(monotonic=lambda: sum(passed)))
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return passed


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "fault",
    [Reply(429, {}, {"retry-after": "0"}), Reply(500, "oops"), Reply(drop=True), Reply(200, "<html>")],
    ids=["429", "500", "dropped", "HTML"],
)
def test_failures_that_pass_are_waited_out_and_every_try_is_counted(fault: Reply) -> None:
    left = [fault, fault]

    async def act(_: ReplyingServer, stack: Stack) -> Answer:
        return await stack.ask(call())

    answer = with_server(lambda _: left.pop() if left else completion(GOOD), act)
    assert answer.value == ANSWER.value and answer.usage == Usage(100, 10, 3)


@pytest.mark.usefixtures("quick")
def test_tries_end_after_the_attempts_and_their_usage_adds_up() -> None:
    model = Model(lambda n, _: failing(FailureKind.SERVER_ERROR, transient=True))
    failure = fault_of(Retry(model, LLMSettings(attempts=3)))
    assert len(model.asked) == 3 and failure.kind is FailureKind.SERVER_ERROR and failure.usage == Usage(15, 3, 3)


def test_no_try_is_waited_for_beyond_the_time_for_retries(waits: list[float]) -> None:
    model = Model(lambda n, _: failing(FailureKind.RATE_LIMITED, transient=True, retry_after_s=10.0))
    fault_of(Retry(model, LLMSettings(attempts=100, retry_for_s=35.0)))
    assert 2 <= len(model.asked) <= 4 and sum(waits) <= 35.0


def test_the_endpoints_wish_to_wait_is_kept_and_capped(waits: list[float]) -> None:
    for asked, low in ((20.0, 20.0), (1000.0, 60.0)):
        model = Model(
            lambda n, _, s=asked: failing(FailureKind.RATE_LIMITED, transient=True, retry_after_s=s) if n == 1 else None
        )
        run(Retry(model, LLMSettings()).ask(call()))
        assert low <= waits[-1] <= 1.1 * low and len(model.asked) == 2


def test_what_cannot_pass_is_not_tried_again() -> None:
    model = Model(lambda n, _: failing(FailureKind.BAD_REQUEST))
    assert fault_of(Retry(model, LLMSettings())).kind is FailureKind.BAD_REQUEST and len(model.asked) == 1


def test_an_endpoint_that_nobody_ever_reached_stops_the_run_within_seconds(
    unused_port: int, waits: list[float]
) -> None:
    async def act() -> list[BaseException | Answer]:
        stack = chat_model(LLMSettings(base_url=f"http://127.0.0.1:{unused_port}/v1", attempts=100))
        try:
            return await asyncio.gather(*(stack.ask(call(n)) for n in range(40)), return_exceptions=True)
        finally:
            await stack.close()

    ends = run(act())
    assert all(isinstance(end, EndpointError) for end in ends)
    assert sum(waits) < UNREACHABLE_S
    assert "cannot be reached" in str(ends[0]) and "llm.base_url" in str(ends[0]) and "SECRET" not in repr(ends)


@pytest.mark.usefixtures("quick")
def test_an_endpoint_that_goes_away_later_fails_calls_and_not_the_run() -> None:
    async def act(server: ReplyingServer, stack: Stack) -> CallError:
        await stack.ask(call())
        await server.__aexit__()
        with pytest.raises(CallError) as caught:
            await stack.ask(call(1))
        return caught.value

    def reply(_: dict[str, Any]) -> Reply:
        return replace(completion(GOOD), headers={"connection": "close"})

    assert with_server(reply, act, attempts=2).kind is FailureKind.CONNECTION


@pytest.mark.usefixtures("quick")
def test_a_server_that_drops_every_connection_has_been_reached() -> None:
    async def act(_: ReplyingServer, stack: Stack) -> CallError:
        with pytest.raises(CallError) as caught:
            await stack.ask(call())
        return caught.value

    failure = with_server(Reply(drop=True), act, attempts=3)
    assert failure.kind is FailureKind.CONNECTION and failure.usage.requests == 3


@pytest.mark.usefixtures("quick")
def test_a_stalling_server_ends_in_time_outs_and_nothing_hangs() -> None:
    async def act(_: ReplyingServer, stack: Stack) -> list[BaseException | Answer]:
        return await asyncio.gather(*(stack.ask(call(n)) for n in range(5)), return_exceptions=True)

    ends = with_server(Reply(stall=True), act, timeout_s=0.1, attempts=2, structured="json_schema", concurrency=2)
    assert [end.kind for end in ends if isinstance(end, CallError)] == [FailureKind.TIMEOUT] * 5


def test_a_cancelled_call_is_cancelled_and_not_tried_again() -> None:
    async def act() -> int:
        model = Model(lambda n, _: None, 5.0)
        task = asyncio.ensure_future(Retry(model, LLMSettings()).ask(call()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(model.asked)

    assert run(act()) == 1


@pytest.mark.usefixtures("quick")
def test_an_endpoint_that_answered_with_an_error_has_been_reached() -> None:
    def act(number: int, _: Call) -> CallError:
        if number == 1:
            return failing(FailureKind.SERVER_ERROR, transient=True)
        return UnreachableError(FailureKind.CONNECTION, "refused", transient=True)

    assert fault_of(Retry(Model(act), LLMSettings(attempts=3))).kind is FailureKind.CONNECTION
