"""One member of the ensemble: which base models it stands on, and its weights, ready to be looked up.

The curves of `simulator.minds.weights` are tabulated on an even grid, so that a score becomes a logit by one
multiplication and one look-up. There is one set of curves for each fold of people, learnt from the other folds:
nobody's held-out choices touch what they themselves want.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from simulator.minds.family import Arrays
from simulator.minds.weights import Curves
from simulator.records import F32

_ENTRIES = 2048
"""Entries of a table: a step is below .01 logits on MovieLens-1M."""


@dataclass(frozen=True, eq=False)
class Member:
    """A way to weigh the families. Its features are, family by family, score and standardised score, then activity."""

    name: str
    base: str
    """Name of the base models that it weighs."""
    tables: F32
    """Tabulated curves, the folds one after the other. (n_features, n_folds * entries)."""
    low: F32
    """Feature value of the first entry. (n_features,)."""
    step: F32
    """Distance of entries. (n_features,)."""
    intercept: F32
    """(n_folds,)."""
    optimism: F32
    """Quantiles of the logits of choices that the base models have seen, and of held-out ones. (2, an odd number)."""

    @classmethod
    def of(cls, name: str, base: str, folds: Sequence[Curves], optimism: F32) -> Self:
        low = np.min([fold.knots[:, 0] for fold in folds], axis=0)
        high = np.max([fold.knots[:, -1] for fold in folds], axis=0)
        places = np.linspace(low, high, _ENTRIES, axis=1)
        tables = np.concatenate(
            [[np.interp(*curve) for curve in zip(places, fold.knots, fold.values, strict=True)] for fold in folds],
            axis=1,
        )
        return cls(
            name,
            base,
            tables.astype(np.float32),
            low.astype(np.float32),
            ((high - low) / (_ENTRIES - 1)).astype(np.float32),
            np.array([fold.intercept for fold in folds], dtype=np.float32),
            optimism,
        )

    @cached_property
    def used(self) -> tuple[int, ...]:
        """The features whose curves are not flat zero."""
        return tuple(int(f) for f in np.flatnonzero((self.tables != 0).any(axis=1)))

    @property
    def entries(self) -> int:
        """Entries of one fold's table."""
        return int(self.tables.shape[1] // self.intercept.size)

    @property
    def typical(self) -> np.float32:
        """Median logit of held-out choices."""
        return np.float32(self.optimism[1, self.optimism.shape[1] // 2])

    def without_optimism(self, logits: F32) -> F32:
        """Logits of choices that the base models have seen, as if they had not: matched by quantile to held-out ones.

        M and V are random parts of one history, so their logits would be distributed alike.
        """
        matched: F32 = np.interp(logits, self.optimism[0], self.optimism[1]).astype(np.float32)
        return matched

    def arrays(self) -> Arrays:
        names = ("tables", "low", "step", "intercept", "optimism")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_arrays(cls, name: str, base: str, arrays: Arrays) -> Self:
        return cls(name, base, *(arrays[n] for n in ("tables", "low", "step", "intercept", "optimism")))
