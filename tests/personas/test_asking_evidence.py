"""What is told, and what is held back: by the person's own scale, apart, and beside things as popular."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from persona_answerer import evidence, shelf, things
from scipy.stats import ttest_1samp

from personas.asking import Evidence, Seen, Shelf, Thing
from personas.asking.asker import Asker
from personas.asking.differences import Difference, correlation
from personas.asking.evidence import cuts
from personas.asking.exams import Exam, hold_back
from personas.asking.shelf import BAND
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.randomness import keys_of

LLM = LLMSettings(model="scripted")


def asker(person_id: str = "ann", seed: int = 0) -> Asker:
    return Asker(model=ScriptedModel(LLM), llm=LLM, seed=seed, person_id=person_id)


def exam_of(known: Evidence, person_id: str = "ann", **changes: Any) -> Exam | None:
    given: dict[str, Any] = {"told": 50, "held_back": 12, "others": 1, "on_one_page": True} | changes
    return hold_back(asker(person_id), known, changes.pop("shop", None) or shelf(), "match", **given)


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([1] * 6 + [2] * 11 + [3] * 26 + [4] * 35 + [5] * 22, (3, 4)),  # as most people: SimUSER's cuts
        ([3] * 5 + [4] * 25 + [5] * 70, (4, 5)),  # gives nothing below 3
        ([1] * 25 + [2] * 30 + [3] * 25 + [4] * 15 + [5] * 5, (2, 3)),  # hard to please
        ([2] * 6 + [4] * 11 + [6] * 26 + [8] * 35 + [10] * 22, (6, 8)),  # another scale
        ([3.5] * 9, (3.5, 3.5)),  # everything alike: all of it is liked, none disliked
    ],
)
def test_liked_and_disliked_are_by_the_persons_own_use_of_the_scale(ratings: list[float], expected: Any) -> None:
    assert cuts(ratings) == expected


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), min_size=1, max_size=60))
def test_nobody_likes_and_dislikes_the_same_rating_and_everybody_likes_something(ratings: list[float]) -> None:
    known = Evidence(seen=tuple(Seen(thing=Thing(item_id=str(n), title=""), rating=r) for n, r in enumerate(ratings)))
    assert not any(known.likes(one) and known.dislikes(one) for one in known.seen)
    assert any(known.likes(one) for one in known.seen)


def test_what_was_chosen_and_not_rated_is_liked() -> None:
    ratings = (None, 2.0, 3.0, 3.0, 4.0, 5.0)
    known = Evidence(seen=tuple(Seen(thing=thing, rating=one) for thing, one in zip(things(), ratings, strict=False)))
    told = ["liked", "disliked", "found middling", "found middling", "liked", "liked"]
    assert [known.told(one) for one in known.seen] == told
    assert Evidence(seen=known.seen[:1]).told(known.seen[0]) == "liked"


def test_nothing_that_is_asked_about_was_told_and_nothing_stands_twice() -> None:
    exam = exam_of(evidence("Noir"), others=2)
    assert exam is not None
    own = [question.own.thing.item_id for question in exam.questions]
    others = [thing.item_id for question in exam.questions for thing in question.others]
    told = [one.thing.item_id for one in exam.told]
    known = {one.thing.item_id for one in evidence("Noir").seen}
    assert len({*own, *others, *told}) == len(own) + len(others) + len(told) == 12 + 24 + 24
    assert {*own, *told} == known and not known & set(others)


def test_others_are_as_popular_as_the_persons_own() -> None:
    shop = Shelf([Thing(item_id=f"m{nth}", title="", chosen_by=1 + nth**2) for nth in range(400)])
    known = Evidence(seen=tuple(Seen(thing=thing) for thing in list(shop)[5::16]))
    exam = hold_back(asker(), known, shop, "match", told=9, held_back=8, others=2, on_one_page=False)
    assert exam is not None and len(exam.questions) == 8
    apart = [
        abs(np.log1p(one.chosen_by) - np.log1p(question.own.thing.chosen_by))
        for question in exam.questions
        for one in question.others
        if question.own.thing.chosen_by > 1000  # below, a fifth holds too few of these
    ]
    assert apart and max(apart) <= BAND
    assert exam.questions[0].others != exam.questions[1].others


def test_a_shelf_that_is_too_small_within_the_band_is_searched_further_and_nobodys_things_are_left_out() -> None:
    shop = Shelf([Thing(item_id=name, title="", chosen_by=n) for name, n in (("a", 5), ("b", 500), ("c", 9), ("d", 0))])
    lot = np.zeros(3, dtype=np.uint64)
    found = shop.matched(Thing(item_id="x", title="", chosen_by=5), {"a"}, 5, lot)
    assert {one.item_id for one in found} == {"b", "c"}


def test_parts_are_the_persons_own_luck_and_depend_on_nobody_else() -> None:
    one, again, other = exam_of(evidence("Noir")), exam_of(evidence("Noir")), exam_of(evidence("Noir"), "bob")
    assert one == again and one != other
    turned = Evidence(seen=evidence("Noir").seen[::-1])
    assert exam_of(turned) is not None and set(exam_of(turned).told) == set(one.told)  # type: ignore[union-attr]


def test_the_last_choices_are_held_back_where_their_order_is_known() -> None:
    seen = evidence("Noir").seen
    exam = exam_of(Evidence(seen=seen, in_time=True), last=True, told=10)
    assert exam is not None
    assert tuple(question.own for question in exam.questions) == seen[-12:] and exam.told == seen[-22:-12]
    lot = exam_of(Evidence(seen=seen), last=True, told=10)
    assert lot is not None and tuple(question.own for question in lot.questions) != seen[-12:]


@pytest.mark.parametrize("n", [0, 3, 11])
def test_a_history_that_is_too_short_has_no_exam(n: int) -> None:
    assert exam_of(Evidence(seen=evidence("Noir").seen[:n])) is None
    assert exam_of(Evidence(seen=evidence("Noir").seen[:12])) is not None


def test_a_difference_is_the_mean_of_pairs_with_its_standard_error() -> None:
    found = Difference.of(np.array([1.0, 2.0, 0.0, 3.0]))
    assert (found.mean, found.n) == (1.5, 4) and found.se == pytest.approx(0.6454972)
    assert (
        found.chance == pytest.approx(ttest_1samp([1, 2, 0, 3], 0, alternative="greater").pvalue)
        and not found.clear(0.05)
        and found.clear(0.06)
    )
    assert Difference.of(np.zeros(5)).chance == 1 and Difference.of(np.ones(5)).chance == 0


def test_where_there_is_no_difference_it_is_seen_as_often_as_the_level_says() -> None:
    luck = np.random.default_rng(1)
    ratings = luck.integers(1, 6, (4000, 12)) - luck.integers(1, 6, (4000, 12))
    assert np.mean([Difference.of(row.astype(float)).clear(0.05) for row in ratings]) == pytest.approx(0.05, abs=0.011)


def test_a_correlation_needs_three_pairs_and_some_spread() -> None:
    assert correlation(np.array([1.0, 2, 3]), np.array([2.0, 4, 6])) == pytest.approx(1)
    assert correlation(np.array([1.0, 2]), np.array([2.0, 4])) is None
    assert correlation(np.array([1.0, 2, 3]), np.array([4.0, 4, 4])) is None


def test_a_lot_is_the_same_for_a_thing_whoever_else_is_there() -> None:
    few, many = keys_of(["a", "b"]), keys_of(["x", "a", "y", "b"])
    assert asker().lot("p", few).tolist() == asker().lot("p", many)[[1, 3]].tolist()
    assert asker().lot("p", few).tolist() != asker(seed=1).lot("p", few).tolist()
