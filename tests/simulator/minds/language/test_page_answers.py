"""Answers about pages: whatever a model says within the shape is taken, kept within bounds, and counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.llm.schema import strict_schema
from simulator.minds.language.answers import Said, page_answer, read
from simulator.turn import Action


def answer(**changes: Any) -> dict[str, Any]:
    slot = {"want": 7, "rating": 4, "why": "loves noir"}
    return {
        "i1": slot,
        "i2": slot | {"want": 2},
        "feeling": "fine",
        "mood": 1,
        "satisfaction": 4,
        "open": ["i1"],
        "act": "next",
        "words": "",
        "because": "more to see",
        "exit": 7,
        "exit_why": "good films",
    } | changes


def said(first_page: bool = False, **changes: Any) -> Said:
    return read(page_answer(2).model_validate_json(json.dumps(answer(**changes))), 2, first_page=first_page)


def test_a_plain_answer_is_read_as_it_stands() -> None:
    plain = said()
    assert plain.want == (7, 2) and plain.rating == (4, 4) and plain.open == {0} and plain.mood == 0.5
    assert plain.action == Action.NEXT_PAGE and plain.argument is None and plain.note is None and plain.corrected == 0


@given(
    want=st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False), st.just("8"), st.just("8.0")),
    mood=st.integers(-100, 100),
    exit_score=st.floats(-1e9, 1e9),
)
def test_numbers_out_of_range_are_clipped_and_never_refused(want: Any, mood: int, exit_score: float) -> None:
    told = said(i1={"want": want, "rating": 99, "why": ""}, mood=mood, exit=exit_score)
    assert 0 <= told.want[0] <= 10 and told.rating[0] == 5 and -1 <= told.mood <= 1 and 1 <= told.interview <= 10
    assert told.corrected >= 1


@given(act=st.text(max_size=12), words=st.text(max_size=200), opened=st.lists(st.text(max_size=4), max_size=5))
def test_whatever_is_said_of_acts_words_and_slots_an_act_comes_of_it(act: str, words: str, opened: list[str]) -> None:
    told = said(act=act, words=words, open=opened, feeling=words, because=words)
    assert (told.argument is not None) == (told.action in (Action.SEARCH, Action.INSTRUCT))
    for text in (told.argument or "", told.feeling, told.because):
        assert len(text) <= 80 and all(letter.isprintable() for letter in text)
    assert told.open <= {0, 1}


def test_acts_that_cannot_be_are_the_next_page_and_counted() -> None:
    for impossible in ({"act": "search"}, {"act": "instruct", "words": " "}, {"act": "previous", "first_page": True}):
        told = said(**impossible)
        assert told.action == Action.NEXT_PAGE and told.corrected == 1
    told = said(act=" Search ", words="noir")
    assert told.action == Action.SEARCH and told.argument == "noir" and told.corrected == 0
    assert said(act="previous").action == Action.PREVIOUS_PAGE
    assert said(open=["i1", "i9"]).corrected == 1


def test_long_reasons_are_cut_and_not_refused() -> None:
    assert len(said(i1={"want": 1, "rating": 1, "why": "x" * 5000}).why[0]) == 60


@pytest.mark.parametrize(
    "changes",
    [{"i2": None}, {"mood": "great"}, {"i1": {"want": 3, "rating": 3}}, {"feeling": 3}, {"mood": float("nan")}],
)
def test_what_the_shape_does_not_allow_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        page_answer(2).model_validate_json(json.dumps(answer(**changes)))


def test_a_missing_slot_is_refused_so_no_item_goes_without_an_appraisal() -> None:
    told = answer()
    del told["i2"]
    with pytest.raises(ValidationError):
        page_answer(2).model_validate(told)


@pytest.mark.parametrize(("brief", "notes"), [(False, False), (True, False), (False, True)])
def test_the_schema_requires_one_object_a_slot_and_bounds_every_number(brief: bool, notes: bool) -> None:
    schema = strict_schema(page_answer(12, brief=brief, notes=notes))
    names = list(schema["properties"])
    assert schema["required"] == names and schema["additionalProperties"] is False
    assert [name for name in names if name.startswith("i")] == [f"i{j}" for j in range(1, 13)]
    assert schema["properties"]["i3"]["properties"]["want"] == {"type": "integer", "minimum": 0, "maximum": 10}
    assert schema["properties"]["open"]["items"]["enum"] == [f"i{j}" for j in range(1, 13)]
    assert schema["properties"]["act"]["enum"] == ["next", "previous", "search", "instruct", "leave"]
    assert (names[0] == "thinking") == brief and (names[-1] == "note") == notes


def test_models_of_answers_are_made_once_a_shape() -> None:
    assert page_answer(5) is page_answer(5) and page_answer(5) is not page_answer(6)
