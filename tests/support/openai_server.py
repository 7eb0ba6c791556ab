"""A loopback server that speaks the OpenAI protocol; the scripted rules answer. In a thread, or as a process:

    python tests/support/openai_server.py --slots 16 --latency 0.2

prints its URL and serves until it is stopped. `GET /_stats` tells how busy it was.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import math
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from simulator.llm.port import Message
from simulator.llm.scripted import reply
from simulator.llm.scripted_talk import speak
from simulator.llm.tokens import estimated, estimated_in

FAULTS = (
    "429",
    "500",
    "drop",
    "stall",
    "truncated",
    "wrong_shape",
    "not_json",
    "refusal",
    "empty",
    "html",
)
"""429 with Retry-After; 500; connection reset; no answer ever; JSON cut with `finish_reason: length`; JSON of another
shape; prose; `refusal`; empty content; an HTML page with status 502. A script may say "break"
and "hush" besides: of an answer that streams, half of it, then a reset, or nothing more."""
ANSWERED = frozenset(("truncated", "wrong_shape", "not_json", "refusal", "empty"))
"""Faults that come as a completion."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the server behaves."""

    latency_s: float = 0.0
    slots: int = 0
    """Requests served at once; the others queue, first come first served. 0: no limit."""
    max_rate: float = 0.0
    """Chat requests a second; beyond it, 429. 0: no limit."""
    script: Sequence[str | None] = ()
    """Fault of the first, second, … chat request; None: a good answer. After it, `rate` decides."""
    rate: float = 0.0
    """Share of chat requests that meet a fault, by a hash of their messages: the same request, the same fate."""
    kinds: Sequence[str] = FAULTS
    seed: int = 0
    passing: bool = False
    """A request meets its fault by `rate` once, and is answered when it is sent again."""
    retry_after_s: float = 0.05
    supports: Sequence[str] = ("json_schema", "tools", "json_object")
    """Ways of structured output; the others get a 400 that names the parameter."""
    models: Sequence[str] = ()
    """The models that there are. None named: any."""
    api_key: str | None = None
    """The only key that is taken. None: any."""
    says: str | None = None
    """What every answer that streams says; None: what the rules say."""
    piece_s: float = 0.0
    """Seconds between two pieces of an answer that streams."""
    stream_options: bool = True
    """False: a server that refuses to count the tokens of a stream."""
    gullible: bool = False
    keep: bool = True
    """Whether requests are recorded."""


@dataclass
class Request:
    """One request as it was received. Times in seconds of the monotonic clock."""

    method: str
    path: str
    headers: frozenset[str]
    """Names only."""
    body: Any
    in_flight: int
    """Requests unanswered when this one came, itself included."""
    start: float
    end: float = math.nan
    status: int = 0
    """0: no answer was sent."""
    fault: str | None = None


@dataclass
class Busy:
    """The time integral of how many slots were busy."""

    now: int = 0
    peak: int = 0
    first: float = math.nan
    last: float = math.nan
    integral: float = 0.0

    def change(self, by: int) -> None:
        at = time.monotonic()
        if math.isnan(self.first):
            self.first = self.last = at
        self.integral += self.now * (at - self.last)
        self.now, self.last = self.now + by, at
        self.peak = max(self.peak, self.now)

    @property
    def mean(self) -> float | None:
        """Mean slots busy between the first request's begin and the last one's end."""
        return self.integral / (self.last - self.first) if self.last > self.first else None


@dataclass
class _State:
    requests: list[Request] = field(default_factory=list)
    served: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    chats: int = 0
    seen: Counter[bytes] = field(default_factory=Counter)
    next_free: float = 0.0
    busy: Busy = field(default_factory=Busy)


