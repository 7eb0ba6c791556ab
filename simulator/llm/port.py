"""The port: one question to a chat model, one schema-bound answer, or one failure with a kind.

Everything that talks to a model does it through `ChatModel`; wrappers and the scripted model are `ChatModel`s too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from pydantic import BaseModel


class FailureKind(StrEnum):
    """Why a call brought no answer. The value is what journal, ledger and summary say."""

    RATE_LIMITED = "rate_limited"
    """429, still after all retries."""
    SERVER_ERROR = "server_error"
    """5xx, or an HTTP answer that is no completion (such as an HTML page), still after all retries."""
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    """Refused, reset or dropped, still after all retries."""
    TRUNCATED = "truncated"
    """`finish_reason` is `length`: the answer was cut."""
    MALFORMED = "malformed"
    """Not JSON."""
    WRONG_SHAPE = "wrong_shape"
    """JSON that the schema refuses."""
    REFUSED = "refused"
    """The model declined, or a content filter did."""
    EMPTY = "empty"
    BAD_REQUEST = "bad_request"
    """4xx that is about this request, such as a context that is too long."""
    NOT_CACHED = "not_cached"
    """`cache: replay-only`, and the answer was not kept."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call consumed, all attempts together. `requests`: how many reached the endpoint."""

    tokens_in: int = 0
    tokens_out: int = 0
    requests: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, self.requests + other.requests
        )


class CallError(Exception):
    """One call failed for good: an outcome of that call, which the failure policy turns into an appraisal.

    `message` is for people: short, cleaned of control characters, without keys. `retry_after_s`: what the endpoint
    asked for. `transient`: whether the same request may succeed later (retry decides by it).
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        usage: Usage = Usage(),
        retry_after_s: float | None = None,
        transient: bool = False,
        partial: str | None = None,
    ) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.message, self.usage = kind, message, usage
        self.retry_after_s, self.transient, self.partial = retry_after_s, transient, partial


class EndpointError(Exception):
    """The endpoint as a whole cannot be used: unreachable, wrong key, unknown model. It stops the run (status 1).

    The message says what was tried, what came back, and the cure; it holds no key.
    """


class BudgetError(Exception):
    """The budget does not cover the worst case of the next turn. It stops the run cleanly (status 3)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. `images`: data URLs or http(s) URLs that stand behind the text (captions only)."""

    role: str
    content: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """One question. Whatever decides the answer is in it."""

    kind: str
    """What it is for: page | reflection | calibration | archetype | caption | deliberation | rerank, or one of
    `personas.asking`."""
    messages: tuple[Message, ...]
    answer: type[BaseModel]
    """Validates the answer; its JSON schema is what the endpoint is asked to keep to."""
    max_tokens: int
    identity: tuple[str | int, ...] = ()
    """Seed, mind, user, turn, page, kind: part of the cache key, so that two people never share an answer by chance.
    Never the arm: pairing would be lost."""
    arm: str = ""
    user_id: str = ""
    turn: int = -1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Sampling parameters beyond those of the settings (rare)."""

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the answer, in the strict form (see `strict_schema`)."""
        from simulator.llm.schema import strict_schema

        return strict_schema(self.answer)

    def asking(self, *more: Message, max_tokens: int | None = None) -> Call:
        """The same call with further messages (repair), or more room."""
        return replace(self, messages=(*self.messages, *more), max_tokens=max_tokens or self.max_tokens)


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What a model said, valid by the call's schema."""

    value: BaseModel
    text: str
    """The JSON text that was validated: what the cache keeps."""
    model: str
    """As the endpoint names it."""
    usage: Usage
    cached: bool = False
    latency_s: float = 0.0


class ChatModel(Protocol):
    """Anything that answers calls. `ask` raises CallError, EndpointError, or BudgetError; never returns nonsense."""

    async def ask(self, call: Call) -> Answer: ...

    async def close(self) -> None: ...
