"""What differs between two personas, and where one stands among people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from personas.differences import differences, same
from personas.schema import Persona
from personas.standing import given, standing


def persona(persona_id: str, **fields: Any) -> Persona:
    return Persona.model_validate({"id": persona_id, **fields})


def test_ordinary_people_stand_at_zero_on_every_scale() -> None:
    assert standing("patience", 0.5) == pytest.approx(0.0)
    assert standing("activity", 1.2) == pytest.approx(0.0)
    assert standing("openness", 0.72691) == pytest.approx(0.0)
    assert standing("patience", 0.8413447) == pytest.approx(1.0, abs=1e-6)
    assert standing("neuroticism", 0.52431 + 0.21649) == pytest.approx(1.0)
    assert (standing("patience", 1.0), standing("activity", 100.0), standing("openness", 0.0)) == (2.5, 2.5, -2.5)


def test_only_traits_with_a_value_are_given() -> None:
    assert given(persona("a", personality={"openness": 0.5}, behaviour={"activity": 3})) == {
        "openness": 0.5,
        "activity": 3.0,
    }


def test_traits_are_apart_by_standard_deviations_of_people_b_minus_a() -> None:
    a = persona("a", behaviour={"patience": 0.5, "pickiness": 0.3, "activity": 1.2})
    b = persona("b", behaviour={"patience": 0.8413447, "conformity": 0.2, "activity": 1.2})
    traits = differences(a, b)["traits"]
    assert traits["patience"] == {"a": 0.5, "b": 0.8413447, "sd": 1.0}
    assert traits["pickiness"] == {"a": 0.3, "b": None, "sd": None}
    assert traits["conformity"] == {"a": None, "b": 0.2, "sd": None}
    assert traits["activity"]["sd"] == 0.0


def test_tastes_tell_what_only_one_has_whatever_the_case() -> None:
    a = persona("a", tastes={"genres": {"liked": ["Drama", "Comedy"]}, "themes": {"disliked": ["war"]}})
    b = persona("b", tastes={"genres": {"liked": ["comedy", "Crime"]}, "themes": {"disliked": ["war"]}})
    assert differences(a, b)["tastes"] == {"genres": {"liked": {"only_a": ["Drama"], "only_b": ["Crime"]}}}


def test_an_order_of_preference_is_a_difference() -> None:
    a, b = (persona("a", tastes={"genres": {"liked": order}}) for order in (["Drama", "Comedy"], ["Comedy", "Drama"]))
    found = differences(a, b)
    assert found["tastes"] == {} and not same(found)
    assert found["other"] == [{"part": "tastes.genres.liked", "a": ["Drama", "Comedy"], "b": ["Comedy", "Drama"]}]


def test_lists_tell_what_stands_only_in_one_and_all_else_is_told_whole() -> None:
    both = {"text": "Hello."}
    a = persona(
        "a", instructions=[both, {"text": "No."}], backstory="Old.", personality={"mbti": "INFP"}, goals=["x", "y"]
    )
    b = persona("b", instructions=[both], backstory="New.", identity={"age": 9}, goals=["y", "x"])
    found = differences(a, b)
    assert found["identity"] == {"age": {"a": None, "b": 9}}
    assert found["other"] == [
        {"part": "mbti", "a": "INFP", "b": None},
        {"part": "instructions", "a": [{"text": "No."}], "b": []},
        {"part": "goals", "a": ["x", "y"], "b": ["y", "x"]},
        {"part": "backstory", "a": "Old.", "b": "New."},
    ]


def test_people_who_differ_in_their_id_alone_are_the_same() -> None:
    a = persona("a", behaviour={"patience": 0.3}, origins={"behaviour": "sampled"})
    assert same(differences(a, a.model_copy(update={"id": "b"})))
    assert not same(differences(a, persona("a", behaviour={"patience": 0.3})))


def test_the_document_is_plain() -> None:
    changing = persona(
        "a", changes=[{"from_day": 2, "behaviour": {"patience": 0.1}}], ratings={"shares": [0, 0, 0, 0, 1]}
    )
    json.dumps(differences(changing, persona("b")), allow_nan=False)
