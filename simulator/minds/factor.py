"""The factor family: implicit-feedback matrix factorisation by alternating least squares (Hu, Koren & Volinsky,
"Collaborative filtering for implicit feedback datasets", ICDM 2008), as in the library `implicit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from simulator.minds.family import Arrays, Histories, Known
from simulator.products import padded_product
from simulator.records import F32


@dataclass(frozen=True, eq=False)
class FactorFamily:
    """Scores are dot products of a person's factors with an item's."""

    name: ClassVar[str] = "factor"
    people: F32
    """(n_users, factors); zero for those without a history."""
    items: F32
    """(n_items, factors); zero for items that nobody chose."""

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
        return cls(people, items)

    def scores(self, people: Histories) -> F32:
        """Dot products, in products of a fixed shape. (n, n_items)."""
        factors = np.where(people.is_known[:, None], self.people[np.maximum(people.rows, 0)], np.float32(0))
        return padded_product(factors, np.ascontiguousarray(self.items.T))

    def arrays(self) -> Arrays:
        return {"people": self.people, "items": self.items}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["people"], arrays["items"])
