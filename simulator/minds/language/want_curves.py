"""Curves from stated wants to logits, fitted to weighted pairs, and what such curves are worth.

Platt's curve is a logistic line in the want ("Probabilistic outputs for support vector machines", 1999); the isotonic
one only never falls (Zadrozny & Elkan, "Transforming classifier scores into accurate multiclass probability
estimates", KDD 2002).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from simulator.minds.language.questions import base_rate_weights
from simulator.records import F32, I32, Bools

F64 = npt.NDArray[np.float64]

LOWEST, HIGHEST = 0.0, 10.0
"""Ends of the scale of stated wants."""
SURE = 1.96
"""Standard errors by which the slope must be positive: the 95 % interval excludes 0."""
_PRIOR_SPREAD = 2.5
"""Standard deviation of the normal prior of the slope, in logits for half the scale: answers that part choices from the
rest without error give no endless slope (a weakly informative prior: Gelman et al., Annals of Applied Statistics
2008)."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """Piecewise linear and never falling, level beyond its ends."""

    want: tuple[float, ...]
    """Ascending stated wants."""
    logit: tuple[float, ...]

    def at(self, want: npt.NDArray[Any]) -> F64:
        """Logits, NaN where the want is; any shape."""
        found: F64 = np.interp(want, self.want, self.logit)
        return found


@dataclass(frozen=True, eq=False)
class Pairs:
    """The answered pairs, as columns. (m,)."""

    person: I32
    """Number of the page."""
    fold: I32
    want: F64
    held_out: Bools
    popularity: F32
    rate: float
    """The base rate."""

    def where(self, mask: Bools) -> Pairs:
        """Some of the pairs, with weights of their own: those of the others say nothing about them."""
        columns = ("person", "fold", "want", "held_out", "popularity")
        return replace(self, **{name: getattr(self, name)[mask] for name in columns})

    @cached_property
    def weight(self) -> F64:
        """Weights that put the share of held-out choices at the base rate."""
        return base_rate_weights(self.held_out, self.rate)

    @cached_property
    def both(self) -> bool:
        """Whether there are held-out choices and others."""
        return 0 < int(self.held_out.sum()) < self.held_out.size


@dataclass(frozen=True, slots=True)
class Line:
    """A logistic line in want; `error` is the slope's standard error."""

    intercept: float
    slope: float
    error: float

    @property
    def is_rising(self) -> bool:
        return self.slope - SURE * self.error > 0


def platt(pairs: Pairs) -> Line:
    """Penalised maximum likelihood by Newton's method; the error is the sandwich with people as units."""
    half = (HIGHEST - LOWEST) / 2
    x = np.stack([np.ones(pairs.want.size), (pairs.want - LOWEST - half) / half], axis=1)
    penalty = np.diag([0.0, _PRIOR_SPREAD**-2])
    beta = np.array([logit(pairs.rate), 0.0])
    for _ in range(100):
        p = expit(x @ beta)
        curvature = x.T @ (x * (pairs.weight * p * (1 - p))[:, None]) + penalty
        step = np.linalg.solve(curvature, x.T @ (pairs.weight * (pairs.held_out - p)) - penalty @ beta)
        beta = beta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    score = x * (pairs.weight * (pairs.held_out - expit(x @ beta)))[:, None]
    _, group = np.unique(pairs.person, return_inverse=True)
    sums = np.stack([np.bincount(group, column) for column in score.T], axis=1)
    bread = np.linalg.inv(curvature)
    spread = bread @ (sums.T @ sums) @ bread * (len(sums) / max(1, len(sums) - 1))
    slope = float(beta[1]) / half
    return Line(float(beta[0]) - slope * (LOWEST + half), slope, float(np.sqrt(spread[1, 1])) / half)


def logistic(pairs: Pairs) -> Curve:
    """Platt's curve; level where it would fall."""
    line = platt(pairs)
    if line.slope <= 0:
        return level_curve(pairs.rate)
    return Curve((LOWEST, HIGHEST), (line.intercept + line.slope * LOWEST, line.intercept + line.slope * HIGHEST))


def isotonic(pairs: Pairs) -> Curve:
    """Weighted isotonic regression over the wants that were stated, each with one more pair at the base rate: so no
    probability is 0 or 1, and no logit endless. Straight lines of the logit between them."""
    from scipy.optimize import isotonic_regression

    level, place = np.unique(pairs.want, return_inverse=True)
    mass = np.bincount(place, pairs.weight) + 1.0
    share = (np.bincount(place, pairs.weight * pairs.held_out) + pairs.rate) / mass
    rising = isotonic_regression(share, weights=mass).x
    return Curve(tuple(level.tolist()), tuple(logit(rising).tolist()))


def level_curve(rate: float) -> Curve:
    """The base rate, whatever is said."""
    at = float(logit(rate))
    return Curve((LOWEST, HIGHEST), (at, at))


def auc(score: npt.NDArray[Any], positive: npt.NDArray[np.bool_]) -> float | None:
    """Chance that a positive scores above a negative, ties counting half (Mann & Whitney 1947). None without both."""
    from scipy.stats import rankdata

    n, m = int(positive.sum()), int((~positive).sum())
    if not (n and m):
        return None
    return (float(rankdata(score)[positive].sum()) - n * (n + 1) / 2) / (n * m)


def expected_error(predicted: F64, pairs: Pairs) -> float:
    """Expected calibration error: mean distance of predicted and real share over ten bins of equal weight (Naeini et
    al., AAAI 2015)."""
    order = np.argsort(predicted, kind="stable")
    mass = np.cumsum(pairs.weight[order])
    # Equal predictions stay in one bin, or their order would decide.
    last = np.append(np.diff(predicted[order]) > 0, True)
    upto = mass[last][np.cumsum(np.append(False, last[:-1]))]
    bins = np.empty(order.size, dtype=np.intp)
    bins[order] = np.minimum(((upto - 1e-9) / mass[-1] * _BINS).astype(np.intp), _BINS - 1)
    gap = np.bincount(bins, pairs.weight * (predicted - pairs.held_out), minlength=_BINS)
    return float(np.abs(gap).sum() / mass[-1])
