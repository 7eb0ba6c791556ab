"""What personas tell of the people of a log is found, and what they rightly say is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from persona_worlds import shop

from personas.estimation.examples import CROWD
from personas.files import library
from personas.inference import infer
from personas.schema import Persona
from simulator.records import SplitLog
from simulator.studies.persona_checks import privacy as module
from simulator.studies.persona_checks.setting import Setting

INFERRED = {"how": "inferred", "confidence": 0.9, "evidence": "40 interactions in 9 visits"}


@lru_cache(maxsize=1)
def _sample() -> SplitLog:
    return Setting(personas=()).split


def checked(*people: dict[str, Any] | Persona, split: SplitLog | None = None) -> dict[str, Any]:
    cast = [one if isinstance(one, Persona) else Persona.model_validate({"id": "somebody", **one}) for one in people]
    setting = Setting(personas=cast)
    setting.__dict__["split"] = split or shop()
    return module.privacy(setting)


def fields(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["severity"], one["field"]) for one in found["findings"]]


def numbered(ids: Sequence[str]) -> SplitLog:
    """The shop, its first people under these ids."""
    split = shop()
    names = np.array([*ids, *(f"other{n}" for n in range(split.log.n_users - len(ids)))])
    return replace(split, log=replace(split.log, user_ids=names))


def test_the_library_and_people_inferred_from_the_sample_leak_nobody() -> None:
    split = _sample()
    found = checked(*library(), *infer(split.known, rows=range(150)), split=split)
    assert (found["errors"], found["warnings"], found["findings"]) == (0, 0, [])
    assert (found["personas"], found["inferred"]) == (len(library()) + 150, 150)
    assert found["smallest_group"] >= CROWD


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"backstory": "She is the one they call u17."}, "backstory"),
        ({"goals": ["rest", "do as (U17) did"]}, "goals.1"),
        ({"changes": [{"from_day": 3, "because": "u17 moved", "goals": ["rest"]}]}, "changes.0.because"),
        ({"origins": {"behaviour": {"how": "stated", "evidence": "row u17"}}}, "origins.behaviour.evidence"),
        ({"id": "clone-u17"}, "id"),
        ({"id": "u17"}, "id"),
    ],
)
def test_an_id_of_the_log_is_found_wherever_it_stands(part: dict[str, Any], field: str) -> None:
    found = checked(part)
    assert fields(found) == [("error", field)]
    assert "'u17'" in found["findings"][0]["what"]


def test_a_part_of_a_word_is_no_id() -> None:
    assert checked({"backstory": "Flies the su17 and the u1799 to Menu17a."})["findings"] == []


def test_short_numbers_are_ids_only_where_they_are_called_so() -> None:
    split = numbered(["41", "1994", "61234"])
    said = {"identity": {"age": 41}, "backstory": "At 41 she saw, in 1994, what 41 others saw. Lives at no. 1994."}
    assert checked(said, split=split)["findings"] == []
    for text in ("Made from user 1994.", "user_id: 41", "MovieLens user #41 as he is", "see 61234"):
        assert fields(checked({"backstory": text}, split=split)) == [("error", "backstory")], text
    for name in ("41", "user-1994"):
        assert fields(checked({"id": name}, split=split)) == [("error", "id")], name


def test_an_id_that_may_be_an_ordinary_word_is_a_warning_and_one_of_several_words_is_found() -> None:
    split = numbered(["harbour", "the", "Ann 3 Lee"])
    assert fields(checked({"backstory": "the Harbour at night"}, split=split)) == [("warning", "backstory")]
    assert fields(checked({"backstory": "Met Ann 3  Lee, once."}, split=split)) == [("error", "backstory")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to ngozi.o@mail.example", "email"),
        ("call +44 113 496 0000 after nine", "number"),
        ("read https://example.org/me", "address"),
        ("follow @ngozi_o", "handle"),
    ],
)
def test_direct_identifiers_are_found_and_not_repeated(text: str, kind: str) -> None:
    (finding,) = checked({"speaking_style": text})["findings"]
    assert (finding["severity"], finding["field"]) == ("error", "speaking_style")
    assert kind in finding["what"] and text.split()[-1] not in finding["what"]


def test_what_was_taken_out_already_and_what_the_catalogue_says_are_no_leak() -> None:
    assert checked({"backstory": "write to (email removed) or [number removed]"})["findings"] == []
    split = shop()
    items = (replace(split.catalog[0], title="u17.com"), *list(split.catalog)[1:])
    renamed = replace(split, log=replace(split.log, catalog=type(split.catalog)(items)))
    said = {"tastes": {"examples": {"liked": ["u17.com"]}}}
    assert checked(said, split=renamed)["findings"] == []
    assert len(checked(said)["findings"]) == 2


def _titles(split: SplitLog, few: bool) -> tuple[list[str], int]:
    """Two titles that few (1 to 9) or many people chose both, and how many."""
    matrix = split.log.matrix().toarray() > 0
    for one in range(matrix.shape[1]):
        for other in range(one):
            both = int((matrix[:, one] & matrix[:, other]).sum())
            if (0 < both < CROWD) if few else both >= CROWD:
                return [split.catalog[one].title, split.catalog[other].title], both
    raise AssertionError("the shop has no such titles")


def test_titles_that_few_people_chose_all_of_single_an_inferred_persona_out() -> None:
    few, n = _titles(shop(), few=True)
    many, m = _titles(shop(), few=False)
    origins = {"origins": {"tastes": INFERRED}}
    found = checked({"tastes": {"examples": {"liked": [few[0].upper()], "disliked": few[1:]}}, **origins})
    assert fields(found) == [("error", "tastes.examples")] and found["smallest_group"] == n
    found = checked({"tastes": {"examples": {"liked": many}}, **origins})
    assert found["findings"] == [] and found["smallest_group"] == m
    stated = checked({"tastes": {"examples": {"liked": few}}})
    assert stated["findings"] == [] and stated["smallest_group"] is None
    assert checked({"tastes": {"examples": {"liked": ["Elsewhere"]}}, **origins})["smallest_group"] is None


def test_an_inferred_trait_says_what_it_rests_on_and_how_much_of_it() -> None:
    def with_evidence(evidence: str | None) -> list[tuple[str, str]]:
        origin = {"how": "inferred", "confidence": 0.5} | ({"evidence": evidence} if evidence else {})
        return fields(checked({"behaviour": {"patience": 0.3}, "origins": {"behaviour": origin}}))

    assert with_evidence("31 visits") == with_evidence("1,240 ratings and 3 clicks") == []
    assert with_evidence(None) == [("error", "behaviour.patience")]
    assert with_evidence("the bracket 25-34") == with_evidence("a guess") == [("warning", "behaviour.patience")]
    unset = checked({"behaviour": {"conformity": 0.2}, "origins": {"behaviour.patience": {"how": "inferred"}}})
    assert unset["findings"] == [], "what is not there needs no evidence"


def test_an_age_of_the_log_to_the_year_is_a_warning_and_the_middle_of_a_bracket_is_not() -> None:
    def of(origins: dict[str, Any]) -> list[tuple[str, str]]:
        return fields(checked({"identity": {"age": 34}, "behaviour": {"patience": 0.2}, "origins": origins}))

    exact = [("warning", "identity.age")]
    log = {"how": "stated", "evidence": "facts that came with the log"}
    assert of({"identity.age": INFERRED}) == exact
    assert of({"behaviour": INFERRED, "identity": log}) == exact
    assert of({"identity": log, "identity.age": {"how": "inferred", "evidence": "the bracket 25-44"}}) == []
    assert of({"behaviour": INFERRED}) == [], "a person's own statement is theirs"


def test_errors_come_before_warnings_and_all_are_counted() -> None:
    warned = {"identity": {"age": 34}, "origins": {"identity.age": INFERRED}}
    people = [{"id": f"w{n}", **warned} for n in range(module.FIRST + 5)]
    found = checked(*people, {"backstory": "u17"})
    assert (found["errors"], found["warnings"], len(found["findings"])) == (1, module.FIRST + 5, module.FIRST)
    assert found["findings"][0]["persona"] == "somebody"
