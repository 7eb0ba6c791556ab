"""The client over a real socket with the real openai client: what every way of failing becomes."""

import asyncio
import datetime
import email.utils
import math
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from replying_server import Reply, ReplyingServer, completion
from scripted_calls import GOOD, KEY, Want, call

from simulator.llm.client import Client, bare_json
from simulator.llm.failures import RejectedError, UnreachableError
from simulator.llm.port import Answer, Call, CallError, EndpointError, FailureKind, Message
from simulator.llm.reach import reach
from simulator.llm.settings import LLMSettings
from simulator.llm.timeout import Timeout
from simulator.records import UserInputError

pytestmark = pytest.mark.usefixtures("keyed")


T = TypeVar("T")


def with_server(
    reply: Reply | Callable[[dict[str, Any]], Reply],
    act: Callable[[ReplyingServer, LLMSettings], Awaitable[T]],
    models: Reply | None = None,
    **settings: Any,
) -> T:
    async def go() -> T:
        answer = (lambda _: reply) if isinstance(reply, Reply) else reply
        async with ReplyingServer(answer, *([models] if models else [])) as server:
            return await act(server, LLMSettings(**{"model": "m", "base_url": server.url, **settings}))

    return asyncio.run(asyncio.wait_for(go(), 60))


async def asked(settings: LLMSettings, question: Call) -> Answer:
    client = Client(settings)
    try:
        return await client.ask(question)
    finally:
        await client.close()


def outcome(reply: Reply, **settings: Any) -> BaseException:
    async def act(_: ReplyingServer, chosen: LLMSettings) -> BaseException:
        with pytest.raises((CallError, EndpointError)) as caught:
            await asked(chosen, call())
        return caught.value

    failure = with_server(reply, act, **settings)
    assert "SECRET" not in f"{failure} {failure!r} {failure.__cause__!r}" and str(failure).isprintable()
    return failure


def test_a_good_answer_comes_with_its_text_model_and_counted_tokens() -> None:
    async def act(server: ReplyingServer, settings: LLMSettings) -> tuple[Answer, dict[str, Any]]:
        return await asked(settings, call()), server.bodies[0]

    answer, body = with_server(completion(GOOD), act)
    assert answer.value == Want(want=7, why="space") and answer.text == GOOD and answer.model == "served"
    assert (answer.usage.tokens_in, answer.usage.tokens_out, answer.usage.requests) == (100, 10, 1)
    assert body["max_tokens"] == 50 and body["model"] == "m" and not body.get("stream")
    assert not {"temperature", "seed", "max_completion_tokens"} & set(body)


def test_settings_and_parameters_reach_the_request_and_pictures_become_parts() -> None:
    async def act(server: ReplyingServer, settings: LLMSettings) -> dict[str, Any]:
        picture = Message("user", "What is this?", images=("data:image/png;base64,AA==",))
        await asked(settings, replace(call(), messages=(picture,), parameters={"top_p": 0.5}))
        return server.bodies[0]

    body = with_server(
        completion(GOOD), act, model="gpt-5-mini", temperature=0.3, seed=4, extra={"reasoning_effort": "minimal"}
    )
    assert (body["temperature"], body["seed"], body["top_p"], body["reasoning_effort"]) == (0.3, 4, 0.5, "minimal")
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]


def test_a_server_that_wants_the_other_name_of_max_tokens_gets_it() -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."

    def reply(body: dict[str, Any]) -> Reply:
        return completion(GOOD) if "max_completion_tokens" in body else Reply(400, {"error": {"message": said}})

    async def act(server: ReplyingServer, settings: LLMSettings) -> list[dict[str, Any]]:
        client = Client(settings)
        await client.ask(call())
        await client.ask(call())
        await client.close()
        return server.bodies

    bodies = with_server(reply, act)
    assert [("max_tokens" in b, "max_completion_tokens" in b) for b in bodies] == [
        (True, False), (False, True), (False, True)
    ]  # fmt: skip


def test_tokens_are_estimated_only_where_the_server_counts_none() -> None:
    async def act(_: ReplyingServer, settings: LLMSettings) -> Answer:
        return await asked(settings, call(text="x" * 400))

    usage = with_server(completion(GOOD, usage=False), act).usage
    assert 100 <= usage.tokens_in <= 130 and usage.tokens_out == 7 and usage.requests == 1