class OpenAIServer:
    """The server in a thread of its own; use as a context manager."""

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)
        self._state = _State()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openai-server", daemon=True)
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def requests(self) -> list[Request]:
        """All requests, in the order in which they came."""
        return list(self._state.requests)

    @property
    def chats(self) -> list[Request]:
        """The requests for completions."""
        return [request for request in self.requests if request.path == "/v1/chat/completions"]

    @property
    def stats(self) -> dict[str, Any]:
        """What `GET /_stats` tells."""
        busy, state = self._state.busy, self._state
        return {
            "served": state.served,
            "mean_busy": busy.mean,
            "busy_share": busy.mean / self.options.slots if busy.mean is not None and self.options.slots else None,
            "peak_busy": busy.peak,
            "peak_in_flight": state.peak_in_flight,
            "seconds": busy.last - busy.first if busy.mean is not None else None,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def start(self, port: int = 0) -> None:
        """Listen in the running loop."""
        self._slots = asyncio.Semaphore(self.options.slots or 1_000_000)
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def serve(self) -> None:
        """Serve until cancelled."""
        await self._server.serve_forever()

    async def _stop(self) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. Returns whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        state = self._state
        state.in_flight += 1
        state.peak_in_flight = max(state.peak_in_flight, state.in_flight)
        request = Request(method, path, frozenset(headers), _parsed(raw), state.in_flight, time.monotonic())
        if self.options.keep:
            state.requests.append(request)
        try:
            status, answer, more = await self._answer(request, headers)
            if request.fault == "stall":
                await reader.read(1)
            if request.fault in ("drop", "stall"):
                writer.transport.abort()
                return False
            request.status = status  # before the answer leaves: who has it may read the record at once
            state.served += 1
            if isinstance(answer, Streamed):
                return await self._stream(answer, writer, fault=request.fault)
            kind = "text/html" if isinstance(answer, str) else "application/json"
            body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            extra = "".join(f"{name}: {value}\r\n" for name, value in more.items())
            writer.write(
                f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode()
                + body
            )
            await writer.drain()
        finally:
            state.in_flight -= 1
            request.end = time.monotonic()
        return headers.get("connection", "").lower() != "close"

    async def _stream(self, answer: Streamed, writer: asyncio.StreamWriter, *, fault: str | None) -> bool:
        """Server-sent events, one a piece, in chunks of HTTP; half of them, then the end or silence, by the fault."""
        writer.write(b"HTTP/1.1 200 -\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        events = answer.events[: len(answer.events) // 2] if fault in ("break", "hush") else answer.events
        for event in events:
            data = f"data: {event}\n\n".encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
            if self.options.piece_s:
                await asyncio.sleep(self.options.piece_s)
        if fault == "hush":
            await asyncio.sleep(3600)  # until the server is stopped
        if fault == "break":
            return False  # no reset: it would take back what was sent and is not read yet
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _answer(self, request: Request, headers: Mapping[str, str]) -> tuple[int, Any, Mapping[str, str]]:
        if request.path == "/_stats":
            return 200, self.stats, {}
        if self.options.api_key is not None and headers.get("authorization") != f"Bearer {self.options.api_key}":
            return _refused(401, "Incorrect API key provided.", code="invalid_api_key")
        if request.path == "/v1/models" and request.method == "GET":
            names = self.options.models or ("scripted",)
            listed = [{"id": name, "object": "model", "created": 0, "owned_by": "nobody"} for name in names]
            return 200, {"object": "list", "data": listed}, {}
        if not isinstance(request.body, dict):
            return _refused(400, "We could not parse the JSON body of your request.")
        if request.path == "/v1/embeddings":
            return 200, _embeddings(request.body), {}
        if request.path == "/v1/chat/completions":
            return await self._chat(request)
        return _refused(404, f"Unknown request URL: {request.method} {request.path}", code="unknown_url")

    async def _chat(self, request: Request) -> tuple[int, Any, Mapping[str, str]]:
        state, body = self._state, request.body
        state.chats += 1
        wait = self._over_rate()
        request.fault = "429" if wait else self._fault(state.chats - 1, body)
        if request.fault == "429":
            after = f"{wait or self.options.retry_after_s:g}"
            status, answer, _ = _refused(429, "Rate limit reached for requests", code="rate_limit_exceeded")
            return status, answer, {"Retry-After": after}
        async with self._slots:
            state.busy.change(+1)
            try:
                if self.options.latency_s:
                    await asyncio.sleep(self.options.latency_s)
                if request.fault == "500":
                    return _refused(500, "The server had an error while processing your request.", kind="server_error")
                if request.fault == "html":
                    return 502, "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>", {}
                if request.fault in ("drop", "stall"):
                    return 0, None, {}
                return completion(body, self.options, request.fault)
            finally:
                state.busy.change(-1)

    def _over_rate(self) -> float:
        """Seconds to wait until another request is within the rate; 0 if this one is."""
        if not self.options.max_rate:
            return 0.0
        now, state = time.monotonic(), self._state
        if now < state.next_free:
            return state.next_free - now
        state.next_free = now + 1 / self.options.max_rate
        return 0.0

    def _fault(self, number: int, body: Mapping[str, Any]) -> str | None:
        if number < len(self.options.script):
            return self.options.script[number]
        if not self.options.rate:
            return None
        asked = json.dumps([self.options.seed, body.get("messages")]).encode()
        digest = hashlib.blake2b(asked, digest_size=16).digest()
        if int.from_bytes(digest[:8], "big") >= self.options.rate * 2**64:
            return None
        self._state.seen[digest] += 1
        if self.options.passing and self._state.seen[digest] > 1:
            return None
        return self.options.kinds[int.from_bytes(digest[8:], "big") % len(self.options.kinds)]


@dataclass(frozen=True, slots=True)
class Streamed:
    """The events of an answer that streams."""

    events: tuple[str, ...]

    @classmethod
    def of(
        cls, body: Mapping[str, Any], text: str, ended: str, counted: tuple[int, int], refused: str | None
    ) -> Streamed:
        """A piece a word, the reason of the end, the count of tokens if it was asked for, and the end."""

        def event(choices: list[Any], **more: Any) -> str:
            frame = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 0}
            return json.dumps({**frame, "model": body.get("model", "scripted"), "choices": choices, **more})

        def delta(finish: str | None = None, **told: Any) -> list[Any]:
            return [{"index": 0, "delta": told, "finish_reason": finish, "logprobs": None}]

        pieces = re.findall(r"\s*\S+", text)
        events = [event(delta(role="assistant", content=""))]
        events += [event(delta(content=piece)) for piece in pieces]
        events += [event(delta(refusal=refused))] if refused is not None else []
        events.append(event(delta("content_filter" if refused is not None else ended)))
        if (body.get("stream_options") or {}).get("include_usage"):
            total = {"prompt_tokens": counted[0], "completion_tokens": counted[1], "total_tokens": sum(counted)}
            events.append(event([], usage=total))
        return cls((*events, "[DONE]"))


def completion(body: Mapping[str, Any], options: Options, fault: str | None) -> tuple[int, Any, Mapping[str, str]]:
    """Status, answer and headers for a well-formed request for a completion."""
    if body.get("stream_options") and not options.stream_options:
        return _refused(400, "Unrecognized request argument supplied: stream_options", param="stream_options")
    if options.models and body.get("model") not in options.models:
        return _refused(404, f"The model {body.get('model')!r} does not exist.", code="model_not_found")
    messages = [_message(one) for one in body.get("messages", [])]
    wanted = body.get("response_format", {}).get("type", "text")
    if wanted != "text" and wanted not in options.supports:
        return _refused(
            400, f"Invalid parameter: 'response_format' of type {wanted!r} is not supported.", param="response_format"
        )
    if body.get("tools") and "tools" not in options.supports:
        return _refused(400, "Unsupported parameter: 'tools'.", param="tools")
    if wanted == "json_object" and not any("json" in message.content.lower() for message in messages):
        return _refused(400, "'messages' must contain the word 'json' in some form.", param="messages")
    tool = body["tools"][0]["function"] if body.get("tools") else None
    schema = _schema(body, messages, tool)
    if body.get("stream") and schema is None:
        text = speak(messages, gullible=options.gullible) if options.says is None else options.says
    else:
        text = reply(messages, schema, gullible=options.gullible) if schema else "{}"
    text = {
        "truncated": text[: len(text) // 2],
        "wrong_shape": '{"unexpected":true}',
        "not_json": "I would rather not say.",
        "empty": "",
    }.get(fault or "", text)
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if fault == "refusal":
        message |= {"content": None, "refusal": "I cannot help with that."}
    elif tool is not None:
        called = {"id": "call_0", "type": "function", "function": {"name": tool["name"], "arguments": text}}
        message |= {"content": None, "tool_calls": [called]}
    tokens_in, tokens_out = estimated_in(messages), estimated(text)
    if body.get("stream"):
        refused = "I cannot help with that." if fault == "refusal" else None
        ended = "length" if fault == "truncated" else "stop"
        return 200, Streamed.of(body, text if refused is None else "", ended, (tokens_in, tokens_out), refused), {}
    answer = {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", "scripted"),
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": None,
                "finish_reason": "length" if fault == "truncated" else "stop",
            }
        ],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }
    return 200, answer, {}


