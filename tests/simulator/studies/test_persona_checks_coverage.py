"""How much is known of a collection, and where the rest comes from."""

from __future__ import annotations

from personas.files import library, of_mapping
from personas.traits import BEHAVIOURAL, BIG_FIVE
from simulator.studies.persona_checks.coverage import coverage


def test_what_is_not_given_is_derived_where_something_lets_expect_it_and_else_drawn() -> None:
    open_person = of_mapping({"id": "a", "personality": {"openness": 0.9}, "behaviour": {"patience": 0.5}}, "made")
    typed = of_mapping({"id": "b", "personality": {"mbti": "INFP"}, "backstory": "A life."}, "made")
    nobody = of_mapping({"id": "c"}, "made")
    found = coverage([open_person, typed, nobody])["traits"]
    assert found["novelty_seeking"] | {"confidence": None} == {
        "stated": 0, "inferred": 0, "sampled": 0, "unknown": 0, "confidence": None, "derived": 2, "drawn": 1,
    }  # fmt: skip
    assert (found["patience"]["stated"], found["patience"]["derived"], found["patience"]["drawn"]) == (1, 1, 1)
    assert (found["openness"]["stated"], found["openness"]["derived"], found["openness"]["unknown"]) == (1, 1, 1)
    assert all(sum(row[how] for how in row if how != "confidence") == 3 for row in found.values())


def test_parts_that_are_said_are_counted() -> None:
    found = coverage(library())
    assert found["people"] == 24 and found["parts"]["identity"] == 24 and 0 < found["parts"]["changes"] < 24
    assert set(found["traits"]) == {*BIG_FIVE, *(trait.name for trait in BEHAVIOURAL)}
    child = of_mapping({"id": "kid", "identity": {"age": 12}}, "made")
    assert coverage([child])["minors"] == 1 and coverage([child])["parts"]["backstory"] == 0
