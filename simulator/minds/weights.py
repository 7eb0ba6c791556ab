"""The stack's weights: an additive logistic model of held-out choice given the families' scores.

    logit P(i in V of u) = b + a(ln(1 + n_u)) + sum over families f of [c_f(s_fui) + d_f((s_fui - mean_fu) / spread_fu)]

with s the family's score, mean and spread those of the person's row, n_u the number of known choices, and c, d, a
piecewise-linear curves (a generalised additive model: Hastie & Tibshirani, Statistical Science 1986). It is fitted by
Newton's method; neighbouring knots are drawn together by a penalty on their differences (P-splines: Eilers & Marx,
Statistical Science 1996). Compared on MovieLens-1M, gradient-boosted trees on the same features were no better
calibrated on slates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from simulator.records import F32

F64 = npt.NDArray[np.float64]

_QUANTILES = np.array([0.0, 0.02, 0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.92, 0.98, 1.0])
"""Where the knots of a curve lie among its feature's values."""
_SMOOTHING = 20.0
"""Penalty on squared differences of neighbouring knots, in pairs. On logs of 300 to 1,000 people less of it is too
hopeful about top slots, more of it too cautious; with thousands of people it hardly matters."""
_RIDGE = 1e-2
"""Fixes the level that curves and intercept share."""
_ROUNDS = 30
_TOLERANCE = 0.05
"""Newton's method stops when a step promises less log likelihood than this, in nats: far below what chance decides."""
_CURVATURE_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Curves:
    """Piecewise-linear curves of a number of features, and an intercept."""

    intercept: float
    knots: F64
    """Ascending places of the knots. (n_features, n_knots)."""
    values: F64
    """The curves at the knots; all 0 for a feature that is left out. (n_features, n_knots)."""

    def logits(self, features: F32) -> F64:
        """(n, n_features) -> (n,)."""
        total = np.full(len(features), self.intercept)
        for column, knots, values in zip(features.T, self.knots, self.values, strict=True):
            if values.any():
                total += np.interp(column, knots, values)
        return total


@dataclass(frozen=True, eq=False)
class HatBasis:
    """Hat functions on the knots of each feature: the linear coordinates of piecewise-linear curves."""

    knots: F64

    @classmethod
    def of(cls, features: F32, weights: F32) -> HatBasis:
        """Knots at weighted quantiles, so that curves bend where the pairs that count are."""
        rows = []
        for column in features.T:
            order = np.argsort(column, kind="stable")
            share = np.cumsum(weights[order], dtype=np.float64)
            places = np.interp(_QUANTILES * share[-1], share, column[order].astype(np.float64))
            # Equal quantiles (a count that is mostly 0) would make a knot of no width.
            least = max(1e-6, 1e-6 * float(np.abs(places).max(initial=0.0)))
            rows.append(places + least * np.arange(places.size))
        return cls(np.array(rows))

    def design(self, features: F32) -> F32:
        """One column for the intercept, then one a knot. (n, 1 + n_features * n_knots)."""
        n, n_knots = len(features), self.knots.shape[1]
        out = np.zeros((n, 1 + self.knots.size), dtype=np.float32)
        out[:, 0] = 1.0
        across = np.arange(n)
        for feature, knots in enumerate(self.knots):
            x = np.clip(features[:, feature].astype(np.float64), knots[0], knots[-1])
            left = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, n_knots - 2)
            share = ((x - knots[left]) / (knots[left + 1] - knots[left])).astype(np.float32)
            start = 1 + feature * n_knots
            out[across, start + left] = 1 - share
            out[across, start + left + 1] = share
        return out

    def curves(self, coefficients: F64) -> Curves:
        return Curves(float(coefficients[0]), self.knots, coefficients[1:].reshape(self.knots.shape))

    def columns(self, features: Sequence[int]) -> npt.NDArray[np.intp]:
        """Columns of the design that belong to the intercept and to `features`."""
        n_knots = self.knots.shape[1]
        return np.concatenate([[0], *(1 + f * n_knots + np.arange(n_knots) for f in features)]).astype(np.intp)

    def penalty(self) -> F64:
        """Penalty matrix of the coefficients. Square, as wide as the design."""
        n_knots = self.knots.shape[1]
        differences = np.diff(np.eye(n_knots), axis=0)
        one = _SMOOTHING * differences.T @ differences + _RIDGE * np.eye(n_knots)
        out = np.zeros((1 + self.knots.size, 1 + self.knots.size))
        for feature in range(self.knots.shape[0]):
            place = slice(1 + feature * n_knots, 1 + (feature + 1) * n_knots)
            out[place, place] = one
        return out


def fit_logistic(design: F32, chosen: F32, weight: F32, penalty: F64, start: F64) -> F64:
    """Penalised maximum likelihood by Newton's method, with halved steps where the likelihood would fall. (n_columns,).

    The slope is that of all rows. The curvature, which only steers, is estimated from evenly spaced ones (sub-sampled
    Newton: Roosta-Khorasani & Mahoney, Mathematical Programming 2019).
    """
    beta = start.copy()
    if not weight.any():  # nobody to learn from, as where few people are drawn with replacement
        return beta
    every = max(1, len(design) // _CURVATURE_ROWS)
    some, mass = np.ascontiguousarray(design[::every]), every * weight[::every]
    logit, loss = _loss(design, chosen, weight, penalty, beta)
    for _ in range(_ROUNDS):
        slope = design.T @ (weight * (chosen - expit(logit))) - penalty @ beta
        p = expit(logit[::every])
        curvature = some.T @ (some * (mass * p * (1 - p))[:, None]) + penalty
        step = np.linalg.solve(curvature, slope)
        if 0.5 * float(slope @ step) < _TOLERANCE:
            break
        step /= max(1.0, float(np.abs(step).max()) / 4.0)
        ahead, fallen = _loss(design, chosen, weight, penalty, beta + step)
        while fallen > loss + 1e-6 * abs(loss):
            step /= 2
            ahead, fallen = _loss(design, chosen, weight, penalty, beta + step)
        beta, logit, loss = beta + step, ahead, fallen
    return beta


def _loss(design: F32, chosen: F32, weight: F32, penalty: F64, beta: F64) -> tuple[F32, float]:
    """The logit of each row, and the penalised negative log likelihood."""
    logit = design @ beta.astype(np.float32)
    surprise = np.maximum(logit, 0) + np.log1p(np.exp(-np.abs(logit))) - chosen * logit
    return logit, float((weight * surprise).sum(dtype=np.float64) + 0.5 * beta @ penalty @ beta)
