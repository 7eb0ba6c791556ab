"""A loopback HTTP server in the test's own loop that answers every request exactly as the test says, byte for byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; `drop`: the connection is closed instead, `stall`: nothing ever comes. A `content-length` of
    one's own among the headers has the answer end, and the connection with it, before it is whole."""

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    after_s: float = 0.0
    drop: bool = False
    stall: bool = False


def completion(content: str | None, finish: str = "stop", *, usage: bool = True, **message: Any) -> Reply:
    """A chat completion with this content. Usage 100 in, 10 out, unless the server is one that does not count."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}
    counted = {"usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}} if usage else {}
    return Reply(
        body={"id": "1", "object": "chat.completion", "created": 1, "model": "served", "choices": [choice], **counted}
    )


class ReplyingServer:
    """`reply(body)` answers each POST, `models` each GET. An async context manager."""

    def __init__(self, reply: Callable[[dict[str, Any]], Reply], models: Reply = Reply(404, {"error": "no"})) -> None:
        self._reply, self._models = reply, models
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[str] = []
        self.in_flight = self.peak = self.dropped_by_client = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.headers.append(head)
        length = next((int(x.split(":")[1]) for x in head.splitlines() if x.lower().startswith("content-length")), 0)
        sent = await reader.readexactly(length)
        if head.startswith("GET"):
            reply = self._models
        else:
            self.bodies.append(json.loads(sent))
            reply = self._reply(self.bodies[-1])
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            if reply.stall:
                await reader.read()
                self.dropped_by_client += 1
                return False
            await asyncio.sleep(reply.after_s)
        finally:
            self.in_flight -= 1
        if reply.drop:
            return False
        body = reply.body if isinstance(reply.body, bytes) else _bytes(reply.body)
        lines = {"content-type": reply.content_type, "content-length": str(len(body)), **reply.headers}
        told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"HTTP/1.1 {reply.status} Told\r\n{told}\r\n".encode() + body)
        await writer.drain()
        return len(body) == int(lines["content-length"])


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
