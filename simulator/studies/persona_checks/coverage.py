"""How much is known of the people of a collection, and where the rest will come from when they live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from personas import links
from personas.known import what_is_known
from personas.schema import Persona
from personas.traits import BEHAVIOURAL, BIG_FIVE

PARTS = (
    "identity",
    "personality",
    "behaviour",
    "ratings",
    "tastes",
    "routines",
    "instructions",
    "goals",
    "backstory",
    "speaking_style",
    "vulnerabilities",
    "changes",
)


def coverage(personas: Sequence[Persona]) -> dict[str, Any]:
    """`people`; `traits`: of how many people each is `stated`, `inferred`, `sampled`, of the others `derived` (what is
    said of them lets expect something: `personas.links`, or a stated MBTI type), `drawn` (chance alone) or, of the Big
    Five, `unknown`; with the mean `confidence` of what was inferred. `parts`: how many say anything of each part, and
    `minors`. JSON-able."""
    derived = dict.fromkeys((*BIG_FIVE, *(trait.name for trait in BEHAVIOURAL)), 0)
    for persona in personas:
        for name in links.derived(persona):
            derived[name] += 1
        if persona.personality.mbti is not None:
            for name in BIG_FIVE:
                derived[name] += getattr(persona.personality, name) is None
    traits = {}
    for name, row in what_is_known(personas).items():
        rest = row["unknown"] - derived[name]
        behavioural = name not in BIG_FIVE
        traits[name] = {
            **row,
            "derived": derived[name],
            "drawn": rest if behavioural else 0,
            "unknown": 0 if behavioural else rest,
        }
    blank = Persona(id="blank")
    said = {part: sum(getattr(one, part) != getattr(blank, part) for one in personas) for part in PARTS}
    return {
        "people": len(personas),
        "traits": traits,
        "parts": said,
        "minors": sum(one.is_minor for one in personas),
    }
