"""The k best of each row are exact, whatever path they are found on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommenders.topk import top_k


def by_full_sort(scores: np.ndarray, k: int) -> np.ndarray:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    best = np.where(np.take_along_axis(scores, order, axis=1) > -np.inf, order, -1)
    return np.pad(best, ((0, 0), (0, k - best.shape[1])), constant_values=-1)


@given(st.integers(0, 2**32), st.integers(1, 2000), st.integers(1, 80), st.integers(1, 50), st.floats(0, 1))
def test_it_agrees_with_a_full_stable_sort(seed: int, m: int, k: int, levels: int, blocked: float) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-levels, levels, size=(7, m)).astype(np.float32)
    scores[rng.random(scores.shape) < blocked] = -np.inf
    assert np.array_equal(top_k(scores, k), by_full_sort(scores, k))


@pytest.mark.parametrize("k", [1, 10, 64])
def test_it_agrees_with_a_full_sort_on_continuous_scores(k: int) -> None:
    scores = np.random.default_rng(1).normal(size=(50, 3706)).astype(np.float32)
    assert np.array_equal(top_k(scores, k), by_full_sort(scores, k))


def test_minus_zero_ties_with_zero() -> None:
    assert top_k(np.array([[0.0, -0.0, 0.0]], dtype=np.float32), 3).tolist() == [[0, 1, 2]]


def test_nothing_eligible_gives_an_empty_page() -> None:
    assert top_k(np.full((2, 5), -np.inf, dtype=np.float32), 3).tolist() == [[-1, -1, -1]] * 2
