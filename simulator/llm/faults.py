"""A script of faults: which requests fail, and how. The same request always meets the same fate."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.llm.port import FailureKind, Message
from simulator.llm.scripted_prompt import before_answers
from simulator.records import UserInputError

KINDS = tuple(kind for kind in FailureKind if kind not in (FailureKind.NOT_CACHED, FailureKind.BAD_REQUEST))
"""What may be scripted: everything that a good request can meet."""


@dataclass(frozen=True, slots=True)
class Faults:
    """`rate`: share of requests that fail; `kinds`: in which ways, equally often; `seed`: which requests."""

    rate: float = 0.0
    kinds: tuple[FailureKind, ...] = KINDS
    seed: int = 0

    def fate(self, messages: Sequence[Message]) -> FailureKind | None:
        """The failure that these messages meet, or None.

        Decided by the bytes before the first answer that is quoted back, so that a repair meets what it repairs.
        """
        if not self.rate:
            return None
        digest = hashlib.blake2b(str(self.seed).encode(), digest_size=16)
        for message in before_answers(messages):
            digest.update(f"\0{message.role}\0{message.content}".encode(errors="replace"))
        luck = digest.digest()
        if int.from_bytes(luck[:8], "big") >= self.rate * 2**64:
            return None
        return self.kinds[int.from_bytes(luck[8:], "big") % len(self.kinds)]


def faults_of(settings: Mapping[str, Any]) -> Faults:
    """The script in a scenario's `llm.faults`. Raises UserInputError for anything that it cannot mean."""
    unknown = sorted(set(settings) - {"rate", "kinds", "seed"})
    if unknown:
        raise UserInputError(f"llm.faults: {unknown[0]!r} is no field of it. It takes rate, kinds and seed")
    rate, kinds, seed = settings.get("rate", 0.0), settings.get("kinds", KINDS), settings.get("seed", 0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise UserInputError(f"llm.faults.rate: {rate!r} is no share. Give a number from 0 to 1")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise UserInputError(f"llm.faults.seed: {seed!r} is not a whole number")
    if isinstance(kinds, str) or not isinstance(kinds, Sequence) or not kinds:
        raise UserInputError("llm.faults.kinds: give a list of at least one kind, such as [timeout, malformed]")
    for kind in kinds:
        if kind not in KINDS:
            raise UserInputError(f"llm.faults.kinds: {kind!r} is not one of {', '.join(KINDS)}")
    return Faults(float(rate), tuple(FailureKind(kind) for kind in kinds), seed)
