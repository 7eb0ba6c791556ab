"""Deliberation: thoughts before the answer, or several rounds of questions and a revision."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from language_pages import Stub, elicitor_of, film_log, pages_for, scene_of

from simulator.llm.port import Call, CallError, FailureKind, Usage
from simulator.minds.language.elicit import Elicitor, Reply
from simulator.minds.language.settings import LanguageMindSettings
from simulator.population import from_log
from simulator.turn import Scene


def asked(kind: Any, model: Stub) -> tuple[list[Reply], Elicitor, Scene]:
    log = film_log()
    folk = from_log(log, seed=7)
    elicitor = elicitor_of(folk, log, settings=LanguageMindSettings(deliberation=kind))
    scene = scene_of(folk, pages_for(3, 5, 40))
    replies = asyncio.run(elicitor.ask(model, elicitor.sheets(scene)))
    return [reply for reply in replies if reply is not None], elicitor, scene


def test_brief_deliberation_is_one_call_that_thinks_first() -> None:
    model = Stub()
    replies, _, _ = asked("brief", model)
    assert len(model.calls) == 3 and all(reply.said is not None for reply in replies)
    assert next(iter(model.calls[0].schema["properties"])) == "thinking"
    assert "thinking" in model.calls[0].messages[0].content


def test_several_rounds_are_three_calls_of_which_the_last_one_counts() -> None:
    def revised(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        return value | {"feeling": "second thoughts"} if len(call.messages) == 6 else value

    model = Stub(revised)
    replies, _, _ = asked("multi_round", model)
    mine = [call for call in model.calls if call.user_id == "u0"]
    assert [call.kind for call in mine] == ["page", "deliberation", "deliberation"]
    assert [len(call.messages) for call in mine] == [2, 4, 6] and len({call.identity for call in mine}) == 3
    assert mine[2].messages[:4] == mine[1].messages and "otherwise" in mine[1].messages[3].content
    assert replies[0].said is not None and replies[0].said.feeling == "second thoughts"
    assert replies[0].usage.requests == 3


@pytest.mark.parametrize("failing_round", [2, 4, 6])
def test_a_round_that_fails_fails_the_page_and_all_rounds_are_paid(failing_round: int) -> None:
    def fail(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        if len(call.messages) == failing_round:
            raise CallError(FailureKind.TRUNCATED, "cut", usage=Usage(5, 5, 1))
        return value

    replies, _, _ = asked("multi_round", Stub(fail))
    assert {reply.error.kind for reply in replies if reply.error is not None} == {FailureKind.TRUNCATED}
    assert [reply.usage.requests for reply in replies] == [failing_round // 2] * 3


def test_the_worst_case_holds_every_round_at_its_longest() -> None:
    model = Stub()
    _, elicitor, scene = asked("multi_round", model)
    worst = elicitor.worst(elicitor.sheets(scene))
    real = sorted(model.calls, key=lambda call: (call.user_id, len(call.messages)))
    for most, call in zip(sorted(worst, key=lambda call: (call.user_id, len(call.messages))), real, strict=True):
        assert call.identity == most.identity and call.kind == most.kind and call.max_tokens == most.max_tokens
        assert [m.content for m in call.messages if m.role != "assistant"] == [
            m.content for m in most.messages if m.role != "assistant"
        ]
        assert all(len(m.content) == call.max_tokens for m in most.messages if m.role == "assistant")
