"""Retrieval: each term is really at work, and raising one alone never lowers a memory's rank."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.memory.retrieval import Weights, best, recency, scaled, scores
from simulator.records import UserInputError

level = st.integers(0, 20).map(lambda step: step / 20)
weight = st.sampled_from([0.0, 0.3, 1.0, 2.5])


@st.composite
def mind(draw: st.DrawFn) -> tuple[np.ndarray, Weights, int, int, float]:
    """Three terms of m memories of one person, weights, and one memory whose one term is raised to a value."""
    m = draw(st.integers(2, 8))
    terms = np.array(draw(st.lists(st.lists(level, min_size=m, max_size=m), min_size=3, max_size=3)))
    weights = Weights(recency=draw(weight), importance=draw(weight), relevance=draw(weight))
    term, memory = draw(st.integers(0, 2)), draw(st.integers(0, m - 1))
    return terms, weights, term, memory, terms[term, memory] + draw(level)


def ranks(terms: np.ndarray, weights: Weights) -> list[int]:
    m = terms.shape[1]
    score = scores(*(one[None] for one in terms), np.ones((1, m), dtype=bool), weights)
    return best(score, np.arange(m)[None], m)[0].tolist()


@settings(max_examples=300, deadline=None)
@given(mind())
def test_raising_one_term_alone_never_lowers_the_rank(case: tuple[np.ndarray, Weights, int, int, float]) -> None:
    terms, weights, term, memory, value = case
    before = ranks(terms, weights).index(memory)
    terms[term, memory] = value
    assert ranks(terms, weights).index(memory) <= before


@pytest.mark.parametrize("term", [0, 1, 2])
def test_each_term_alone_decides_where_the_others_are_equal(term: int) -> None:
    terms = np.full((3, 4), 0.4)
    terms[term] = [0.1, 0.9, 0.5, 0.7]
    assert ranks(terms, Weights()) == [1, 3, 2, 0]


@pytest.mark.parametrize("name", ["recency", "importance", "relevance"])
def test_a_term_without_weight_changes_nothing(name: str) -> None:
    luck = np.random.default_rng(0)
    terms = luck.random((3, 8))
    weights = Weights(**{name: 0.0})
    moved = terms.copy()
    moved[["recency", "importance", "relevance"].index(name)] = luck.random(8)
    assert ranks(terms, weights) == ranks(moved, weights)


@settings(deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6))
def test_terms_are_scaled_to_the_unit_interval(values: list[float]) -> None:
    parts = scaled(np.array([values]), np.ones((1, len(values)), dtype=bool))
    assert parts.min() >= 0 and parts.max() <= 1
    if len(set(values)) == 1:
        assert (parts == 0.5).all()
    else:
        assert parts.min() == 0 and parts.max() == 1


def test_what_is_no_candidate_is_neither_found_nor_counted_in_the_scale() -> None:
    terms = np.array([[0.2, 0.4, 99.0]])
    candidates = np.array([[True, True, False]])
    assert scaled(terms, candidates).tolist() == [[0.0, 1.0, 0.0]]
    score = scores(terms, terms, terms, candidates, Weights())
    assert best(score, np.array([[1, 2, 3]]), 3).tolist() == [[1, 0, -1]]


def test_equal_scores_stand_in_the_order_of_their_ids_wherever_they_are_kept() -> None:
    assert best(np.zeros((1, 3)), np.array([[30, 10, 20]]), 2).tolist() == [[1, 2]]


@settings(deadline=None)
@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0.05, 3))
def test_recency_falls_with_simulated_time_as_a_power(one: float, other: float, decay: float) -> None:
    ages = np.sort(np.array([one, other]))
    older = recency(ages, decay)
    assert 0 <= older[1] <= older[0] <= 1
    hours = np.array([3.0, 15.0]) * 3_600  # 1 + hours is 4 and 16: four times as long twice over
    near, far = recency(hours, decay)
    assert far == pytest.approx(near**2)


def test_without_decay_age_does_not_matter() -> None:
    assert recency(np.array([0.0, 1e8]), 0.0).tolist() == [1.0, 1.0]


def test_a_negative_weight_is_refused_by_its_name() -> None:
    with pytest.raises(UserInputError, match=r"memory\.weights\.importance"):
        Weights(importance=-1)
