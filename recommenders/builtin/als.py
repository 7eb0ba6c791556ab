"""Matrix factorization of implicit feedback by alternating least squares, from the `implicit` library."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from recommenders.builtin.parameters import flag, real, whole
from recommenders.builtin.stored import Stored
from recommenders.matrix import MatrixRecommender
from simulator.products import rowwise_product
from simulator.records import F32


class ALS(MatrixRecommender, Stored):
    """Factors of people and items whose product tells choices from the rest, weighted by confidence.

    factors: width of the factors. regularization: ridge on both. alpha: confidence of a choice against a non-choice.
    iterations: of alternating solutions. seed: of the starting factors. refresh_people: solve a person's factors anew
    at the start of each session in which there is something new; false: the factors of the log hold for the whole
    run.

    Hu, Koren & Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008. A person's factors are
    the exact solution for their history given the items' factors.
    """

    kept: ClassVar[tuple[str, ...]] = ("popularity", "item_factors")
    item_factors: F32
    """(n_items, factors)."""

    def __init__(
        self,
        *,
        factors: int = 64,
        regularization: float = 0.01,
        alpha: float = 1.0,
        iterations: int = 15,
        seed: int = 0,
        refresh_people: bool = False,
    ) -> None:
        self.factors = whole("factors", factors, at_least=1, at_most=4096)
        self.regularization = real("regularization", regularization, above=0)
        self.alpha = real("alpha", alpha, above=0)
        self.iterations = whole("iterations", iterations, at_least=1)
        self.seed = whole("seed", seed, at_least=0, at_most=2**32 - 1)
        self.refresh_people = flag("refresh_people", refresh_people)
        self.adapts = "session" if self.refresh_people else "never"

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        from threadpoolctl import threadpool_limits

        self.item_factors = np.zeros((matrix.shape[1], self.factors), dtype=np.float32)
        if matrix.nnz:
            # The library's threads solve a row each, which changes no bit; BLAS threads beside them get in the way.
            with threadpool_limits(1, user_api="blas"):
                model = self._library(threads=0)
                model.fit(matrix, show_progress=False)
            self.item_factors = np.asarray(model.item_factors, dtype=np.float32)
        self._restored()

    def _library(self, threads: int) -> Any:
        from implicit.cpu.als import AlternatingLeastSquares

        return AlternatingLeastSquares(
            factors=self.factors,
            regularization=self.regularization,
            alpha=self.alpha,
            iterations=self.iterations,
            num_threads=threads,
            random_state=self.seed,
        )

    def _restored(self) -> None:
        self._by_factor = np.ascontiguousarray(self.item_factors.T)
        self._solver: Any = None

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="blas"):
            if self._solver is None:
                self._solver = self._library(threads=1)
                self._solver.item_factors = np.array(self.item_factors)  # the library refuses mapped, read-only memory
            people = self._solver.recalculate_user(np.arange(histories.shape[0]), histories)
            return rowwise_product(people, self._by_factor)