def schema_in(text: str) -> dict[str, Any] | None:
    """The first JSON schema of an object that stands in a text, or None."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            value, _ = decoder.raw_decode(text, at)
        except ValueError:
            value = None
        if isinstance(value, dict) and "properties" in value:
            return value
        at = text.find("{", at + 1)
    return None


def _schema(
    body: Mapping[str, Any], messages: Sequence[Message], tool: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What the answer must keep to, wherever the request says it."""
    if tool is not None:
        parameters: dict[str, Any] = tool["parameters"]
        return parameters
    stated = body.get("response_format", {})
    for place in (stated.get("json_schema", {}).get("schema"), stated.get("schema")):
        if place:
            return dict(place)
    told = (schema_in(message.content) for message in messages if message.role != "assistant")
    return next((schema for schema in told if schema is not None), None)


def _message(one: Mapping[str, Any]) -> Message:
    content = one.get("content") or ""
    if isinstance(content, str):
        return Message(one["role"], content)
    text = "\n".join(part["text"] for part in content if part["type"] == "text")
    images = tuple(part["image_url"]["url"] for part in content if part["type"] == "image_url")
    return Message(one["role"], text, images)


def _embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    texts = [body["input"]] if isinstance(body["input"], str) else list(body["input"])
    vectors = [_hashed(str(text), int(body.get("dimensions") or 64)) for text in texts]
    binary = body.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": i,
            "embedding": base64.b64encode(vector.tobytes()).decode() if binary else vector.tolist(),
        }
        for i, vector in enumerate(vectors)
    ]
    used = sum(estimated(str(text)) for text in texts)
    usage = {"prompt_tokens": used, "total_tokens": used}
    return {"object": "list", "data": data, "model": body.get("model", "hashed"), "usage": usage}


