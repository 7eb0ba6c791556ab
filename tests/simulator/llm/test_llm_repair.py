"""A second chance for answers that came but cannot be used."""

from typing import Any

import pytest
from replying_server import Reply, ReplyingServer, completion
from scripted_calls import GOOD, Model, call, failing, fault_of, run, with_server

from simulator.llm.assemble import Stack
from simulator.llm.port import Answer, FailureKind, Usage
from simulator.llm.repair import Repair

pytestmark = pytest.mark.usefixtures("keyed")


@pytest.mark.parametrize(
    ("broken", "told"), [("I like it", "not JSON"), ('{"want": 11, "why": "x"}', "want")], ids=["malformed", "shape"]
)
def test_an_unreadable_answer_is_shown_to_the_model_once_with_its_fault(broken: str, told: str) -> None:
    left = [completion(broken)]

    async def act(server: ReplyingServer, stack: Stack) -> tuple[Answer, list[dict[str, Any]]]:
        return await stack.ask(call()), server.bodies

    answer, bodies = with_server(lambda _: left.pop() if left else completion(GOOD), act)
    assert answer.usage == Usage(200, 20, 2) and len(bodies) == 2
    first, second = (body["messages"] for body in bodies)
    assert second[:2] == first and second[2] == {"role": "assistant", "content": broken}
    assert told in second[3]["content"]


def test_a_cut_answer_gets_twice_the_room() -> None:
    def reply(body: dict[str, Any]) -> Reply:
        return completion(GOOD) if body["max_tokens"] == 100 else completion(GOOD[:9], "length")

    async def act(server: ReplyingServer, stack: Stack) -> list[int]:
        await stack.ask(call())
        return [body["max_tokens"] for body in server.bodies]

    assert with_server(reply, act) == [50, 100]


@pytest.mark.parametrize("kind", [FailureKind.REFUSED, FailureKind.EMPTY])
def test_a_declined_or_empty_answer_is_asked_for_again_as_it_was(kind: FailureKind) -> None:
    model = Model(lambda n, _: failing(kind) if n == 1 else None)
    answer = run(Repair(model).ask(call()))
    assert answer.usage == Usage(105, 11, 2) and model.asked[0].messages == model.asked[1].messages


@pytest.mark.parametrize("kind", list(FailureKind))
def test_there_is_one_repair_and_only_of_answers(kind: FailureKind) -> None:
    model = Model(lambda n, _: failing(kind, partial="x" * 100_000))
    failure = fault_of(Repair(model))
    repaired = kind in {"truncated", "malformed", "wrong_shape", "refused", "empty"}
    times = 2 if repaired else 1
    assert len(model.asked) == times and failure.usage == Usage(5 * times, times, times)
    assert all(len(message.content) <= 5000 for question in model.asked for message in question.messages)
