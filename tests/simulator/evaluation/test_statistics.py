"""Estimates against scipy and hand computation; the size of the test on arms that do not differ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulator.evaluation.statistics import Estimate, jackknife, mean, over_seeds, paired, unpaired, with_spread

NUMBERS = st.lists(st.floats(-100, 100, allow_nan=False, width=32), min_size=3, max_size=40)


@given(NUMBERS)
@settings(max_examples=60, deadline=None)
def test_mean_of_single_persons_is_students_interval(numbers: list[float]) -> None:
    x = np.array(numbers)
    found = mean(x, np.arange(x.size))
    assert found.value == pytest.approx(x.mean(), abs=1e-9)
    if x.std() > 1e-6:
        expected = stats.t.interval(0.95, x.size - 1, x.mean(), stats.sem(x))
        assert found.interval(0.95) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_paired_p_value_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=50), rng.normal(0.2, 1, size=50)
    found = paired(a[:, None], b[:, None], np.arange(50))
    assert found.p_value == pytest.approx(stats.ttest_rel(b, a).pvalue)


def test_unpaired_is_welchs_test() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=30), rng.normal(0.3, 3, size=80)
    found = unpaired(mean(a, np.arange(30)), mean(b, np.arange(80)))
    expected = stats.ttest_ind(b, a, equal_var=False)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.df == pytest.approx(expected.df)
    assert found.n == 110


def test_a_clone_of_everybody_adds_no_precision() -> None:
    x = np.random.default_rng(3).normal(size=40)
    once, twice = mean(x, np.arange(40)), mean(np.tile(x, 2), np.tile(np.arange(40), 2))
    assert twice.se == pytest.approx(once.se)
    assert twice.df == once.df
    assert twice.n == 80


def test_cluster_variance_is_the_sum_of_cluster_residuals() -> None:
    x, clusters = np.array([1.0, 2.0, 6.0, 7.0, 4.0]), np.array(["a", "a", "b", "b", "c"])
    # mean 4; cluster residual sums -5, 5, 0; G/(G-1) * 50 / 25
    assert mean(x, clusters).se == pytest.approx(math.sqrt(3 / 2 * 50) / 5)


def test_seeds_are_averaged_within_a_person_first() -> None:
    values = np.array([[1.0, 3.0], [5.0, np.nan], [np.nan, np.nan]])
    assert over_seeds(values)[:2].tolist() == [2.0, 5.0]
    assert mean(values, np.arange(3)).value == 3.5
    assert mean(values, np.arange(3)).n == 2


def test_paired_uses_only_persons_and_seeds_that_both_arms_have() -> None:
    control, treatment = np.array([[1.0, 9.0], [2.0, 2.0]]), np.array([[2.0, np.nan], [4.0, 4.0]])
    assert paired(control, treatment, np.arange(2)).value == 1.5


@pytest.mark.parametrize("values", [[], [np.nan], [3.0]])
def test_an_interval_needs_two_clusters(values: list[float]) -> None:
    found = mean(np.array(values), np.arange(len(values)))
    assert all(map(math.isnan, found.interval(0.95)))
    assert math.isnan(found.p_value)
    assert not found.excludes_zero(0.95)


def test_the_same_difference_for_everybody_has_no_error() -> None:
    zero, shifted = mean(np.zeros(9), np.arange(9)), mean(np.full(9, 0.1) * 3, np.arange(9))
    assert (zero.p_value, zero.interval(0.95)) == (1.0, (0.0, 0.0))
    assert (shifted.p_value, shifted.se) == (0.0, 0.0)


def test_equal_arms_differ_as_often_as_the_level_says() -> None:
    """Type I error of 2,000 A/A comparisons with clones; ignoring the clusters would give twice as many."""
    rng = np.random.default_rng(4)
    clusters = np.concatenate([np.arange(40), np.arange(40)])
    person = rng.normal(size=(2000, 40))
    differences = np.concatenate([person, person + 0.3 * rng.normal(size=(2000, 40))], axis=1)
    clustered = np.mean([mean(x, clusters).excludes_zero(0.95) for x in differences])
    naive = np.mean([mean(x, np.arange(80)).excludes_zero(0.95) for x in differences])
    assert 0.035 < clustered < 0.065
    assert naive > 0.12


def test_jackknife_of_a_mean_is_its_standard_error() -> None:
    x = np.random.default_rng(5).normal(size=20)
    without = (x.sum() - x) / 19
    found = jackknife(np.concatenate([[x.mean()], without]), 20)
    assert found.se == pytest.approx(stats.sem(x))
    assert found.df == 19


def test_jackknife_ignores_groups_without_people() -> None:
    full = jackknife(np.array([0.5, 0.4, 0.45, 0.5]), 3)
    assert jackknife(np.array([0.5, 0.4, np.nan, 0.45, 0.5]), 3) == full


def test_variance_between_minds_is_added_with_its_own_degrees_of_freedom() -> None:
    within, between = Estimate(1.0, 0.1, 99, 100), np.array([0.8, 1.0, 1.2])
    total = with_spread(within, between)
    added = (1 + 1 / 3) * 0.04
    assert total.se == pytest.approx(math.sqrt(0.01 + added))
    assert total.df == pytest.approx((0.01 + added) ** 2 / (0.01**2 / 99 + added**2 / 2))
    assert total.value == within.value


@given(st.floats(1e-6, 1.0), st.lists(st.floats(-1, 1), min_size=2, max_size=9))
@settings(max_examples=60, deadline=None)
def test_counting_the_minds_never_narrows_the_standard_error(se: float, between: list[float]) -> None:
    within = Estimate(0.5, se, 50, 51)
    total = with_spread(within, np.array(between))
    assert total.se >= se
    assert all(map(math.isfinite, total.interval(0.95)))


def test_minds_that_say_the_same_add_nothing() -> None:
    within = Estimate(1.0, 0.1, 99, 100)
    assert with_spread(within, np.full(8, 0.7)) == within
