"""Means and differences over people, with intervals that know that one person's events belong together.

`values` are one number a person and seed, (n, s), NaN where undefined; seeds are averaged within a person first. The
variance of a mean over persons in clusters (clones share the person they were copied from) is the cluster-robust one::

    se^2 = G / (G - 1) * sum_g (sum_{i in g} (x_i - mean))^2 / n^2

(Liang & Zeger 1986, Biometrika 73, for a mean), which is s^2 / n when every cluster is one person. Intervals and
p-values are Student's with G - 1 degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its standard error and degrees of freedom. `n` counts persons; NaN where undefined."""

    value: float
    se: float
    df: float
    n: int

    @property
    def defined(self) -> bool:
        return math.isfinite(self.value)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Student's interval; (NaN, NaN) where there is no error to speak of (fewer than two clusters)."""
        if not (math.isfinite(self.se) and self.df > 0):
            return math.nan, math.nan
        half = float(stdtrit(self.df, 0.5 + confidence / 2)) * self.se
        return self.value - half, self.value + half

    @property
    def p_value(self) -> float:
        """Two-sided, against 0."""
        if not (math.isfinite(self.se) and self.df > 0):
            return math.nan
        if self.se == 0.0:
            return 1.0 if self.value == 0.0 else 0.0
        return float(2 * stdtr(self.df, -abs(self.value) / self.se))

    def excludes_zero(self, confidence: float) -> bool:
        low, high = self.interval(confidence)
        return low > 0 or high < 0


UNDEFINED = Estimate(math.nan, math.nan, 0.0, 0)


def mean(values: F64, clusters: npt.NDArray[Any]) -> Estimate:
    """Mean over persons of their mean over seeds. `values` (n, s) or (n,), `clusters` (n,) of any kind."""
    per_person = over_seeds(values)
    known = np.isfinite(per_person)
    x = per_person[known]
    if x.size == 0:
        return UNDEFINED
    centre = float(x.mean())
    _, group = np.unique(clusters[known], return_inverse=True)
    sums = np.bincount(group, weights=x - centre)
    n_clusters = sums.size
    if n_clusters < 2:
        return Estimate(centre, math.nan, 0.0, x.size)
    # Identical persons leave rounding crumbs; they are no variance.
    crumbs = np.finfo(np.float64).eps * 4 * max(1.0, abs(centre)) * x.size
    spread = float((sums**2).sum())
    spread = 0.0 if spread <= crumbs**2 else spread
    se = math.sqrt(n_clusters / (n_clusters - 1) * spread) / x.size
    return Estimate(centre, se, n_clusters - 1, x.size)


def paired(control: F64, treatment: F64, clusters: npt.NDArray[Any]) -> Estimate:
    """Mean difference over the persons and seeds that both arms have. Both (n, s), rows and seeds aligned."""
    return mean(treatment - control, clusters)


def unpaired(control: Estimate, treatment: Estimate) -> Estimate:
    """Difference of two independent means; degrees of freedom by Welch (1947, Biometrika 34) and Satterthwaite."""
    a, b = control.se**2, treatment.se**2
    difference = treatment.value - control.value
    n = control.n + treatment.n
    if not math.isfinite(a + b):
        return Estimate(difference, math.nan, 0.0, n)
    if a + b == 0:
        return Estimate(difference, 0.0, control.df + treatment.df, n)
    return Estimate(difference, math.sqrt(a + b), (a + b) ** 2 / (a**2 / control.df + b**2 / treatment.df), n)


def jackknife(values: F64, n: int) -> Estimate:
    """From the value of everybody and those without each group, NaN where it has nobody. `values` (1 + groups,)."""
    everybody, without = float(values[0]), values[1:][np.isfinite(values[1:])]
    groups = without.size
    if not math.isfinite(everybody) or groups < 2:
        return Estimate(everybody, math.nan, 0.0, n if math.isfinite(everybody) else 0)
    se = math.sqrt((groups - 1) / groups * float(((without - without.mean()) ** 2).sum()))
    return Estimate(everybody, se, groups - 1, n)


def over_seeds(values: F64) -> F64:
    """Mean over a person's seeds, of those that are defined. (n, s) or (n,) to (n,)."""
    if values.ndim == 1:
        return values
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    mean_of: F64 = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean_of


def with_spread(within: Estimate, between: F64) -> Estimate:
    """Add the variance between K minds to the one within: total = within + (1 + 1/K) between.

    Rubin (1987), Multiple Imputation for Nonresponse in Surveys; degrees of freedom by Satterthwaite (1946, Biometrics
    Bulletin 2), G - 1 for the one variance and K - 1 for the other. (Those of Barnard & Rubin 1999 tend to 0 where the
    variance between dominates, which with thousands of people it does.) Minds are no random draws of one posterior, so
    this is a bracket and no exact coverage.
    """
    k = between.size
    if k < 2 or not math.isfinite(within.se):
        return within
    added, own = (1 + 1 / k) * float(between.var(ddof=1)), within.se**2
    if added == 0.0:
        return within
    df = (own + added) ** 2 / (own**2 / within.df + added**2 / (k - 1))
    return Estimate(within.value, math.sqrt(own + added), df, within.n)
