"""What the statistical mind says about a page."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from counting import calls_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.minds.loop import drive
from simulator.minds.stack import NAMED, TasteStack
from simulator.minds.statistical import StatisticalMind, mood
from simulator.population import Population, from_log
from simulator.records import SplitLog
from simulator.turn import Appraisal, AppraisedBy, Scene


@pytest.fixture(scope="module")
def mind(stack: TasteStack, people: Population) -> StatisticalMind:
    return stack.block(people).mind(NAMED, seed=3)


def pages(n: int = 400, k: int = 10, n_items: int = 150) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(n, dtype=np.int32)
    items = np.random.default_rng(2).integers(0, n_items, (n, k)).astype(np.int32)
    items[::7, -1] = -1
    return rows, items


def judged(mind: StatisticalMind, rows: np.ndarray, items: np.ndarray) -> Appraisal:
    return mind.judge(rows, items, items >= 0)


def test_a_scene_is_appraised_as_its_parts_are(mind: StatisticalMind, people: Population) -> None:
    rows, items = pages()
    scene = Scene(
        people=people,
        state=SimpleNamespace(),
        rows=rows,
        keys=people.keys[rows],
        turn=2,
        items=items,
        noticed=items >= 0,
        page=np.zeros(400, dtype=np.int32),
        session=np.zeros(400, dtype=np.int32),
    )
    whole = drive(mind.appraise(scene))
    for some in (np.array([5]), np.arange(100, 117), np.arange(0, 400, 3)):
        part = judged(mind, rows[some], items[some])
        for name in ("want", "taste", "rating", "mood", "source"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[some])


def test_values_are_finite_and_of_the_right_kind(mind: StatisticalMind) -> None:
    rows, items = pages()
    said = judged(mind, rows, items)
    for name in ("want", "taste", "rating", "mood"):
        assert getattr(said, name).dtype == np.float32
    assert np.isfinite(said.want).all() and np.isfinite(said.rating).all()
    assert (said.source == AppraisedBy.STATISTICAL).all()
    assert said.rating[items >= 0].min() > 0 and said.rating[items >= 0].max() < 6


def test_taste_is_undefined_at_empty_places_and_for_what_the_person_has(mind: StatisticalMind, parts: SplitLog) -> None:
    rows, items = pages()
    known = parts.known.matrix().toarray()[rows[:, None], np.maximum(items, 0)] > 0
    np.testing.assert_array_equal(np.isnan(judged(mind, rows, items).taste), known | (items < 0))


def test_the_same_item_is_wanted_alike_on_every_page(mind: StatisticalMind) -> None:
    rows, items = pages()
    turned = np.ascontiguousarray(items[:, ::-1])
    np.testing.assert_array_equal(judged(mind, rows, turned).want[:, ::-1], judged(mind, rows, items).want)


def test_another_seed_has_other_wants_and_the_same_taste(stack: TasteStack, people: Population) -> None:
    rows, items = pages()
    one, two = (judged(stack.block(people).mind(NAMED, seed), rows, items) for seed in (3, 4))
    np.testing.assert_array_equal(one.taste, two.taste)
    assert (one.want != two.want).all()


def test_a_page_of_wanted_things_lifts_the_mood_and_one_of_others_lowers_it(
    mind: StatisticalMind, stack: TasteStack, people: Population
) -> None:
    order = np.argsort(np.nan_to_num(stack.block(people).of(NAMED).tile(), nan=-20), axis=1).astype(np.int32)
    rows = np.arange(400, dtype=np.int32)
    assert judged(mind, rows, order[:, -5:]).mood.mean() > 0.1
    assert judged(mind, rows, order[:, 40:45]).mood.mean() < -0.1


def test_without_ratings_more_wanted_things_are_expected_to_be_liked_more(unrated: SplitLog) -> None:
    people = from_log(unrated, seed=2)
    mind = TasteStack.fit(unrated, seed=2, members="single").block(people).mind(NAMED, seed=1)
    rows, items = pages()
    said = judged(mind, rows, items)
    assert np.isfinite(said.rating).all()
    new = ~np.isnan(said.taste)
    assert np.corrcoef(said.taste[new], said.rating[new])[0, 1] > 0.9


@settings(max_examples=60, deadline=None)
@given(
    want=arrays(np.float32, (6, 4), elements=st.floats(-12, 12, width=32)),
    noticed=arrays(np.bool_, (6, 4)),
    usual=arrays(np.float32, 6, elements=st.floats(0.0009765625, 0.875, width=32)),
)
def test_mood_is_bounded_neutral_when_nothing_is_noticed_and_rises_with_want(
    want: np.ndarray, noticed: np.ndarray, usual: np.ndarray
) -> None:
    felt = mood(want, noticed, usual)
    assert (np.abs(felt) <= 1).all()
    assert (felt[~noticed.any(axis=1)] == 0).all()
    assert (mood(want + np.float32(0.5), noticed, usual) >= felt).all()


def test_mood_is_neutral_on_a_page_as_good_as_usual() -> None:
    usual = np.array([0.1, 0.5], dtype=np.float32)
    want = np.log(usual / (1 - usual))[:, None].repeat(3, axis=1).astype(np.float32)
    np.testing.assert_allclose(mood(want, np.ones((2, 3), dtype=bool), usual), 0, atol=1e-6)


def test_nothing_is_done_person_by_person(stack: TasteStack, people: Population) -> None:
    """So that appraising costs a few microseconds a person."""
    crowd = people.take(np.arange(1024) % len(people))
    mind = stack.block(crowd).mind(NAMED, seed=3)
    rows, items = pages(1024)
    judged(mind, rows, items)
    few, many = (calls_of(partial(judged, mind, rows[:n], items[:n])) for n in (64, 1024))
    assert many == few
