"""Expected ratings follow the person's scale, the item and the person's own likings."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.minds.ratings import RatingModel
from simulator.records import SplitLog


@pytest.fixture(scope="module")
def model(parts: SplitLog) -> RatingModel:
    return RatingModel.fit(parts.known, seed=1)


def test_held_out_ratings_are_foretold_better_than_by_means(model: RatingModel, parts: SplitLog) -> None:
    log, known = parts.held_out, parts.known
    expected = model.expected(log.user, log.item[:, None])[:, 0]
    number = np.bincount(known.user, minlength=known.n_users)
    mean = np.bincount(known.user, weights=known.rating, minlength=known.n_users) / np.maximum(number, 1)

    def error(guess: np.ndarray) -> float:
        return float(np.sqrt(np.mean((log.rating - guess) ** 2)))

    assert error(expected) < 0.92 * error(mean[log.user])
    assert expected.mean() == pytest.approx(log.rating.mean(), abs=0.06)


def test_a_stranger_gets_what_people_say_of_the_item(model: RatingModel) -> None:
    items = np.array([[4, 9]], dtype=np.int32)
    expected = model.expected(np.array([-1], dtype=np.int32), items)
    np.testing.assert_allclose(expected, model.mean + model.item_bias[items], rtol=1e-6)


def test_an_expected_rating_does_not_depend_on_the_batch(model: RatingModel) -> None:
    rows = np.arange(300, dtype=np.int32)
    items = np.tile(np.arange(10, dtype=np.int32), (300, 1))
    whole = model.expected(rows, items)
    for n in (1, 7, 299):
        np.testing.assert_array_equal(model.expected(rows[:n], items[:n]), whole[:n])


def test_without_ratings_nothing_is_known(unrated: SplitLog) -> None:
    assert not RatingModel.fit(unrated.known, seed=1).is_known