@pytest.mark.parametrize("told", [-5, 0, 10**30, math.nan, math.inf, None])
def test_a_count_that_cannot_be_one_is_replaced_by_an_estimate(told: float | None) -> None:
    async def act(_: ReplyingServer, settings: LLMSettings) -> Answer:
        return await asked(settings, call(text="x" * 400))

    reply = completion(GOOD)
    reply.body["usage"] = {"prompt_tokens": told, "completion_tokens": 10, "total_tokens": 10}
    usage = with_server(reply, act).usage
    assert 100 <= usage.tokens_in <= 130 and usage.tokens_out == 7


def test_an_answer_in_a_tool_call_is_read() -> None:
    function = {"name": "answer", "arguments": GOOD}
    tools = [{"id": "1", "type": "function", "function": function}]

    async def act(_: ReplyingServer, settings: LLMSettings) -> Answer:
        return await asked(settings, call())

    assert with_server(completion(None, "tool_calls", tool_calls=tools), act).value == Want(want=7, why="space")
    function["arguments"] = '{"want": 7, "wh'
    assert outcome(completion(None, "tool_calls", tool_calls=tools)).kind is FailureKind.MALFORMED


def test_lone_surrogates_in_a_prompt_do_not_stop_a_call() -> None:
    async def act(_: ReplyingServer, settings: LLMSettings) -> Answer:
        return await asked(settings, call(text="a\ud800b"))

    assert with_server(completion(GOOD), act).value == Want(want=7, why="space")


FAILURES: list[tuple[str, Reply, FailureKind, bool]] = [
    ("429", Reply(429, {"error": {"message": "slow down"}}), FailureKind.RATE_LIMITED, True),
    ("500", Reply(500, {"error": {"message": "oops"}}), FailureKind.SERVER_ERROR, True),
    ("503 in HTML", Reply(503, "<html>busy</html>", content_type="text/html"), FailureKind.SERVER_ERROR, True),
    ("HTML with 200", Reply(200, "<html>hello</html>", content_type="text/html"), FailureKind.SERVER_ERROR, True),
    ("HTML that claims JSON", Reply(200, "<html>hello</html>"), FailureKind.SERVER_ERROR, True),
    ("JSON of another service", Reply(200, {"status": "fine"}), FailureKind.SERVER_ERROR, True),
    ("an error with 200", Reply(200, {"error": {"code": 429, "message": "x"}}), FailureKind.RATE_LIMITED, True),
    ("no choices", Reply(200, {"choices": []}), FailureKind.EMPTY, False),
    ("null choices", Reply(200, {"choices": None}), FailureKind.SERVER_ERROR, True),
    ("dropped", Reply(drop=True), FailureKind.CONNECTION, True),
    ("half an answer", Reply(200, "{}", {"content-length": "900"}), FailureKind.CONNECTION, True),
    ("408", Reply(408, ""), FailureKind.TIMEOUT, True),
    ("cut", completion('{"want": 7, "wh', "length"), FailureKind.TRUNCATED, False),
    ("cut before a word", completion("", "length"), FailureKind.TRUNCATED, False),
    ("filtered", completion("", "content_filter"), FailureKind.REFUSED, False),
    ("refused", completion(None, refusal="I would rather not"), FailureKind.REFUSED, False),
    ("filtered prompt", Reply(400, {"error": {"code": "content_filter", "message": "no"}}), FailureKind.REFUSED, False),
    ("flagged", Reply(403, {"error": {"message": "input was flagged (moderation)"}}), FailureKind.REFUSED, False),
    ("empty", completion(""), FailureKind.EMPTY, False),
    ("blank", completion(" \n"), FailureKind.EMPTY, False),
    ("no content", completion(None), FailureKind.EMPTY, False),
    ("prose", completion("I like it"), FailureKind.MALFORMED, False),
    ("wrong shape", completion('{"want": 11}'), FailureKind.WRONG_SHAPE, False),
    ("a list", completion("[1]"), FailureKind.WRONG_SHAPE, False),
    ("too long", Reply(400, {"error": {"message": "maximum context length"}}), FailureKind.BAD_REQUEST, False),
    ("422", Reply(422, {"detail": [{"loc": ["body", "n"], "msg": "bad"}]}), FailureKind.BAD_REQUEST, False),
]


