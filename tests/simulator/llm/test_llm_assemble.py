"""The whole stack."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from replying_server import ReplyingServer, completion
from scripted_calls import GOOD, Model, call, failing, fault_of, run, with_server

from simulator.llm.assemble import Stack, chat_model
from simulator.llm.port import Answer, Call, ChatModel, FailureKind
from simulator.llm.settings import LLMSettings

pytestmark = pytest.mark.usefixtures("keyed")


def test_replaying_needs_neither_endpoint_nor_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert fault_of(chat_model(LLMSettings(cache="replay-only"))).kind is FailureKind.NOT_CACHED


def test_cache_and_meter_stand_outside_of_everything_else() -> None:
    seen: list[str] = []

    def wrapper(name: str) -> Callable[[ChatModel], ChatModel]:
        class Wrapper:
            def __init__(self, inner: ChatModel) -> None:
                self.inner = inner

            async def ask(self, question: Call) -> Answer:
                seen.append(name)
                return await self.inner.ask(question)

            async def close(self) -> None:
                seen.append(f"{name} closed")
                await self.inner.close()

        return Wrapper

    async def act() -> None:
        model = Model(lambda n, _: failing(FailureKind.EMPTY) if n == 1 else None)
        stack = chat_model(LLMSettings(), model=model, cache=wrapper("cache"), meter=wrapper("meter"))
        await stack.ask(call())
        await stack.close()
        assert len(model.asked) == 2 and stack.wall_s() >= 0

    run(act())
    assert seen == ["meter", "cache", "meter closed", "cache closed"]


def test_the_key_is_in_no_file_that_a_stack_leaves(tmp_path: Path) -> None:
    async def act(_: ReplyingServer, stack: Stack) -> None:
        await stack.ask(call())

    with_server(completion(GOOD), act)
    files = [Path(folder) / name for folder, _, names in os.walk(tmp_path) for name in names]
    assert files and not any(b"SECRET" in file.read_bytes() for file in files)