def _hashed(text: str, width: int) -> Any:
    """A unit vector: the sum of one random direction for each word."""
    seeds = [
        int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") for word in text.lower().split()
    ]
    total = sum((np.random.default_rng(seed).standard_normal(width) for seed in seeds or [0]), np.zeros(width))
    return (total / np.linalg.norm(total)).astype(np.float32)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _refused(
    status: int, message: str, *, param: str | None = None, code: str | None = None, kind: str = "invalid_request_error"
) -> tuple[int, Any, Mapping[str, str]]:
    return status, {"error": {"message": message, "type": kind, "param": param, "code": code}}, {}


async def _serve(options: Mapping[str, Any], port: int) -> None:
    server = OpenAIServer(**options)
    await server.start(port)
    print(server.base_url, flush=True)
    await server.serve()


def main() -> None:
    """Serve as a process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", dest="latency_s", type=float, default=0.0)
    parser.add_argument("--slots", type=int, default=0)
    parser.add_argument("--max-rate", type=float, default=0.0)
    parser.add_argument("--fault-rate", dest="rate", type=float, default=0.0)
    parser.add_argument("--faults", dest="kinds", nargs="+", choices=FAULTS, default=FAULTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--passing", action="store_true")
    parser.add_argument("--gullible", action="store_true")
    parser.add_argument("--models", nargs="+", default=(), help="the models that there are; none named: any")
    given = vars(parser.parse_args())
    port = given.pop("port")
    try:
        asyncio.run(_serve({**given, "keep": False}, port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
