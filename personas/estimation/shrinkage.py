"""Shrinkage: what a noisy estimate of one person is worth, given how much people differ.

Each person's estimate x is normal about their true value with a known squared error, and true values are normal about
the crowd's mean with a variance that the estimates themselves tell: parametric empirical Bayes (Efron & Morris, J.
Amer. Statistical Association 1975; Morris, J. Amer. Statistical Association 1983). So a person of whom little is known
is ordinary, not extreme.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from personas.estimation.scales import F64, LIMIT
from simulator.records import F32

_HALVINGS = 60
_MEASURES_AGREE, _MEASURES_DOUBT = 0.5, 0.3
"""Correlation of the true values that two measures of one trait have before any data, and its standard deviation.
Assumed: "medium to large", and nearly open."""


@dataclass(frozen=True, eq=False)
class Shrunk:
    """True values of n people as far as they are known."""

    mean: float
    """Of the crowd."""
    variance: float
    """Of true values between people; 0: no difference between people is visible."""
    posterior: F64
    """Expected true value; the crowd's mean where nothing is known. (n,)."""
    confidence: F64
    """Reliability, 1 - posterior / prior variance, in [0, 1]; 0 where nothing is known. (n,)."""

    @property
    def value(self) -> F32:
        """Standard deviations of true values from the crowd's mean, within ±`LIMIT`; 0 where nothing is known. (n,)."""
        if self.variance <= 0:
            return np.zeros(self.posterior.size, dtype=np.float32)
        sd = (self.posterior - self.mean) / np.sqrt(self.variance)
        value: F32 = np.clip(sd, -LIMIT, LIMIT).astype(np.float32)
        return value


def shrink(estimate: F64, error: F64) -> Shrunk:
    """Posterior of each person's true value. `estimate` and its squared `error` (n,); NaN or inf: nothing is known."""
    known = np.isfinite(estimate) & np.isfinite(error)
    mean, variance = crowd_of(estimate[known], error[known])
    confidence = np.zeros(estimate.size)
    if variance > 0:
        confidence[known] = variance / (variance + error[known])
    posterior = np.full(estimate.size, mean)
    posterior[known] += confidence[known] * (estimate[known] - mean)
    return Shrunk(mean, variance, posterior, confidence)


def crowd_of(estimate: F64, error: F64) -> tuple[float, float]:
    """Mean and variance of true values: the variance at which the weighted squares are as large as they should be.

    Paule & Mandel, J. Research of the National Bureau of Standards 1982. All (n,), finite.
    """
    n = estimate.size
    if n < 2:  # one person tells of no difference
        return float(estimate.sum()), 0.0
    error = np.maximum(error, 1e-12 + 1e-9 * float(estimate.var()))

    def excess(variance: float) -> tuple[float, float]:
        weight = 1 / (variance + error)
        mean = float(weight @ estimate / weight.sum())
        return float(weight @ (estimate - mean) ** 2) - (n - 1), mean

    low, high = 0.0, float(estimate.var())
    surplus, mean = excess(low)
    if surplus <= 0:
        return mean, 0.0
    while excess(high)[0] > 0:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle)[0] > 0 else (low, middle)
    return excess(high)[1], high


def combine(main: Shrunk, second: Shrunk) -> Shrunk:
    """One trait from two measures whose errors are independent, in standard deviations of `main`.

    The second counts by its precision, and by how well what it measures agrees with what the first does: the
    correlation of the two over people, freed of the noise in both (Spearman 1904), and held by a prior where few people
    have both. Where nobody has the first, the second stands for it.
    """
    one, other = main.value.astype(np.float64), second.value.astype(np.float64)
    if not main.confidence.any() or not second.confidence.any():
        only = second if second.confidence.any() else main
        return Shrunk(0.0, 1.0, only.value.astype(np.float64), only.confidence)
    loading = _agreement(one, main.confidence, other, second.confidence)
    gain = loading**2 * second.confidence
    # Error variances in units of the trait; a measure of confidence c has (1 - c) / c.
    precision_1 = main.confidence / np.maximum(1 - main.confidence, 1e-9)
    precision_2 = gain / np.maximum(1 - gain, 1e-9)
    total = 1 + precision_1 + precision_2
    mean = (one / np.maximum(1 - main.confidence, 1e-9) + loading * other / np.maximum(1 - gain, 1e-9)) / total
    return Shrunk(0.0, 1.0, mean, 1 - 1 / total)


def _agreement(one: F64, confidence_1: F64, other: F64, confidence_2: F64) -> float:
    """Correlation of the true values behind two shrunk measures, in [0, 1].

    E[one x other] = correlation x confidence_1 x confidence_2, so that it is a regression through zero, whose noise has
    about the variance confidence_1 x confidence_2.
    """
    weight = confidence_1 * confidence_2
    seen = float((one * other).sum())
    information = float(weight.sum())
    prior = 1 / _MEASURES_DOUBT**2
    return float(np.clip((seen + prior * _MEASURES_AGREE) / (information + prior), 0.0, 1.0))
