"""The whole stack before the loopback endpoint: every fault passes once it is over, and has its name where it stays."""

import asyncio
from typing import Any

import pytest
from openai_server import FAULTS, OpenAIServer
from scripted_calls import call, run

from simulator.llm.assemble import chat_model
from simulator.llm.port import Answer, CallError, FailureKind
from simulator.llm.settings import LLMSettings

pytestmark = pytest.mark.usefixtures("keyed", "quick")

KINDS = {
    "429": FailureKind.RATE_LIMITED,
    "500": FailureKind.SERVER_ERROR,
    "drop": FailureKind.CONNECTION,
    "stall": FailureKind.TIMEOUT,
    "truncated": FailureKind.TRUNCATED,
    "wrong_shape": FailureKind.WRONG_SHAPE,
    "not_json": FailureKind.MALFORMED,
    "refusal": FailureKind.REFUSED,
    "empty": FailureKind.EMPTY,
    "html": FailureKind.SERVER_ERROR,
}


def ends(server: OpenAIServer, calls: int, **settings: Any) -> list[Answer | BaseException]:
    async def act() -> list[Answer | BaseException]:
        chosen: dict[str, Any] = {"model": "m", "base_url": server.base_url, "timeout_s": 20.0} | settings
        stack = chat_model(LLMSettings(**chosen))
        try:
            return await asyncio.gather(*(stack.ask(call(n)) for n in range(calls)), return_exceptions=True)
        finally:
            await stack.close()

    return run(act())


def patience(fault: str) -> float:
    """Seconds that an answer may take: few where one never comes, and more than a busy machine needs elsewhere."""
    return 2.0 if fault == "stall" else 20.0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_costs_one_more_request_and_nothing_else(fault: str) -> None:
    with OpenAIServer(script=[None, fault], retry_after_s=0.01) as server:
        first, second = (ends(server, 1, structured="json_schema", timeout_s=one) for one in (20.0, patience(fault)))
    assert isinstance(first[0], Answer) and isinstance(second[0], Answer)
    assert (first[0].usage.requests, second[0].usage.requests) == (1, 2) and first[0].text == second[0].text


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_fails_its_calls_by_name_and_no_others(fault: str) -> None:
    with OpenAIServer(rate=0.5, kinds=[fault], seed=3, retry_after_s=0.01) as server:
        outcome = ends(server, 12, attempts=2, timeout_s=patience(fault))
    failed = [end for end in outcome if isinstance(end, CallError)]
    assert {end.kind for end in failed} == {KINDS[fault]} and 0 < len(failed) < 12
    assert all(isinstance(end, (Answer, CallError)) for end in outcome)


@pytest.mark.parametrize("supported", [["json_schema", "tools", "json_object"], ["tools"], ["json_object"], []])
def test_the_way_of_asking_does_not_change_the_answer(supported: list[str]) -> None:
    with OpenAIServer(supports=supported) as server, OpenAIServer() as usual:
        texts = [{end.text for end in ends(one, 6) if isinstance(end, Answer)} for one in (server, usual)]
    assert len(texts[0]) >= 1 and {t.replace(" ", "") for t in texts[0]} == {t.replace(" ", "") for t in texts[1]}
