"""Keyed luck: a pure function of its key, uniform, and independent of company."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.randomness import Stream, key_of, keys_of, slot_keys

PEOPLE = keys_of(str(i) for i in range(500))


def test_a_persons_luck_does_not_depend_on_who_else_asks() -> None:
    stream = Stream.of(7, "luck", "click")
    everyone = stream.uniform(PEOPLE, 3, slot_keys(10))
    some = stream.uniform(PEOPLE[100:117], 3, slot_keys(10))
    assert np.array_equal(everyone[100:117], some)


@given(st.integers(0, 2**62), st.integers(0, 10_000))
def test_draws_are_uniform_and_never_touch_the_ends(seed: int, turn: int) -> None:
    draws = Stream.of(seed, "luck", "examination").uniform(PEOPLE, turn, slot_keys(20)).ravel()
    assert draws.min() > 0 and draws.max() < 1
    assert stats.kstest(draws, "uniform").pvalue > 1e-6


def test_neighbouring_keys_are_uncorrelated() -> None:
    stream = Stream.of(1, "luck", "click")
    turns = np.stack([stream.uniform(PEOPLE, turn) for turn in range(40)])
    correlations = np.corrcoef(turns)[np.triu_indices(40, 1)]
    assert abs(correlations).max() < 5 / np.sqrt(PEOPLE.size)


def test_seed_stream_and_purpose_each_change_the_luck() -> None:
    base = Stream.of(1, "luck", "click").uniform(PEOPLE)
    for other in (Stream.of(2, "luck", "click"), Stream.of(1, "mind", "click"), Stream.of(1, "luck", "dwell")):
        assert not np.any(base == other.uniform(PEOPLE))


def test_keys_are_the_same_in_every_process() -> None:
    assert key_of("17") == 13005073621571156256


def test_normal_draws_have_unit_variance() -> None:
    draws = Stream.of(3, "mind", "residual").normal(PEOPLE, 0, slot_keys(100))
    assert abs(draws.mean()) < 0.02 and abs(draws.std() - 1) < 0.02