@pytest.mark.parametrize(("reply", "kind", "transient"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES])
def test_every_failure_has_its_kind(reply: Reply, kind: FailureKind, transient: bool) -> None:
    failure = outcome(reply)
    assert isinstance(failure, CallError) and (failure.kind, failure.transient) == (kind, transient)
    assert failure.usage.requests == 1 and not isinstance(failure, UnreachableError)


def test_a_failure_after_an_answer_says_what_it_cost_and_what_was_wrong() -> None:
    failure = outcome(completion('{"want": 11}'))
    assert isinstance(failure, CallError) and (failure.usage.tokens_in, failure.usage.tokens_out) == (100, 10)
    assert "want" in failure.message and "why" in failure.message and failure.partial == '{"want": 11}'


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "7"}, 7, 7),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25, 0.25),
        ({"retry-after": email.utils.formatdate(time.time() + 30_000, usegmt=True)}, 20_000, 30_001),
        ({"retry-after": email.utils.formatdate(time.time() - 30, usegmt=True)}, 0, 0),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], low: float, high: float) -> None:
    failure = outcome(Reply(429, {}, headers))
    assert isinstance(failure, CallError) and failure.retry_after_s is not None
    assert low <= failure.retry_after_s <= high


@pytest.mark.parametrize("written", ["soon", "-3", "nan", "inf", ""])
def test_a_retry_after_without_sense_asks_nothing(written: str) -> None:
    failure = outcome(Reply(429, {}, {"retry-after": written}))
    assert isinstance(failure, CallError) and failure.retry_after_s is None


STOPPING = [
    ("401", Reply(401, {"error": {"message": f"Incorrect API key provided: {KEY}."}}), "OPENAI_API_KEY"),
    ("403", Reply(403, {"error": {"message": "country not supported"}}), "country not supported"),
    ("404 model", Reply(404, {"error": {"message": "The model `m` does not exist"}}), "llm.model"),
    ("404 path", Reply(404, "not found", content_type="text/plain"), "llm.base_url"),
    ("402", Reply(402, {"error": {"message": "credits"}}), "add credit"),
    ("quota", Reply(429, {"error": {"code": "insufficient_quota", "message": "spent"}}), "add credit"),
    ("temperature", Reply(400, {"error": {"param": "temperature", "message": "only 1"}}), "llm.temperature"),
]


@pytest.mark.parametrize(("reply", "told"), [s[1:] for s in STOPPING], ids=[s[0] for s in STOPPING])
def test_what_concerns_every_request_stops_the_run_and_names_the_cure(reply: Reply, told: str) -> None:
    failure = outcome(reply, temperature=0.2)
    assert isinstance(failure, EndpointError) and told in str(failure)


def test_server_words_are_cleaned_capped_and_without_keys() -> None:
    said = "bad \x1b[31m\u202e\n" + KEY + " Bearer abc.def " + "x" * 100_000
    failure = outcome(Reply(400, {"error": {"message": said}}))
    assert isinstance(failure, RejectedError) and len(failure.message) < 400 and "abc.def" not in failure.message


