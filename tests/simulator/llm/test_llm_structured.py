"""The way in which a structured answer is asked for, negotiated with servers over a real socket."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from replying_server import Reply, ReplyingServer, completion
from scripted_calls import ANSWER, GOOD, Model, call, run, with_server

from simulator.llm.assemble import Stack, chat_model
from simulator.llm.port import Answer, EndpointError
from simulator.llm.settings import LLMSettings
from simulator.llm.structured import Negotiator

pytestmark = pytest.mark.usefixtures("keyed")


def knowing(*modes: str) -> Callable[[dict[str, Any]], Reply]:
    """A server that knows only some modes, and says so as OpenAI's does."""

    def reply(body: dict[str, Any]) -> Reply:
        wanted = body.get("response_format", {}).get("type") or ("function_calling" if "tools" in body else "prompt")
        if wanted not in modes:
            field = "tools" if wanted == "function_calling" else "response_format"
            said = f"Invalid parameter: '{field}' of type '{wanted}' is not supported with this model."
            return Reply(400, {"error": {"message": said, "param": field}})
        if wanted == "function_calling":
            function = {"name": body["tool_choice"]["function"]["name"], "arguments": GOOD}
            return completion(None, "tool_calls", tool_calls=[{"id": "1", "type": "function", "function": function}])
        return completion(f"Sure: {GOOD}" if wanted == "prompt" else GOOD)

    return reply


@pytest.mark.parametrize("known", ["json_schema", "function_calling", "json_object", "prompt"])
def test_auto_finds_the_best_mode_with_one_refusal_each_and_remembers_it(known: str, tmp_path: Path) -> None:
    async def crowd_of_calls(server: ReplyingServer, stack: Stack) -> tuple[list[Answer], int, dict[str, str]]:
        answers = await asyncio.gather(*(stack.ask(call(n)) for n in range(12)))
        first = len(server.bodies)
        again = chat_model(LLMSettings(model="m", base_url=server.url))
        await again.ask(call())
        await again.close()
        assert len(server.bodies) == first + 1, "a later run asks in the mode that was found"
        return list(answers), first, json.loads((tmp_path / "endpoints.json").read_text())

    answers, requests, kept = with_server(knowing(known), crowd_of_calls)
    refused = ["json_schema", "function_calling", "json_object", "prompt"].index(known)
    assert requests == 12 + refused and all(answer.value == ANSWER.value for answer in answers)
    assert list(kept.values()) == [known] and "SECRET" not in str(kept)
    assert sum(answer.usage.requests for answer in answers) == requests


def test_modes_without_a_field_for_it_tell_the_schema_in_the_last_message() -> None:
    async def act(server: ReplyingServer, stack: Stack) -> dict[str, Any]:
        await stack.ask(call())
        return server.bodies[-1]

    for mode in ("json_object", "prompt"):
        body = with_server(knowing(mode), act, structured=mode)
        assert body["messages"][-1]["content"].startswith("How much do you want item 0?")
        assert json.dumps(call().schema, separators=(",", ":")) in body["messages"][-1]["content"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "fault",
    [
        Reply(429, {"error": {"message": "too many requests with response_format"}}),
        Reply(503, "response_format tools"),
        Reply(500, "oops"),
        Reply(
            400, {"error": {"message": "maximum context length is 8192, you sent 9000 (200 in the functions, tools)"}}
        ),
        Reply(400, {"error": {"message": "bad", "param": "messages"}}),
        completion("not JSON"),
    ],
    ids=["429", "503", "500", "context", "other field", "bad content"],
)
def test_nothing_but_a_refusal_of_the_field_lowers_the_mode(fault: Reply) -> None:
    left = [fault]

    async def act(server: ReplyingServer, stack: Stack) -> list[bool]:
        await asyncio.gather(stack.ask(call()), return_exceptions=True)
        await stack.ask(call(1))
        return ["response_format" in body for body in server.bodies]

    assert all(with_server(lambda _: left.pop() if left else completion(GOOD), act))


@pytest.mark.parametrize(
    "said",
    [
        Reply(
            500,
            {"error": {"message": "[{'loc': ('body','response_format','type'), 'msg': \"Input should be 'text'\"}]"}},
        ),
        Reply(422, {"detail": [{"loc": ["body", "response_format", "json_schema"], "msg": "extra"}]}),
        Reply(400, "json_schema is not supported", content_type="text/plain"),
        Reply(404, {"error": {"message": "No endpoints found that support structured output"}}),
    ],
    ids=["llama-cpp-python", "FastAPI", "text", "OpenRouter"],
)
def test_servers_refuse_a_mode_in_their_own_words(said: Reply) -> None:
    def reply(body: dict[str, Any]) -> Reply:
        return said if "response_format" in body else knowing("function_calling")(body)

    async def act(server: ReplyingServer, stack: Stack) -> int:
        assert (await stack.ask(call())).value == ANSWER.value
        return len(server.bodies)

    assert with_server(reply, act) == 2


def test_a_mode_that_the_user_chose_is_never_changed_behind_their_back() -> None:
    async def act(_: ReplyingServer, stack: Stack) -> str:
        with pytest.raises(EndpointError) as caught:
            await stack.ask(call())
        return str(caught.value)

    assert "llm.structured to auto" in with_server(knowing("prompt"), act, structured="json_schema")


def test_a_mode_that_is_refused_later_is_lowered_for_all_in_flight() -> None:
    modes = ["json_schema"]

    async def act(server: ReplyingServer, stack: Stack) -> list[Answer]:
        await stack.ask(call())
        modes[:] = ["json_object"]
        return list(await asyncio.gather(*(stack.ask(call(n)) for n in range(8))))

    answers = with_server(lambda body: knowing(*modes)(body), act)
    assert len(answers) == 8


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"x": "nonsense"}'])
def test_spoilt_notes_about_endpoints_are_as_good_as_none(kept: str, tmp_path: Path) -> None:
    (tmp_path / "endpoints.json").write_text(kept)
    model = Model(lambda n, _: None)
    asking = Negotiator(model, "auto", endpoint="x", model="", folder=tmp_path)
    run(asking.ask(call()))
    assert asking.mode == "json_schema" and "json_schema" in (tmp_path / "endpoints.json").read_text()


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    asking = Negotiator(Model(lambda n, _: None), "auto", endpoint="x", model="m", folder=blocked)
    assert run(asking.ask(call())) is not None


def test_behind_a_stalling_server_calls_wait_for_one_try_of_the_mode_only() -> None:
    async def act(server: ReplyingServer, stack: Stack) -> int:
        await asyncio.gather(*(stack.ask(call(n)) for n in range(12)), return_exceptions=True)
        return server.peak

    assert with_server(Reply(stall=True), act, timeout_s=1.0, attempts=1) == 11
