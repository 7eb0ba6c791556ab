"""That each built-in computes what its docstring says, against the formula written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recommenders.builtin.als import ALS
from recommenders.builtin.ease import EASE
from recommenders.builtin.item_knn import ItemKNN
from recommenders.builtin.popular import Popular
from recommenders.builtin.random import Random
from recommenders.contract import Feedback, Request, learns
from simulator.products import Panels
from simulator.records import UserInputError

DAY = 86_400


def feedback(catalog, log, items, clicked):
    n = len(items)
    zero = np.zeros(n, dtype=np.int32)
    unknown = np.full(n, np.nan, dtype=np.float32)
    return Feedback(
        catalog=catalog, user_ids=log.user_ids, user=zero, item=np.array(items, dtype=np.int32), position=zero,
        clicked=np.array(clicked), dwell_s=unknown, rating=unknown, propensity=unknown, page=zero, session=zero, turn=0,
    )  # fmt: skip


def test_random_slates_are_uniform_over_what_may_be_shown(catalog, log, make_batch) -> None:
    recommender = Random()
    recommender.fit(catalog, log)
    seen = np.zeros((3, 40))
    turns = 3000
    for turn in range(turns):
        batch = make_batch(log, [0, 1, 2], turn)
        items = recommender.recommend(batch, 3).items
        np.add.at(seen, (np.arange(3)[:, None], items), 1)
    eligible = batch.view.blocked == 0
    assert not seen[~eligible].any()
    expected = 3 * turns / eligible.sum(axis=1)
    spread = np.sqrt(expected)
    assert np.abs(np.where(eligible, seen - expected[:, None], 0) / spread[:, None]).max() < 4.5


def test_random_propensities_are_one_over_what_is_left(catalog, log, make_batch) -> None:
    recommender = Random()
    recommender.fit(catalog, log)
    batch = make_batch(log)
    slates = recommender.recommend(batch, 4)
    left = (batch.view.blocked == 0).sum(axis=1)[:, None] - np.arange(4)
    np.testing.assert_allclose(slates.propensities, 1 / left, rtol=1e-6)
    np.testing.assert_allclose(recommender.log_prob(batch, slates), -np.log(left).sum(axis=1), rtol=1e-5)


def test_random_gives_impossible_slates_no_probability(catalog, log) -> None:
    recommender = Random()
    recommender.fit(catalog, log)
    request = Request("u", ("i1",), frozenset(["i1"]))
    slate = recommender.recommend([request], 2)[0]
    for ids in (["i1", "i2"], ["i2", "i2"], ["nowhere", "i2"]):
        bad = type(slate)(ids)
        assert recommender.log_prob([request], [bad])[0] == -np.inf


def test_random_luck_is_the_same_where_little_differs(catalog, log, make_batch) -> None:
    recommender = Random()
    recommender.fit(catalog, log)
    one, other = make_batch(log), make_batch(log)
    other.view.blocked[:, 39] |= 1
    first, second = recommender.recommend(one, 5).items, recommender.recommend(other, 5).items
    unaffected = ~(first == 39).any(axis=1)
    np.testing.assert_array_equal(first[unaffected], second[unaffected])


def test_popular_counts_people_not_interactions(catalog, make_log) -> None:
    recommender = Popular()
    recommender.fit(catalog, make_log([(0, 7), (0, 7), (0, 7), (1, 9), (2, 9), (3, 2)]))
    assert list(recommender.recommend([Request("x", (), frozenset())], 4)[0].item_ids) == ["i9", "i2", "i7", "i0"]


def test_popular_halves_the_weight_of_a_choice_with_each_half_life(catalog, make_log) -> None:
    recommender = Popular(half_life_days=10)
    recommender.fit(catalog, make_log([(0, 1), (1, 1), (2, 2)], times=[DAY, 11 * DAY, 31 * DAY]))
    np.testing.assert_allclose(recommender.counts[[1, 2]], [2**-3 + 2**-2, 1.0])


def test_popular_refuses_decay_where_times_are_missing(catalog, make_log) -> None:
    with pytest.raises(UserInputError, match=r"half_life_days needs the time .* 1 of 2 have none"):
        Popular(half_life_days=10).fit(catalog, make_log([(0, 1), (1, 1)], times=[0, DAY]))


def test_popular_counts_the_clicks_of_the_run_only_if_told_to(catalog, make_log) -> None:
    log = make_log([(0, 1), (1, 1), (2, 2)])
    still, learning = Popular(), Popular(learn=True)
    assert not learns(still)
    assert learns(learning)
    for recommender in (still, learning):
        recommender.fit(catalog, log)
        recommender.observe(feedback(catalog, log, [2, 2, 3, 3, 3], [True, True, False, False, False]))
    stranger = [Request("x", (), frozenset())]
    assert still.recommend(stranger, 1)[0].item_ids == ["i1"]
    assert learning.recommend(stranger, 2)[0].item_ids == ["i2", "i1"]
    assert learning.recommend(stranger, 2)[0].scores == [3.0, 2.0]


def test_popular_looks_further_where_its_first_items_may_not_be_shown(catalog, log) -> None:
    recommender = Popular()
    recommender.fit(catalog, log)
    ranked = recommender.recommend([Request("x", (), frozenset())], 40)[0].item_ids
    left = recommender.recommend([Request("x", (), frozenset(ranked[:38]))], 5)[0].item_ids
    assert left == ranked[38:]


def test_item_knn_is_the_shrunk_cosine_of_the_nearest_neighbours(catalog, log) -> None:
    recommender = ItemKNN(neighbors=4, shrinkage=3.0)
    recommender.fit(catalog, log)
    x = log.matrix().toarray()
    common, count = x.T @ x, x.sum(axis=0)
    cosine = common / (np.sqrt(np.outer(count, count)) + 3.0)
    np.fill_diagonal(cosine, 0)
    for row in cosine:
        row[np.argsort(-row, kind="stable")[4:]] = 0
    history = ("i4", "i7")
    slate = recommender.recommend([Request("x", history, frozenset(history))], 5)[0]
    expected = cosine[[4, 7]].sum(axis=0)
    expected[[4, 7]] = -1
    np.testing.assert_allclose(slate.scores, np.sort(expected)[::-1][:5], atol=2e-6)


def test_item_knn_fills_up_with_what_is_popular(catalog, make_log) -> None:
    recommender = ItemKNN()
    recommender.fit(catalog, make_log([(0, 30), (0, 31), (1, 20), (2, 20), (3, 20), (4, 10), (5, 10)]))
    slate = recommender.recommend([Request("x", ("i30",), frozenset(["i30"]))], 3)[0]
    assert slate.item_ids == ["i31", "i20", "i10"]


def test_ease_is_the_closed_form_of_its_paper(catalog, log) -> None:
    recommender = EASE(regularization=5.0)
    recommender.fit(catalog, log)
    x = log.matrix().toarray().astype(np.float64)
    p = np.linalg.inv(x.T @ x + 5.0 * np.eye(40))
    expected = p / -np.diag(p)
    np.fill_diagonal(expected, 0)
    weights = Panels(recommender.panels, len(expected)).after(
        sparse.eye_array(len(expected), dtype=np.float32, format="csr")
    )
    np.testing.assert_allclose(weights, expected, atol=1e-6)
    assert weights.dtype == np.float32


def test_ease_refuses_a_catalogue_whose_matrix_would_not_fit(catalog, log, monkeypatch) -> None:
    monkeypatch.setattr("recommenders.builtin.ease.MOST_ITEMS", 39)
    with pytest.raises(UserInputError, match="40 items are too many"):
        EASE().fit(catalog, log)


def test_als_solves_each_person_exactly_given_the_items(catalog, log, make_batch) -> None:
    recommender = ALS(factors=3, regularization=0.5, alpha=2.0)
    recommender.fit(catalog, log)
    y = recommender.item_factors.astype(np.float64)
    x = log.matrix().toarray()[8]
    weight = np.where(x > 0, 2.0, 1.0)
    person = np.linalg.solve((y.T * weight) @ y + 0.5 * np.eye(3), y.T @ (weight * (x > 0)))
    slate = recommender.recommend(make_batch(log, [8]), 40)
    items = slate.items[0][slate.items[0] >= 0]
    np.testing.assert_allclose(slate.scores[0][: items.size], (y @ person)[items], rtol=2e-3, atol=1e-4)


def test_als_starts_from_its_seed(catalog, log) -> None:
    one, other = ALS(factors=3, iterations=1, seed=1), ALS(factors=3, iterations=1, seed=2)
    for recommender in (one, other):
        recommender.fit(catalog, log)
    assert not np.allclose(one.item_factors, other.item_factors)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Popular(half_life_days=0), "half_life_days must be a number above 0, not 0"),
        (lambda: Popular(half_life_days="a week"), "half_life_days must be a number above 0, not 'a week'"),
        (lambda: Popular(learn=1), "learn must be true or false, not 1"),
        (lambda: ItemKNN(neighbors=0), "neighbors must be a whole number of at least 1, not 0"),
        (lambda: ItemKNN(neighbors=2.5), "neighbors must be a whole number of at least 1, not 2.5"),
        (lambda: ItemKNN(shrinkage=-1), "shrinkage must be a number of at least 0, not -1"),
        (lambda: EASE(regularization=float("nan")), "regularization must be a number above 0, not nan"),
        (lambda: ALS(factors=True), "factors must be a whole number of at least 1 and at most 4096, not True"),
        (lambda: ALS(iterations=0), "iterations must be a whole number of at least 1, not 0"),
        (lambda: ALS(seed=-1), "seed must be a whole number of at least 0"),
    ],
)
def test_a_parameter_out_of_range_is_named(make, told) -> None:
    with pytest.raises(UserInputError) as caught:
        make()
    assert told in str(caught.value)