def test_no_connection_is_told_apart_from_a_broken_one(unused_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def unknown_to_everybody(host: Any, *more: Any, **options: Any) -> Any:
        """Without the network, where some resolvers take their time."""
        if host in ("no-such-host.invalid", b"no-such-host.invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *more, **options)

    async def act(url: str) -> BaseException:
        with pytest.raises(UnreachableError) as caught:
            await asyncio.wait_for(asked(LLMSettings(base_url=url), call()), 60)
        return caught.value

    monkeypatch.setattr(socket, "getaddrinfo", unknown_to_everybody)

    refused = asyncio.run(act(f"http://127.0.0.1:{unused_port}/v1"))
    unknown = asyncio.run(act("http://no-such-host.invalid/v1"))
    assert all(isinstance(e, CallError) and e.kind is FailureKind.CONNECTION for e in (refused, unknown))
    assert all(isinstance(e, CallError) and e.usage.requests == 0 for e in (refused, unknown))


def test_a_stalling_server_is_given_up_and_its_connection_dropped() -> None:
    async def act(server: ReplyingServer, settings: LLMSettings) -> tuple[CallError, int]:
        client = Client(settings)
        with pytest.raises(CallError) as caught:
            await Timeout(client, 1.0).ask(call())
        while not server.dropped_by_client:  # or this test is ended
            await asyncio.sleep(0.01)
        await client.close()
        return caught.value, server.dropped_by_client

    failure, dropped = with_server(Reply(stall=True), act)
    assert failure.kind is FailureKind.TIMEOUT and failure.transient and dropped == 1
    assert failure.usage.requests == 1 and failure.usage.tokens_in > 0


def test_openai_without_a_key_is_refused_at_once_and_own_servers_need_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(EndpointError, match="OPENAI_API_KEY"):
        Client(LLMSettings())

    async def act(server: ReplyingServer, settings: LLMSettings) -> str:
        await asked(settings, call())
        return server.headers[0].lower()

    assert "authorization: bearer none" in with_server(completion(GOOD), act)


def test_the_base_url_of_the_environment_counts_after_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/")
    assert Client(LLMSettings()).endpoint.base_url == "http://127.0.0.1:9/v1"
    assert Client(LLMSettings(base_url="http://127.0.0.1:8/v1")).endpoint.base_url == "http://127.0.0.1:8/v1"


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://host/v1", "http://", "http://host:port/v1"])
def test_a_base_url_that_is_no_address_is_the_users_mistake(url: str) -> None:
    with pytest.raises(UserInputError, match=r"llm\.base_url"):
        Client(LLMSettings(base_url=url))


def test_a_key_that_cannot_be_one_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\nexport X=1")
    with pytest.raises(EndpointError) as caught:
        Client(LLMSettings())
    assert "SECRET" not in str(caught.value)


def test_no_key_or_password_shows_in_a_client_or_its_endpoint() -> None:
    client = Client(LLMSettings(base_url="http://ann:hunter2@127.0.0.1:9/v1?token=hunter3"))
    assert "SECRET" not in repr(client) + repr(client.endpoint) and "hunter" not in client.endpoint.name


@pytest.mark.parametrize(
    "text", [GOOD, f"```json\n{GOOD}\n```", f"<think>a {{b}} c</think>\n{GOOD}", f"Here it is: {GOOD} Enjoy!"]
)
def test_json_is_found_in_the_dress_that_models_put_around_it(text: str) -> None:
    assert bare_json(text) == GOOD


LIST = Reply(body={"object": "list", "data": [{"id": "llama-3"}, {"id": "llama-3-large"}, {"id": "qwen:latest"}]})


def reached(models: Reply | None, **settings: Any) -> str:
    async def act(_: ReplyingServer, chosen: LLMSettings) -> str:
        return await reach(chosen)

    return with_server(completion(GOOD), act, models, **settings)


def test_reach_knows_listed_models_and_names_near_ones_for_others() -> None:
    assert "knows llama-3" in reached(LIST, model="llama-3") and "knows qwen" in reached(LIST, model="qwen")
    with pytest.raises(UserInputError, match=r"llm\.model: .*no model 'lama-3'; it has llama-3.*Give one"):
        reached(LIST, model="lama-3")


@pytest.mark.parametrize("models", [Reply(404, "no"), Reply(200, "<html>"), Reply(500, ""), Reply(200, {"data": []})])
def test_reach_takes_servers_without_a_list_as_they_are(models: Reply) -> None:
    assert "no list of models" in reached(models)


def test_reach_says_that_a_key_is_not_accepted() -> None:
    with pytest.raises(EndpointError, match="OPENAI_API_KEY"):
        reached(Reply(401, {"error": {"message": "bad"}}))


def test_reach_says_that_nobody_is_there(unused_port: int) -> None:
    with pytest.raises(EndpointError, match=r"cannot be reached.*llm\.base_url"):
        asyncio.run(reach(LLMSettings(base_url=f"http://127.0.0.1:{unused_port}/v1")))


def test_reach_does_not_wait_for_a_server_that_is_too_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.llm.reach.ANSWER_S", 0.3)
    assert "did not name its models" in reached(Reply(stall=True))


def test_reach_asks_nobody_where_nobody_is_needed() -> None:
    assert "no language model" in asyncio.run(reach(LLMSettings(model="scripted")))
    assert "cache alone" in asyncio.run(reach(LLMSettings(cache="replay-only", base_url="http://127.0.0.1:9/v1")))


def test_extra_fields_that_no_request_can_carry_are_the_users_mistake() -> None:
    with pytest.raises(UserInputError, match=r"llm\.extra"):
        Client(LLMSettings(base_url="http://127.0.0.1:9/v1", extra={"since": datetime.date(2026, 1, 1)}))
