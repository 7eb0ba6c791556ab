"""Beliefs are revised, not piled up: what agrees with one makes it surer, what contradicts it makes it doubtful.

A reflection is one witness, who is right with probability r = 1/2 + (trust - 1/2) · stated confidence, whether the
belief is true or not. By Bayes' rule a witness for a belief multiplies its odds by r / (1 - r), one against it by
(1 - r) / r, witnesses being independent given the truth. A belief that nobody spoke of yet starts from even odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simulator.memory.embedding import cosine
from simulator.memory.polarity import denies
from simulator.records import UserInputError
from simulator.turn import Thought

Vector = npt.NDArray[np.int8]
LEAST, MOST = 0.02, 0.98
"""Confidences stay within these, so that no belief is beyond revision."""


@dataclass(frozen=True, kw_only=True)
class BeliefLaw:
    """How beliefs are revised. Raises `UserInputError` for values outside the ranges given."""

    trust: float = 0.8
    """How often a reflection that is sure of itself is right, in [0.5, 1). Assumed."""
    agree: float = 0.75
    """Cosine from which two texts speak of the same thing, in (0, 1]. Assumed, for the hashing embedder."""
    floor: float = 0.2
    """Confidence below which a belief is given up, in [0, 0.5)."""

    def __post_init__(self) -> None:
        for name, low, high in (("trust", 0.5, 1.0), ("agree", 0.0, 1.0), ("floor", 0.0, 0.5)):
            if not low <= getattr(self, name) <= high or (name != "agree" and getattr(self, name) == high):
                raise UserInputError(
                    f"memory.revision.{name}: {getattr(self, name)} is out of range; give {low} to {high}"
                )

    def updated(self, confidence: float, stated: float, *, contradicts: bool = False) -> float:
        """Confidence in a belief after one more witness, in [0.02, 0.98]. `stated` is clipped to [0, 1]."""
        right = 0.5 + (self.trust - 0.5) * min(1.0, max(0.0, stated))
        for_it, against = (1.0 - right, right) if contradicts else (right, 1.0 - right)
        posterior = confidence * for_it / (confidence * for_it + (1.0 - confidence) * against)
        return min(MOST, max(LEAST, posterior))

    def first(self, stated: float) -> float:
        """Confidence in a belief that one witness brought: from even odds."""
        return self.updated(0.5, stated)


def importance(confidence: float) -> float:
    """Importance of a belief, 0-1: how far it stands above not knowing, so that what is doubted fades first."""
    return max(0.0, 2.0 * confidence - 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A belief as it stands while a reflection is worked in."""

    id: str
    text: str
    confidence: float
    vector: Vector
    is_new: bool = False
    is_changed: bool = False


def revised(
    held: Sequence[Held], thoughts: Sequence[tuple[Thought, Vector]], fresh_ids: Sequence[str], law: BeliefLaw
) -> tuple[list[Held], list[str]]:
    """The beliefs after these thoughts, in order, and the ids of those given up.

    A thought speaks of the belief that it names, else of the likest one with a cosine of at least `law.agree`; else it
    is a new belief, under the next of `fresh_ids` (one for each thought). Agreement by name takes the new wording. What
    is known by likeness alone contradicts where one text denies and the other does not: "not" changes little of a
    vector. A contradicting thought lowers confidence; where the belief is given up for it, it takes its place. A
    thought that contradicts nothing known, or says nothing, brings nothing but its text.
    """
    now = list(held)
    given_up: list[str] = []
    ids = iter(fresh_ids)
    for thought, vector in thoughts:
        at = _subject(now, thought, vector, law.agree)
        if at is not None:
            old = now[at]
            named = old.id == thought.revises
            against = thought.contradicts or (not named and denies(old.text) != denies(thought.text))
            confidence = law.updated(old.confidence, thought.confidence, contradicts=against)
            if confidence >= law.floor:
                reworded = named and not against and bool(thought.text)
                text, likeness = (thought.text, vector) if reworded else (old.text, old.vector)
                now[at] = replace(old, text=text, vector=likeness, confidence=confidence, is_changed=True)
                continue
            del now[at]
            if not old.is_new:
                given_up.append(old.id)
        if thought.text:
            now.append(Held(next(ids), thought.text, law.first(thought.confidence), vector, is_new=True))
    return now, given_up


def _subject(held: Sequence[Held], thought: Thought, vector: Vector, agree: float) -> int | None:
    """Place of the belief that a thought speaks of."""
    if not held:
        return None
    named = next((at for at, one in enumerate(held) if one.id == thought.revises), None)
    if named is not None:
        return named
    likeness = cosine(np.stack([one.vector for one in held])[None], vector[None])[0]
    likest = int(np.argmax(likeness))
    return likest if likeness[likest] >= agree else None
