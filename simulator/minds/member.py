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
from simulator.records import F32, I32

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
    """Feature value of each fold's first entry. (n_features, n_folds)."""
    step: F32
    """Distance of each fold's entries. (n_features, n_folds)."""
    intercept: F32
    """(n_folds,)."""
    optimism: F32
    """Quantiles of the logits of choices that the base models have seen, and of held-out ones. (n_folds, 2, odd)."""

    @classmethod
    def of(cls, name: str, base: str, folds: Sequence[Curves], optimism: Sequence[F32]) -> Self:
        """Tabulate the curves of each fold, and stack its map of quantiles."""
        low = np.stack([fold.knots[:, 0] for fold in folds], axis=1)
        step = np.stack([fold.knots[:, -1] for fold in folds], axis=1) - low
        step /= _ENTRIES - 1
        at = np.arange(_ENTRIES)
        tables = [
            [np.interp(first + apart * at, knots, values) for first, apart, knots, values in zip(*fold, strict=True)]
            for fold in ((low[:, nth], step[:, nth], curves.knots, curves.values) for nth, curves in enumerate(folds))
        ]
        return cls(
            name,
            base,
            np.concatenate(tables, axis=1).astype(np.float32),
            low.astype(np.float32),
            step.astype(np.float32),
            np.array([fold.intercept for fold in folds], dtype=np.float32),
            np.stack(optimism).astype(np.float32),
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
    def typical(self) -> F32:
        """Median logit of held-out choices, by fold. (n_folds,)."""
        middle: F32 = self.optimism[:, 1, self.optimism.shape[2] // 2]
        return middle

    def without_optimism(self, logits: F32, fold: I32) -> F32:
        """Logits of choices that the base models have seen, as if they had not: matched by quantile to held-out ones.

        M and V are random parts of one history, so their logits would be distributed alike. `logits` and `fold` (n,).
        """
        matched = np.empty_like(logits)
        for nth, (seen, held_out) in enumerate(self.optimism):
            own = fold == nth
            matched[own] = np.interp(logits[own], seen, held_out)
        return matched

    def arrays(self) -> Arrays:
        names = ("tables", "low", "step", "intercept", "optimism")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_arrays(cls, name: str, base: str, arrays: Arrays) -> Self:
        return cls(name, base, *(arrays[n] for n in ("tables", "low", "step", "intercept", "optimism")))
