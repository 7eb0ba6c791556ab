"""The additive logistic model finds curves, weighs rows, and its tables say what its curves say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from simulator.minds.member import Member
from simulator.minds.weights import Curves, HatBasis, fit_logistic


@pytest.fixture(scope="module")
def bent() -> tuple[np.ndarray, np.ndarray]:
    """A chance that rises and falls in the first feature, and is straight in the second."""
    luck = np.random.default_rng(0)
    x = luck.normal(size=(30_000, 2)).astype(np.float32)
    logit = -1 + 1.5 * np.cos(2 * x[:, 0]) + 0.8 * x[:, 1]
    return x, (luck.random(len(x)) < expit(logit)).astype(np.float32)


def fitted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Curves:
    basis = HatBasis.of(x, weight)
    size = 1 + basis.knots.size
    return basis.curves(fit_logistic(basis.design(x), y, weight, basis.penalty(), np.zeros(size)))


def test_curves_follow_a_bent_truth(bent: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = bent
    curves = fitted(x, y, np.ones(len(x), dtype=np.float32))
    at = np.array([[-1.5, 0], [0, 0], [1.5, 0], [0, 1]], dtype=np.float32)
    np.testing.assert_allclose(curves.logits(at), [-2.48, 0.5, -2.48, 1.3], atol=0.35)


def test_the_mean_prediction_is_the_weighted_rate(bent: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = bent
    weight = np.where(y > 0, 1, 7).astype(np.float32)
    chance = expit(fitted(x, y, weight).logits(x))
    assert (weight * chance).sum() == pytest.approx((weight * y).sum(), rel=0.01)


def test_a_row_of_weight_two_counts_as_two_rows(bent: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = bent[0][:2000], bent[1][:2000]
    basis = HatBasis.of(x, np.ones(len(x), dtype=np.float32))
    design, start = basis.design(x), np.zeros(1 + basis.knots.size)
    twice = np.concatenate([np.arange(2000), np.arange(1000)])
    weight = np.where(np.arange(2000) < 1000, 2, 1).astype(np.float32)
    one = fit_logistic(design, y, weight, basis.penalty(), start)
    two = fit_logistic(design[twice], y[twice], np.ones(3000, dtype=np.float32), basis.penalty(), start)
    np.testing.assert_allclose(one, two, atol=0.05)


def test_hat_functions_share_out_one(bent: tuple[np.ndarray, np.ndarray]) -> None:
    x = bent[0]
    basis = HatBasis.of(x, np.ones(len(x), dtype=np.float32))
    design = basis.design(np.concatenate([x, [[-99, 99]]]).astype(np.float32))
    n_knots = basis.knots.shape[1]
    for feature in range(2):
        part = design[:, 1 + feature * n_knots : 1 + (feature + 1) * n_knots]
        np.testing.assert_allclose(part.sum(axis=1), 1, atol=1e-5)
        assert ((part > 0).sum(axis=1) <= 2).all()


def test_a_feature_of_one_value_makes_no_trouble() -> None:
    x = np.zeros((500, 1), dtype=np.float32)
    y = (np.arange(500) % 5 == 0).astype(np.float32)
    curves = fitted(x, y, np.ones(500, dtype=np.float32))
    assert expit(curves.logits(x[:1])[0]) == pytest.approx(0.2, abs=0.01)


def test_tables_say_what_curves_say() -> None:
    luck = np.random.default_rng(1)
    knots = np.linspace(-1.5, 1.5, 11) + luck.uniform(-0.1, 0.1, size=(3, 11))
    folds = [Curves(-2.0, knots, luck.normal(size=(3, 11))), Curves(-3.0, knots + 0.1, luck.normal(size=(3, 11)))]
    member = Member.of("m", "b", folds, [np.zeros((2, 3), dtype=np.float32)] * 2)
    x = luck.uniform(-1, 1, size=(200, 3)).astype(np.float32)
    for number, fold in enumerate(folds):
        place = np.clip((x - member.low[:, number]) / member.step[:, number] + 0.5, 0, member.entries - 1).astype(int)
        table = member.tables[:, number * member.entries : (number + 1) * member.entries]
        looked_up = member.intercept[number] + sum(table[f, place[:, f]] for f in range(3))
        np.testing.assert_allclose(looked_up, fold.logits(x), atol=0.02)


def test_where_nobody_counts_the_weights_stay_as_they_were() -> None:
    """As where the few people of a small log are drawn with replacement: the intercept has no evidence at all."""
    rng = np.random.default_rng(2)
    features = rng.normal(size=(40, 2)).astype(np.float32)
    basis = HatBasis.of(features, np.ones(40, dtype=np.float32))
    design, nobody = basis.design(features), np.zeros(40, dtype=np.float32)
    start = np.linspace(-1, 1, design.shape[1])
    np.testing.assert_array_equal(fit_logistic(design, nobody, nobody, basis.penalty(), start), start)
