"""The factor family: implicit-feedback matrix factorisation by alternating least squares (Hu, Koren & Volinsky,
"Collaborative filtering for implicit feedback datasets", ICDM 2008), as in the library `implicit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from simulator.minds.family import Arrays, Histories, Known
from simulator.products import rowwise_product
from simulator.records import F32


@dataclass(frozen=True, eq=False)
class FactorFamily:
    """Scores are dot products of a person's factors with an item's."""

    name: ClassVar[str] = "factor"
    people: F32
    """(n_users, factors); zero for those without a history."""
    items: F32
    """(n_items, factors); zero for items that nobody chose."""
    confidence: float
    penalty: float

    @classmethod
    def fit(
        cls,
        known: Known,
        *,
        seed: int,
        factors: int = 64,
        confidence: float = 5.0,
        penalty: float = 50.0,
        rounds: int = 12,
    ) -> Self:
        """`confidence` is alpha and `penalty` lambda of the paper."""
        from implicit.cpu.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(
            factors=factors,
            regularization=penalty,
            alpha=confidence,
            iterations=rounds,
            num_threads=0,  # all cores: rows are solved one by one, so their number changes no bit
            random_state=seed % 2**31,
        )
        model.fit(known.matrix, show_progress=False)
        people, items = np.array(model.user_factors), np.array(model.item_factors)
        people[np.diff(known.matrix.indptr) == 0] = 0.0
        items[known.counts == 0] = 0.0
        return cls(people, items, confidence, penalty)

    def scores(self, people: Histories) -> F32:
        """Dot products, row by row. (n, n_items)."""
        factors = np.where(people.is_known[:, None], self.people[np.maximum(people.rows, 0)], np.float32(0))
        for row in np.flatnonzero(~people.is_known & (np.diff(people.matrix.indptr) > 0)):
            factors[row] = self._folded(
                people.matrix.indices[people.matrix.indptr[row] : people.matrix.indptr[row + 1]]
            )
        return rowwise_product(factors, np.ascontiguousarray(self.items.T))

    def evidence(self, person: Histories, item: int) -> F32:
        """How the half-step of `_folded` shares the score out among the choices, as the paper explains
        recommendations (its section 5): y_i' (Y'Y + penalty I + (confidence - 1) Yu'Yu)^-1 confidence y_j. (n_chosen,).

        They sum to the score for who is not in the log, and nearly so for the others, whose factors are older by half
        a step of the fit.
        """
        mine = self.items[person.matrix.indices].astype(np.float64)
        left = self._normal + (self.confidence - 1) * (mine.T @ mine)
        toward = np.linalg.solve(left, self.items[item].astype(np.float64))
        told: F32 = (self.confidence * (mine @ toward)).astype(np.float32)
        return told

    def arrays(self) -> Arrays:
        settings = np.array([self.confidence, self.penalty])
        return {"people": self.people, "items": self.items, "settings": settings}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["people"], arrays["items"], *map(float, arrays["settings"]))

    def _folded(self, chosen: npt.NDArray[np.integer[Any]]) -> F32:
        """Factors of somebody who is not in the log and chose these items: the paper's own half-step,

        (Y'Y + penalty I + (confidence - 1) Yu'Yu)^-1 confidence Yu'1,  Yu the rows of Y that were chosen. (factors,).
        """
        mine = self.items[chosen].astype(np.float64)
        left = self._normal + (self.confidence - 1) * (mine.T @ mine)
        folded: F32 = np.linalg.solve(left, self.confidence * mine.sum(axis=0)).astype(np.float32)
        return folded

    @cached_property
    def _normal(self) -> npt.NDArray[np.float64]:
        wide = self.items.astype(np.float64)
        normal: npt.NDArray[np.float64] = wide.T @ wide + self.penalty * np.eye(wide.shape[1])
        return normal
