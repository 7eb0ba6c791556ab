"""The rating that a person is expected to give: biases and a few factors of known ratings.

    r = mu + b_u + b_i + p_u . q_i

with damped biases, and factors by alternating ridge regressions on what the biases leave (Koren, Bell & Volinsky,
"Matrix factorization techniques for recommender systems", IEEE Computer 2009). People choose what they rate, so
this is the rating of things that are chosen, not of things at large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.minds.family import Arrays
from simulator.records import F32, I32, InteractionLog

F64 = npt.NDArray[np.float64]

_FACTORS = 8
_ROUNDS = 8
_DAMPING = 8.0
"""Ratings at which a bias counts half."""
_PENALTY = 12.0
"""Ridge penalty of a factor, in ratings."""


@dataclass(frozen=True, eq=False)
class RatingModel:
    """Expected ratings on each person's own scale; without any known rating, `mean` is NaN."""

    mean: float
    person_bias: F32
    item_bias: F32
    person_factors: F32
    """(n_users, factors)."""
    item_factors: F32
    """(n_items, factors)."""

    @classmethod
    def fit(cls, log: InteractionLog, *, seed: int) -> Self:
        """Learn from the rows of `log` that carry a rating."""
        rated = log.select(np.isfinite(log.rating))
        n_users, n_items = log.n_users, len(log.catalog)
        if len(rated) == 0:
            empty = np.zeros((0, _FACTORS), dtype=np.float32)
            nobody = np.zeros(0, dtype=np.float32)
            return cls(float("nan"), nobody, nobody, empty, empty)
        rating = rated.rating.astype(np.float64)
        mean = float(rating.mean())
        person, item = np.zeros(n_users), np.zeros(n_items)
        for _ in range(4):
            item = _damped(rated.item, rating - mean - person[rated.user], n_items)
            person = _damped(rated.user, rating - mean - item[rated.item], n_users)
        left = rating - mean - person[rated.user] - item[rated.item]
        shape = (n_users, n_items)
        seen = sparse.csr_matrix((np.ones(left.size), (rated.user, rated.item)), shape=shape)
        rest = sparse.csr_matrix((left, (rated.user, rated.item)), shape=shape)
        seen_t, rest_t = sparse.csr_matrix(seen.T), sparse.csr_matrix(rest.T)
        items = np.random.default_rng(seed % 2**63).normal(0, 0.1, (n_items, _FACTORS))
        people = np.zeros((n_users, _FACTORS))
        for _ in range(_ROUNDS):
            people = _ridge(seen, rest, items)
            items = _ridge(seen_t, rest_t, people)
        return cls(mean, *(part.astype(np.float32) for part in (person, item, people, items)))

    @property
    def is_known(self) -> bool:
        """Whether there were any ratings to learn from."""
        return bool(np.isfinite(self.mean))

    def expected(self, rows: I32, items: I32) -> F32:
        """Expected rating; `rows` (n,) of the log, -1 for strangers, `items` (n, k) of the catalogue. (n, k)."""
        who, stranger = np.maximum(rows, 0), rows < 0
        own = np.where(stranger, np.float32(0), self.person_bias[who]) + np.float32(self.mean)
        factors = np.where(stranger[:, None], np.float32(0), self.person_factors[who])
        out = own[:, None] + self.item_bias[items]
        # One factor at a time: each element is summed in the same order, whatever the size of the batch.
        for f in range(factors.shape[1]):
            out += factors[:, f, None] * self.item_factors[items, f]
        return out

    def arrays(self) -> Arrays:
        return {
            "mean": np.array(self.mean),
            "person_bias": self.person_bias,
            "item_bias": self.item_bias,
            "person_factors": self.person_factors,
            "item_factors": self.item_factors,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        names = ("person_bias", "item_bias", "person_factors", "item_factors")
        return cls(float(arrays["mean"]), *(arrays[name] for name in names))


def _damped(rows: I32, values: F64, size: int) -> F64:
    """Mean of the values of each row, shrunk to 0."""
    total = np.bincount(rows, weights=values, minlength=size)
    return np.asarray(total / (np.bincount(rows, minlength=size) + _DAMPING), dtype=np.float64)


def _ridge(seen: sparse.csr_matrix, rest: sparse.csr_matrix, factors: F64) -> F64:
    """For each row the ridge regression of `rest` on the factors of the columns that are `seen`."""
    width = factors.shape[1]
    squares = (factors[:, :, None] * factors[:, None, :]).reshape(len(factors), -1)
    left = (seen @ squares).reshape(-1, width, width) + _PENALTY * np.eye(width)
    right = np.asarray(rest @ factors)
    return np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0])
