"""The person as they are now, in values: taken in the session's thread, so that a screen never waits for a life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.studies.solo.life import Life
    from simulator.studies.solo.lived import Condition

MEMORIES = 5
"""Memories that a portrait holds."""


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """One person at one moment."""

    name: str
    now: Condition
    before: Condition
    """Before the last page; before the first, the same as `now`."""
    intent: str
    memories: tuple[tuple[str, float], ...]
    """The strongest: text, and strength 0-1."""
    traits: Mapping[str, float]
    """In standard deviations from the average person."""
    first_traits: Mapping[str, float]
    """As they were when the person was met."""
    branch: str
    pages: int


def portrait(life: Life, first_traits: Mapping[str, float], branch: str) -> Portrait:
    """Of the person of a life."""
    return Portrait(
        name=life.name,
        now=life.now,
        before=life.turns[-1].before if life.turns else life.now,
        intent=life.intent(),
        memories=tuple(life.strongest_memories(MEMORIES)),
        traits=dict(life.traits),
        first_traits=first_traits,
        branch=branch,
        pages=len(life.turns),
    )
