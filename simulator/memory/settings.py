"""What a scenario says under `memory`, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simulator.memory.beliefs import BeliefLaw
from simulator.memory.forgetting import ForgettingLaw
from simulator.memory.retrieval import Weights
from simulator.records import UserInputError

MemoryKind = Literal["none", "episodic"]
MEMORY_KINDS: tuple[MemoryKind, ...] = ("none", "episodic")
EmbeddingKind = Literal["hashing", "endpoint"]
EMBEDDING_KINDS: tuple[EmbeddingKind, ...] = ("hashing", "endpoint")


@dataclass(frozen=True, kw_only=True)
class ReflectionLevels:
    """When people think about what they lived; each level can be switched off."""

    page: bool = True
    """The note that rides in the answer about a page becomes a belief. Costs no call of its own."""
    session: bool = True
    """At the end of a visit, once enough importance has gathered. One call."""
    span: bool = True
    """At the end of every `span_sessions`-th visit, about all of them together. One call, in place of the session's."""


@dataclass(frozen=True, kw_only=True)
class MemorySettings:
    """How people remember. Raises `UserInputError` where a value cannot be."""

    kind: MemoryKind = "none"
    k: int = 5
    """Memories that come to mind in front of a page."""
    weights: Weights = field(default_factory=Weights)
    cap: int = 64
    """Most memories of one person, beliefs included."""
    decay: float = 0.5
    """Exponent of the power law of recency: ACT-R's default (Anderson & Lebiere 1998). 0: age does not matter."""
    forgetting: ForgettingLaw = field(default_factory=ForgettingLaw)
    revision: BeliefLaw = field(default_factory=BeliefLaw)
    reflection: ReflectionLevels = field(default_factory=ReflectionLevels)
    reflection_threshold: float = 1.5
    """Importance, summed over episodes since the last reflection, from which a session is worth one. Assumed: about
    four ordinary choices."""
    span_sessions: int = 5
    graph: bool = True
    """Whether items never seen are likened to known ones."""
    embedding: EmbeddingKind = "hashing"
    embedding_model: str = "text-embedding-3-small"
    """Of `endpoint`."""

    def __post_init__(self) -> None:
        _choice("kind", self.kind, MEMORY_KINDS)
        _choice("embedding", self.embedding, EMBEDDING_KINDS)
        _at_least("k", self.k, 0)
        _at_least("cap", self.cap, 1)
        _at_least("decay", self.decay, 0)
        _at_least("reflection_threshold", self.reflection_threshold, 0)
        _at_least("span_sessions", self.span_sessions, 1)


def _at_least(field: str, value: float, least: float) -> None:
    if not value >= least:
        raise UserInputError(f"memory.{field}: {value} is too small; give {least} or more")


def _choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UserInputError(f"memory.{field}: {value!r} is not known; choose one of {', '.join(choices)}")
