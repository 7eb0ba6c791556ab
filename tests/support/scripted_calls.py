"""Calls, a model that does as the test says, and a whole stack before a server that does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel, Field
from replying_server import Reply, ReplyingServer

from simulator.llm.assemble import Stack, chat_model
from simulator.llm.port import Answer, Call, CallError, ChatModel, FailureKind, Message, Usage
from simulator.llm.settings import LLMSettings

KEY = "sk-proj-SECRET0123456789"
GOOD = '{"want": 7, "why": "space"}'


class Want(BaseModel):
    want: int = Field(ge=0, le=10)
    why: str


ANSWER = Answer(value=Want(want=7, why="space"), text=GOOD, model="m", usage=Usage(100, 10, 1))


def call(number: int = 0, *, text: str = "How much do you want item {number}?") -> Call:
    messages = (Message("system", "You are Ann."), Message("user", text.replace("{number}", str(number))))
    return Call(kind="page", messages=messages, answer=Want, max_tokens=50)


def failing(kind: FailureKind, **more: Any) -> CallError:
    return CallError(kind, "scripted here", **{"usage": Usage(5, 1, 1), **more})


class Model:
    """Answers or fails by a function of how often it was asked, after a time; counts calls in flight."""

    def __init__(self, act: Callable[[int, Call], BaseException | None], seconds: float = 0.0) -> None:
        self._act, self._seconds = act, seconds
        self.asked: list[Call] = []
        self.times: list[float] = []
        self.in_flight = self.peak = 0

    async def ask(self, question: Call) -> Answer:
        self.asked.append(question)
        self.times.append(time.monotonic())
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        fault = self._act(len(self.asked), question)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self.in_flight -= 1
        if fault is not None:
            raise fault
        return ANSWER

    async def close(self) -> None:
        return None


T = TypeVar("T")


def run(work: Awaitable[T]) -> T:
    async def bounded() -> T:
        return await asyncio.wait_for(work, 120)

    return asyncio.run(bounded())


def with_server(
    reply: Reply | Callable[[dict[str, Any]], Reply],
    act: Callable[[ReplyingServer, Stack], Awaitable[T]],
    **settings: Any,
) -> T:
    async def go() -> T:
        async with ReplyingServer((lambda _: reply) if isinstance(reply, Reply) else reply) as server:
            stack = chat_model(LLMSettings(**{"model": "m", "base_url": server.url, **settings}))
            try:
                return await act(server, stack)
            finally:
                await stack.close()

    return run(go())


def fault_of(model: ChatModel | Stack, question: Call | None = None) -> CallError:
    with pytest.raises(CallError) as caught:
        run(model.ask(question or call()))
    return caught.value
