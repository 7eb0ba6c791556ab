"""The Big Five of people, drawn jointly given gender and age.

A Gaussian copula: each score's normal score is a regression on gender and age plus a normal residual that is correlated
with those of the other four; the score is where the data's scores reach that normal score. So scores stay in [0, 1],
keep the data's skewed shapes, and correlate as people's do. All numbers are in `big_five.yaml`, fitted by
`benchmarks/fit_big_five.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.traits import BIG_FIVE
from simulator.randomness import U64, Stream, slot_keys

F64 = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

FILE = Path(__file__).with_name("big_five.yaml")
TERMS = ("intercept", "female", "other", "age", "age_squared")
KNOTS: F64 = np.linspace(-3.5, 3.5, 29)
YOUNGEST, OLDEST, ORIGIN = 13.0, 70.0, 30.0
"""Ages beyond these count as these: below 13 nobody was asked, above 70 only two dozen people."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BigFive:
    """A fitted distribution of five traits, in the order of `BIG_FIVE`."""

    people: int
    mean: F64
    """Of scores in 0-1. (5,)."""
    sd: F64
    alpha: F64
    """Cronbach's, of ten items each. (5,)."""
    correlation: F64
    """Of scores. (5, 5)."""
    regression: F64
    """Of normal scores on `TERMS`. (5 terms, 5 traits)."""
    residual_covariance: F64
    """Of normal scores given gender and age. (5, 5)."""
    knots: F64
    """Normal scores. (k,), ascending."""
    score_at_knot: F64
    """(5, k), ascending along each row, from 0 to 1."""

    def expected(self, age: npt.ArrayLike, gender: Texts) -> F64:
        """Mean normal score of people of that age and gender (`female`, `male`; all others: `other`). (n, 5)."""
        return design(age, gender) @ self.regression

    def draw(self, seed: int, keys: U64, age: npt.ArrayLike, gender: Texts) -> F64:
        """Normal scores of people, keyed by seed and person. (n, 5)."""
        luck = Stream.of(seed, "population", "big five").normal(keys, things=slot_keys(len(BIG_FIVE)))
        drawn: F64 = self.expected(age, gender) + luck @ np.linalg.cholesky(self.residual_covariance).T
        return drawn

    def scores(self, normal: F64) -> F64:
        """Scores in 0-1 of normal scores. (n, 5) each."""
        return np.column_stack(
            [np.interp(z, self.knots, at) for z, at in zip(normal.T, self.score_at_knot, strict=True)]
        )

    def to_sd(self, scores: F64) -> F64:
        """Normal scores of scores in 0-1, the inverse of `scores`; NaN stays. (n, 5) each."""
        return np.column_stack(
            [np.interp(x, at, self.knots) for x, at in zip(scores.T, self.score_at_knot, strict=True)]
        )


def design(age: npt.ArrayLike, gender: Texts) -> F64:
    """The regression's terms: 1, female, other (male: neither), age in decades from 30, its square. (n, 5)."""
    decades = (np.clip(np.asarray(age, dtype=np.float64), YOUNGEST, OLDEST) - ORIGIN) / 10
    female, male = gender == "female", gender == "male"
    return np.column_stack([np.ones_like(decades), female, ~female & ~male, decades, decades**2]).astype(np.float64)


@cache
def fitted() -> BigFive:
    """The distribution that ships."""
    from simulator.documents.yaml_tree import parse

    value: dict[str, Any] = parse(FILE.read_text(encoding="utf-8")).value
    regression = np.array([value["regression"][term] for term in TERMS])
    names = ("mean", "sd", "alpha", "correlation", "residual_covariance", "knots", "score_at_knot")
    arrays = {name: np.array(value[name], dtype=np.float64) for name in names}
    return BigFive(people=value["people"], regression=regression, **arrays)
