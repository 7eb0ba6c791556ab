"""What is known of a crowd, counted by where it comes from."""

from __future__ import annotations

from typing import Any

from personas.known import TRAITS, what_is_known
from personas.schema import Persona


def persona(persona_id: str, **fields: Any) -> Persona:
    return Persona.model_validate({"id": persona_id, **fields})


def test_people_are_counted_by_origin_and_confidence_is_the_mean_of_what_was_inferred() -> None:
    inferred = {"how": "inferred", "confidence": 0.9}
    found = what_is_known(
        [
            persona("a", behaviour={"patience": 0.2}, origins={"behaviour.patience": inferred}),
            persona("b", behaviour={"patience": 0.2}, origins={"behaviour": {"how": "inferred", "confidence": 0.5}}),
            persona("c", behaviour={"patience": 0.2}, origins={"behaviour": "inferred"}),
            persona("d", behaviour={"patience": 0.2}, origins={"behaviour": "sampled"}),
            persona("e", behaviour={"patience": 0.2}),
            persona("f", personality={"openness": 0.2}),
        ]
    )
    assert found["patience"] == {"stated": 1, "inferred": 3, "sampled": 1, "unknown": 1, "confidence": 0.7}
    assert found["openness"] == {"stated": 1, "inferred": 0, "sampled": 0, "unknown": 5, "confidence": None}
    assert tuple(found) == TRAITS and len(TRAITS) == 18
