"""EASE: the linear autoencoder that is solved in closed form and is hard to beat on dense logs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recommenders.builtin.parameters import real
from recommenders.builtin.stored import Stored
from recommenders.matrix import MatrixRecommender
from simulator.products import Panels
from simulator.records import F32, I32, UserInputError

MOST_ITEMS = 20_000
"""Two float64 matrices of this many rows and columns take 6.4 GB; beyond that, closed form is out of reach."""


class EASE(MatrixRecommender, Stored):
    """Linear item-to-item weights without self-loops, by ridge regression in closed form.

    regularization: the ridge λ, in choices; more of it trusts rare items less.

    Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019: with P = (XᵀX + λI)⁻¹ the weights are
    B = I - P / diag(P) column by column, so that its diagonal is zero.
    """

    adapts = "fold"
    kept: ClassVar[tuple[str, ...]] = ("popularity", "panels")
    panels: F32
    """`Panels` of the weights (n_items, n_items): what a choice of the row's item adds to the score of the column's."""

    def __init__(self, *, regularization: float = 250.0) -> None:
        self.regularization = real("regularization", regularization, above=0)

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        from scipy.linalg import lapack
        from threadpoolctl import threadpool_limits

        n_items = matrix.shape[1]
        if n_items > MOST_ITEMS:
            raise UserInputError(
                f"ease: {n_items:,} items are too many for a matrix of items by items (at most {MOST_ITEMS:,}). "
                "Use item-knn or als, or a smaller catalogue"
            )
        if n_items == 0:
            self.panels = Panels.of(np.zeros((0, 0), dtype=np.float32)).panels
            self._restored()
            return
        gram = np.asfortranarray((matrix.T @ matrix).toarray(), dtype=np.float64)
        gram[np.diag_indices(n_items)] += self.regularization
        # One thread: the rounding of a threaded factorization depends on the number of cores.
        with threadpool_limits(1, user_api="blas"):
            factor, failed = lapack.dpotrf(gram, lower=True, overwrite_a=True)
            inverse, failed_too = lapack.dpotri(factor, lower=True, overwrite_c=True)
        if failed or failed_too:
            raise UserInputError(
                f"ease: the matrix cannot be inverted with regularization {self.regularization:g}. Raise it"
            )
        lower = np.tril(inverse, -1)
        full = lower + lower.T
        full /= -np.diag(inverse)
        self.panels = Panels.of(full.astype(np.float32)).panels
        self._restored()

    def _restored(self) -> None:
        self._weights = Panels(self.panels, self.popularity.size)

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        return self._weights.after(histories)

    def _fold(self, scores: F32, rows: I32, choices: sparse.csr_matrix) -> None:
        self._weights.add_after(choices, scores, rows)
