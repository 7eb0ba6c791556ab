"""Asking a model about one person: the fence around their data, their luck, and calls that have an identity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from simulator.llm.fencing import Fence
from simulator.llm.port import Answer, Call, CallError, ChatModel, Message
from simulator.llm.prompting import Prompt
from simulator.llm.settings import LLMSettings
from simulator.llm.together import all_of
from simulator.randomness import U64, Stream, key_of, keys_of

FOLDER = Path(__file__).parent / "prompts"
VERSIONS = {"match": 1, "backstory": 1, "tournament": 1}
"""The version of each prompt that is in use. A changed prompt is a new file with a new version."""

Admit = Callable[[Sequence[Call]], Awaitable[None]]
"""Told of calls before they are made; returns when they may be, or raises BudgetError."""


@lru_cache
def prompt(name: str) -> Prompt:
    """The prompt of that name in the version that is in use."""
    return Prompt(name, VERSIONS[name], FOLDER)


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Asks `model` about one person. All that it draws is keyed by seed, purpose, person and thing."""

    model: ChatModel
    llm: LLMSettings
    seed: int
    person_id: str
    admit: Admit | None = None

    @cached_property
    def fence(self) -> Fence:
        """The fence around the data in the person's prompts."""
        return Fence.of(self.seed, self.person_id)

    def lot(self, purpose: str, things: U64) -> U64:
        """A draw for each of these keys. Shape as `things`, (n,)."""
        person = np.array([key_of(self.person_id)], dtype=np.uint64)
        draws: U64 = Stream.of(self.seed, "population", f"asking {purpose}").bits(person, 0, things)[0]
        return draws

    def order(self, purpose: str, item_ids: Iterable[str]) -> list[int]:
        """The places of these ids in the order of their lots."""
        places: list[int] = np.argsort(self.lot(purpose, keys_of(item_ids)), kind="stable").tolist()
        return places

    def call(
        self, kind: str, messages: Sequence[tuple[str, str]], answer: type[BaseModel], tokens: int, *which: str | int
    ) -> Call:
        """One question. `messages`: role and content; `tokens`: about what an answer takes; `which`: tells it from the
        other questions of its kind about the same person."""
        return Call(
            kind=kind,
            messages=tuple(Message(role, content) for role, content in messages),
            answer=answer,
            max_tokens=self.llm.room(tokens),
            identity=(self.seed, "personas", self.person_id, kind, *which),
            user_id=self.person_id,
        )

    async def all(self, calls: Sequence[Call]) -> list[Answer | CallError]:
        """What came of each call, all asked at once. Raises EndpointError and BudgetError as the model and `admit`
        do."""
        if self.admit is not None:
            await self.admit(calls)
        answers = await all_of([self._one(call) for call in calls])
        return [answer for answer in answers if answer is not None]

    async def one(self, call: Call) -> Answer | CallError:
        """What came of one call."""
        return (await self.all([call]))[0]

    async def _one(self, call: Call) -> Answer | CallError:
        try:
            return await self.model.ask(call)
        except CallError as error:
            return error


def why_not(error: CallError) -> str:
    """A failed call in words."""
    return f"{error.kind}: {error.message}"
