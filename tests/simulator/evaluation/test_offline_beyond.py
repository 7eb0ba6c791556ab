"""What is beyond accuracy: worked out by hand, against plain loops over pairs, and as on simulated pages."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_logs import lists, made_log, two_tastes

from simulator.evaluation.coverage import GROUPS, group_of
from simulator.evaluation.offline import beyond_accuracy, exposure
from simulator.evaluation.offline.beyond import gini
from simulator.records import InteractionLog, UserInputError


def _log() -> InteractionLog:
    """Items a to d; a chosen by three people, b by one, c and d by nobody."""
    return made_log(
        [("ann", "a"), ("bob", "a"), ("cat", "a"), ("cat", "b")],
        items=["a", "b", "c", "d"],
        categories={"a": ("x",), "b": ("x", "y"), "c": ("y",)},
    )


def test_novelty_and_popularity_by_hand() -> None:
    found = beyond_accuracy(lists([0, 3], [1], []), np.arange(3, dtype=np.int32), _log(), (2,))
    # Counts with one added: 4, 2, 1, 1 of 8.
    assert found["novelty@2"][:2].tolist() == [pytest.approx((1 + 3) / 2), 2.0]
    assert found["popularity@2"][:2].tolist() == [pytest.approx((3 / 3 + 0) / 2), pytest.approx(1 / 3)]
    assert all(np.isnan(values[2]) for values in found.values())


def test_diversity_by_hand_leaves_out_items_of_unknown_category() -> None:
    found = beyond_accuracy(lists([0, 2], [0, 1, 3], [0, 3]), np.arange(3, dtype=np.int32), _log(), (2, 3))
    assert found["diversity@2"][:2].tolist() == [1.0, pytest.approx(1 - 1 / math.sqrt(2))]
    assert found["diversity@3"][1] == pytest.approx(1 - 1 / math.sqrt(2))
    assert np.isnan(found["diversity@3"][2])


def test_calibration_by_hand_after_steck() -> None:
    log = _log()
    people = np.array([0, 0, 2, 2], dtype=np.int32)
    found = beyond_accuracy(lists([2], [0], [1, 0], [2]), people, log, (2,))["calibration@2"]
    assert found[0] == pytest.approx(math.log(1 / 0.01))  # all x, shown all y
    assert found[1] == pytest.approx(0, abs=1e-12)  # all x, shown all x
    # Cat chose a and b, 3/4 x and 1/4 y; the third list is the same, the fourth all y.
    assert found[2] == pytest.approx(0, abs=1e-12)
    assert found[3] == pytest.approx(0.75 * math.log(1 / 0.01) + 0.25 * math.log(0.25 / (0.99 + 0.01 * 0.25)))


def test_calibration_is_the_divergence_of_category_shares_for_anybody() -> None:
    log = two_tastes()
    draw = np.random.default_rng(3)
    items = np.argsort(draw.random((log.n_users, len(log.catalog))), axis=1)[:, :7].astype(np.int32)
    found = beyond_accuracy(items, np.arange(log.n_users, dtype=np.int32), log, (7,))["calibration@7"]
    for user in (0, 1, 41):
        shares = []
        for rows in (np.unique(log.item[log.user == user]).tolist(), items[user].tolist()):
            share = dict.fromkeys(log.catalog.category_names, 0.0)
            for row in rows:
                for name in log.catalog.items[row].categories:
                    share[name] += 1 / len(log.catalog.items[row].categories) / len(rows)
            shares.append(share)
        wanted, shown = shares
        expected = sum(p * math.log(p / (0.99 * shown[name] + 0.01 * p)) for name, p in wanted.items() if p > 0)
        assert found[user] == pytest.approx(expected, abs=1e-12)


def test_diversity_is_the_mean_over_pairs_for_any_lists() -> None:
    log = two_tastes()
    draw = np.random.default_rng(4)
    items = np.argsort(draw.random((20, len(log.catalog))), axis=1)[:, :6].astype(np.int32)
    found = beyond_accuracy(items, np.arange(20, dtype=np.int32), log, (6,))["diversity@6"]
    vector = log.catalog.categories.astype(np.float64)
    for row, value in zip(items, found, strict=True):
        apart = [1 - float(vector[i] @ vector[j]) for i, j in combinations(row.tolist(), 2)]
        assert value == pytest.approx(np.mean(apart), abs=1e-6)


def test_a_log_without_categories_leaves_variety_and_calibration_undefined() -> None:
    log = made_log([("ann", "a"), ("bob", "b")])
    found = beyond_accuracy(lists([1], [0]), np.arange(2, dtype=np.int32), log, (1,))
    assert np.isnan(found["diversity@1"]).all() and np.isnan(found["calibration@1"]).all()
    assert np.isfinite(found["novelty@1"]).all()


@settings(max_examples=60, deadline=None)
@given(shown=st.lists(st.integers(0, 50), min_size=2, max_size=20).filter(any))
def test_gini_is_the_mean_difference_over_twice_the_mean(shown: list[int]) -> None:
    differences = [abs(one - other) for one in shown for other in shown]
    expected = np.mean(differences) / (2 * np.mean(shown))
    assert gini(np.array([shown]))[0] == pytest.approx(expected, abs=1e-12)


def test_gini_of_equal_and_of_single_exposure_and_of_none() -> None:
    found = gini(np.array([[3, 3, 3, 3], [0, 0, 0, 7], [0, 0, 0, 0]]))
    assert found[:2].tolist() == [0.0, 0.75] and np.isnan(found[2])


def test_coverage_and_gini_without_each_group_are_those_of_the_others_alone() -> None:
    draw = np.random.default_rng(6)
    ids = [f"person {n}" for n in range(60)]
    items = np.argsort(draw.random((60, 90)) ** 3, axis=1)[:, :5].astype(np.int32)
    items[7, 3:] = -1
    found = exposure(items, ids, 90, (2, 5))
    group = group_of(ids)
    for k in (2, 5):
        assert found[f"coverage@{k}"].shape == (1 + GROUPS,)
        for left_out in (None, *range(GROUPS)):
            rows = items[group != left_out][:, :k] if left_out is not None else items[:, :k]
            counts = np.bincount(rows[rows >= 0], minlength=90)
            at = 0 if left_out is None else 1 + left_out
            if left_out is not None and not (group == left_out).any():
                assert np.isnan(found[f"coverage@{k}"][at]) and np.isnan(found[f"gini@{k}"][at])
                continue
            assert found[f"coverage@{k}"][at] == pytest.approx((counts > 0).mean())
            assert found[f"gini@{k}"][at] == pytest.approx(gini(counts[None])[0])


def test_cutoffs_beyond_the_lists_are_refused() -> None:
    with pytest.raises(UserInputError, match="each must be a whole number from 1 to 2"):
        beyond_accuracy(lists([0, 1]), np.array([0], dtype=np.int32), _log(), (3,))
    with pytest.raises(UserInputError, match="each must be a whole number from 1 to 2"):
        exposure(lists([0, 1]), ["ann"], 4, (3,))
