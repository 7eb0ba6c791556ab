"""How much is known of a crowd: for each trait, of how many people it is known, from where, and how surely."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from personas.schema import How, Persona
from personas.standing import given
from personas.traits import BEHAVIOURAL, BIG_FIVE

TRAITS = (*BIG_FIVE, *(trait.name for trait in BEHAVIOURAL))


def what_is_known(people: Iterable[Persona]) -> dict[str, dict[str, Any]]:
    """By trait, as plain values: how many people's value was `stated`, `inferred` and `sampled`, of how many it is
    `unknown`, and the mean `confidence` of what was inferred (None where nothing was, or none is said)."""
    counts = {name: dict.fromkeys((*get_args(How), "unknown"), 0) for name in TRAITS}
    sure: dict[str, list[float]] = {name: [] for name in TRAITS}
    for person in people:
        values = given(person)
        for name in TRAITS:
            if name not in values:
                counts[name]["unknown"] += 1
                continue
            origin = person.origin(f"{'personality' if name in BIG_FIVE else 'behaviour'}.{name}")
            counts[name][origin.how] += 1
            if origin.how == "inferred" and origin.confidence is not None:
                sure[name].append(origin.confidence)
    return {
        name: {**counts[name], "confidence": round(sum(sure[name]) / len(sure[name]), 4) if sure[name] else None}
        for name in TRAITS
    }
