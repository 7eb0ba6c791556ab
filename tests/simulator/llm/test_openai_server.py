"""The loopback server speaks the protocol well enough for the real client, in good days and in bad ones."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
from asking import page_answer, page_call
from openai_server import OpenAIServer

from simulator.llm.schema import strict_schema
from simulator.llm.scripted import reply

CALL = page_call()
SENT: Any = [{"role": message.role, "content": message.content} for message in CALL.messages]
SCHEMA = strict_schema(page_answer(2))
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "page", "schema": SCHEMA, "strict": True}}
EXPECTED = reply(CALL.messages, SCHEMA)


def client(server: OpenAIServer, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.base_url, **{"api_key": "none", "max_retries": 0, "timeout": 60, **options})


def ask(server: OpenAIServer, **fields: Any) -> Any:
    with client(server) as asking:
        return asking.chat.completions.create(**({"model": "m", "messages": SENT, "response_format": FORMAT} | fields))


def test_an_answer_by_json_schema_keeps_to_it_and_tells_its_usage() -> None:
    with OpenAIServer() as server:
        told = ask(server)
    choice = told.choices[0]
    assert choice.message.content == EXPECTED and choice.finish_reason == "stop"
    assert told.usage.total_tokens == told.usage.prompt_tokens + told.usage.completion_tokens > 100


def test_tools_are_called_with_the_same_answer() -> None:
    tool: Any = {"type": "function", "function": {"name": "page", "parameters": SCHEMA}}
    with OpenAIServer() as server:
        told = ask(
            server,
            response_format=openai.NOT_GIVEN,
            tools=[tool],
            tool_choice={"type": "function", "function": {"name": "page"}},
        )
    (called,) = told.choices[0].message.tool_calls
    assert (called.function.name, called.function.arguments) == ("page", EXPECTED)


def test_a_schema_in_the_prompt_is_found_where_only_an_object_is_asked_for() -> None:
    told_in_words = {"role": "user", "content": f"Keep to this JSON schema: {json.dumps(SCHEMA)}"}
    with OpenAIServer() as server:
        told = ask(server, messages=[*SENT, told_in_words], response_format={"type": "json_object"})
        plain = ask(server, messages=[*SENT, told_in_words], response_format=openai.NOT_GIVEN)
    assert set(json.loads(told.choices[0].message.content)) == set(json.loads(EXPECTED))
    assert plain.choices[0].message.content == told.choices[0].message.content


def test_what_is_not_supported_is_refused_by_the_parameters_name() -> None:
    with OpenAIServer(supports=("tools",)) as server:
        with pytest.raises(openai.BadRequestError, match="response_format") as refused:
            ask(server)
        assert refused.value.param == "response_format"
    counted = {"stream": True, "stream_options": {"include_usage": True}}
    with OpenAIServer(stream_options=False) as server, pytest.raises(openai.BadRequestError, match="stream_options"):
        ask(server, **counted, response_format=openai.NOT_GIVEN)


def test_models_keys_and_unknown_models() -> None:
    with OpenAIServer(models=("one", "two"), api_key="none") as server:
        with client(server) as asking:
            assert [model.id for model in asking.models.list()] == ["one", "two"]
        with pytest.raises(openai.NotFoundError):
            ask(server, model="three")
        with client(server, api_key="sk-wrong") as asking, pytest.raises(openai.AuthenticationError):
            asking.models.list()
        assert all("sk-wrong" not in repr(request) for request in server.requests)
        assert "authorization" in server.requests[0].headers


def test_embeddings_are_unit_vectors_by_their_words() -> None:
    with OpenAIServer() as server, client(server) as asking:
        told = asking.embeddings.create(model="e", input=["a crime story", "a crime drama", "opera"], dimensions=32)
        plain = asking.embeddings.create(model="e", input="opera", dimensions=32, encoding_format="float")
    vectors = np.array([one.embedding for one in told.data])
    assert vectors.shape == (3, 32) and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] and np.allclose(plain.data[0].embedding, vectors[2])


def test_faults_come_by_count_and_then_the_server_answers() -> None:
    with OpenAIServer(script=("429", "500", "html", None)) as server:
        with pytest.raises(openai.RateLimitError) as limited:
            ask(server)
        assert float(limited.value.response.headers["retry-after"]) > 0
        for _ in range(2):
            with pytest.raises(openai.InternalServerError):
                ask(server)
        assert ask(server).choices[0].message.content == EXPECTED
        assert [request.fault for request in server.chats] == ["429", "500", "html", None]
        assert [request.status for request in server.chats] == [429, 500, 502, 200]


def test_lost_connections_and_stalls_bring_no_answer() -> None:
    with OpenAIServer(script=("drop", "stall")) as server:
        with pytest.raises(openai.APIConnectionError):
            ask(server)
        with client(server, timeout=0.3) as asking, pytest.raises(openai.APITimeoutError):
            asking.chat.completions.create(model="m", messages=SENT)
    assert [request.status for request in server.chats] == [0, 0]


@pytest.mark.parametrize(
    ("fault", "content", "finish"),
    [
        ("truncated", EXPECTED[: len(EXPECTED) // 2], "length"),
        ("wrong_shape", '{"unexpected":true}', "stop"),
        ("not_json", "I would rather not say.", "stop"),
        ("refusal", None, "stop"),
        ("empty", "", "stop"),
    ],
)
def test_bad_completions(fault: str, content: str | None, finish: str) -> None:
    with OpenAIServer(script=(fault,)) as server:
        choice = ask(server).choices[0]
    assert (choice.message.content, choice.finish_reason) == (content, finish)
    assert (choice.message.refusal is not None) == (fault == "refusal")


def test_the_same_request_meets_the_same_fault_and_passes_the_second_time_where_faults_pass() -> None:
    for passing, expected in ((False, ["empty"] * 2), (True, ["empty", None])):
        with OpenAIServer(rate=1.0, kinds=("empty",), passing=passing) as server:
            for _ in range(2):
                ask(server)
            assert [request.fault for request in server.chats] == expected


def test_more_than_the_slots_are_queued_and_the_busy_share_is_told() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with OpenAIServer(slots=2, latency_s=0.25) as server, client(server) as asking, ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(asking.chat.completions.create, model="m", messages=SENT, response_format=FORMAT)
            for _ in range(8)
        ]
        assert all(one.result().choices for one in sent)
        stats = server.stats
    assert stats["served"] == 8 and stats["peak_busy"] == 2 and 2 < stats["peak_in_flight"] <= 8
    assert 0.5 < stats["busy_share"] <= 1 and max(request.in_flight for request in server.chats) > 2
    assert all(request.end > request.start for request in server.chats)


def test_requests_beyond_the_rate_are_turned_away() -> None:
    with OpenAIServer(max_rate=0.001) as server:
        ask(server)
        with pytest.raises(openai.RateLimitError):
            ask(server)


def test_it_runs_as_a_process_and_tells_how_busy_it_was() -> None:
    script = Path(__file__).parents[2] / "support" / "openai_server.py"
    process = subprocess.Popen([sys.executable, script, "--slots", "4"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=60) as asking:
            asking.chat.completions.create(model="m", messages=SENT, response_format=FORMAT)
        with urllib.request.urlopen(base_url.removesuffix("/v1") + "/_stats", timeout=60) as answer:
            assert json.load(answer)["served"] == 1
    finally:
        process.terminate()
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()
