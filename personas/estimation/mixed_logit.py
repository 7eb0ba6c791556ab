"""Logistic regression in which every person has coefficients of their own, and items have an appeal of their own.

logit P(y) = x (b + b_person) + z c + a_item, with b_person normal with a variance for each coefficient, a_item normal.
The first coefficient may have a mean that depends on what else is known of the person, and varies about that.
Coefficients are at their posterior mode (penalised quasi-likelihood; Breslow & Clayton, J. Amer. Statistical
Association 1993), variances at the fixed point of what they explain (empirical Bayes; MacKay, Neural Computation 1992).
Newton steps over all people at once, never person by person.

Outcomes may be soft: y in [0, 1] is a probability of one, `weight` the probability that the row counts at all. What is
missing of the information is then told by `missing` (Louis, J. Royal Statistical Society B 1982), so that confidence is
not more than the data give.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from personas.estimation.scales import F64

_LEAST_VARIANCE = 1e-5
_START = 0.1
"""Variance of the coefficients before any data, per standard deviation of their column."""
_STEP = 4.0
"""Logits by which one Newton step may move a coefficient at most."""
_SLICE = 200_000
"""Rows that are squared at once, to bound the memory."""


class MixedLogit:
    """A model while it is fitted.

    `person` (ascending) and `item` of each row; `x` the columns in which people differ, `z` those in which they do not,
    (rows,) each; `known` what the first coefficient may depend on, (n_people, w).
    """

    def __init__(
        self,
        person: npt.NDArray[np.intp],
        n_people: int,
        x: Sequence[F64],
        z: Sequence[F64],
        *,
        item: npt.NDArray[np.intp] | None = None,
        n_items: int = 0,
        known: F64 | None = None,
    ) -> None:
        assert bool((np.diff(person) >= 0).all()), "rows must be in the order of people"
        self.person, self.item, self.known = person, item, known
        self.n_people, self.n_items, self._r = n_people, n_items, len(x)
        self._columns = np.stack([*x, *z])
        """Columns of x, then of z. (r + f, rows)."""
        self.crowd = np.zeros(len(self._columns))
        """Coefficients of the crowd: of x, then of z. (r + f,)."""
        self.own = np.zeros((n_people, self._r))
        """Deviations of each person. (n_people, r)."""
        self.expected = np.zeros((n_people, self._r))
        """What is expected of each person's deviations. (n_people, r)."""
        self.variance = np.full(self._r, _START)
        """Of the deviations. (r,)."""
        self.doubt = np.tile(self.variance, (n_people, 1))
        """Posterior variance of the deviations. (n_people, r)."""
        self.appeal = np.zeros(n_items)
        self._appeal_variance = _START
        self._first = np.flatnonzero(np.diff(person, prepend=-1))
        self._told = person[self._first]

    def logit(self) -> F64:
        """(rows,)."""
        logit: F64 = self.crowd @ self._columns
        for j in range(self._r):
            logit += self.own[:, j][self.person] * self._columns[j]
        if self.item is not None:
            logit += self.appeal[self.item]
        return logit

    def step(self, y: F64, weight: F64) -> None:
        """One round of the coefficients: the crowd's, the items', the people's. All (rows,)."""
        self._move_crowd(y, weight)
        if self.item is not None:
            self._move_items(y, weight)
        self._move_people(y, weight)

    def learn_variance(self, weight: F64, missing: F64 | None = None) -> None:
        """Posterior variances of the people's coefficients, and what these vary by over people. (rows,)."""
        chance = expit(self.logit())
        information = weight * chance * (1 - chance)
        if missing is not None:
            information = np.maximum(information - missing, 0.0)
        posterior = np.linalg.inv(self._curvature(information) + np.diag(1 / self.variance))
        self.doubt = np.ascontiguousarray(np.diagonal(posterior, axis1=1, axis2=2))
        if self.known is not None:
            design = np.hstack([np.ones((self.n_people, 1)), self.known])
            line = np.linalg.lstsq(design[self._told], self.own[self._told, 0], rcond=None)[0]
            self.expected[:, 0] = design @ line
        self.variance = _fixed_point(self.particular[self._told], self.doubt[self._told], self.variance)

    @property
    def particular(self) -> F64:
        """Deviations from what is expected of the person. (n, r)."""
        return self.own - self.expected

    @property
    def confidence(self) -> F64:
        """1 - posterior / prior variance of each coefficient of each person; 0 if people do not differ. (n, r)."""
        sure = np.clip(1 - self.doubt / self.variance, 0.0, 1.0)
        return np.where(self.variance > 2 * _LEAST_VARIANCE, sure, 0.0)

    def _slope(self, y: F64, weight: F64) -> tuple[F64, F64]:
        chance = expit(self.logit())
        return weight * (y - chance), weight * chance * (1 - chance)

    def _move_crowd(self, y: F64, weight: F64) -> None:
        residual, information = self._slope(y, weight)
        slope = self._columns @ residual
        curvature = np.zeros((slope.size, slope.size))
        for start in range(0, residual.size, _SLICE):
            part = self._columns[:, start : start + _SLICE]
            curvature += (part * information[start : start + _SLICE]) @ part.T
        curvature += 1e-6 * np.diag(1 + curvature.diagonal())
        self.crowd += np.clip(np.linalg.solve(curvature, slope), -_STEP, _STEP)

    def _move_items(self, y: F64, weight: F64) -> None:
        assert self.item is not None
        residual, information = self._slope(y, weight)
        slope = np.bincount(self.item, residual, self.n_items) - self.appeal / self._appeal_variance
        curvature = np.bincount(self.item, information, self.n_items) + 1 / self._appeal_variance
        self.appeal += np.clip(slope / curvature, -_STEP, _STEP)
        self._appeal_variance = _fixed_point(self.appeal[:, None], 1 / curvature[:, None], self._appeal_variance)[0]

    def _move_people(self, y: F64, weight: F64) -> None:
        residual, information = self._slope(y, weight)
        slope = np.stack([self._sum(residual * column) for column in self._columns[: self._r]], axis=1)
        slope -= self.particular / self.variance
        curvature = self._curvature(information) + np.diag(1 / self.variance)
        self.own += np.clip(np.linalg.solve(curvature, slope[:, :, None])[:, :, 0], -_STEP, _STEP)

    def _curvature(self, information: F64) -> F64:
        """Sum of information x x^T over each person's rows. (n_people, r, r)."""
        out = np.empty((self.n_people, self._r, self._r))
        for j in range(self._r):
            weighted = information * self._columns[j]
            for k in range(j, self._r):
                out[:, j, k] = out[:, k, j] = self._sum(weighted * self._columns[k])
        return out

    def _sum(self, values: F64) -> F64:
        """Sum of each person's rows. (n_people,)."""
        out = np.zeros(self.n_people)
        if values.size:
            out[self._told] = np.add.reduceat(values, self._first)
        return out


def _fixed_point(effect: F64, doubt: F64, variance: F64 | float) -> F64:
    """Variance that so many well-determined effects have: sum of squares over sum of 1 - doubt / variance. (r,)."""
    determined = np.maximum((1 - doubt / variance).sum(axis=0), 1e-9)
    found: F64 = np.clip((effect**2).sum(axis=0) / determined, _LEAST_VARIANCE, 25.0)
    return found
