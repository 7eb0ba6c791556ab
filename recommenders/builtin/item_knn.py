"""People who chose this also chose that: cosine similarity of items, shrunk where the evidence is thin."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recommenders.builtin.parameters import real, whole
from recommenders.builtin.stored import Stored
from recommenders.matrix import MatrixRecommender
from recommenders.topk import top_k
from simulator.records import F32, I32

_ITEMS_AT_ONCE = 512


class ItemKNN(MatrixRecommender, Stored):
    """Item-to-item neighbours: a person's score of an item is its summed similarity to what they chose.

    neighbors: how many most similar items each chosen item speaks for. shrinkage: added to the cosine's denominator, so
    that pairs seen together a few times do not look alike by chance.

    Deshpande & Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 22 (2004); the shrinkage as in
    Ferrari Dacrema et al., "Are we really making much progress?", RecSys 2019: n_ij / (sqrt(n_i n_j) + shrinkage).
    """

    adapts = "fold"
    kept: ClassVar[tuple[str, ...]] = ("popularity", "similarity", "neighbor", "start")

    def __init__(self, *, neighbors: int = 100, shrinkage: float = 10.0) -> None:
        self.neighbors = whole("neighbors", neighbors, at_least=1)
        self.shrinkage = real("shrinkage", shrinkage, at_least=0)

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        n_items = matrix.shape[1]
        together, count = matrix.T.tocsr(), self.popularity
        values: list[F32] = []
        columns: list[I32] = []
        kept = min(self.neighbors, n_items)
        for first in range(0, n_items, _ITEMS_AT_ONCE):
            block = slice(first, min(first + _ITEMS_AT_ONCE, n_items))
            common = (together[block] @ matrix).toarray()
            norm = np.sqrt(count[block, None] * count) + np.float32(self.shrinkage)
            near = np.divide(common, norm, out=np.zeros_like(common), where=common > 0)
            near[np.arange(len(near)), np.arange(block.start, block.stop)] = 0
            best = top_k(near, kept)
            columns.append(best)
            values.append(np.take_along_axis(near, best, axis=1))
        column = np.concatenate([*columns, np.empty((0, kept), np.int32)]).ravel()
        value = np.concatenate([*values, np.empty((0, kept), np.float32)]).ravel()
        row = np.repeat(np.arange(n_items), kept)
        table = sparse.csr_matrix((value, (row, column)), shape=(n_items, n_items), dtype=np.float32)
        table.eliminate_zeros()
        self.similarity, self.neighbor, self.start = table.data, table.indices, table.indptr
        self._restored()

    def _restored(self) -> None:
        n_items = self.popularity.size
        self._table = sparse.csr_matrix((self.similarity, self.neighbor, self.start), shape=(n_items, n_items))
        # Most items neighbour nothing of a short history; far below any similarity, popularity puts them in order.
        self._rest = self.popularity * np.float32(1e-6 / max(1.0, float(self.popularity.max(initial=0))))

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        scores: F32 = (histories @ self._table).toarray()
        scores += self._rest
        return scores

    def _fold(self, scores: F32, rows: I32, choices: sparse.csr_matrix) -> None:
        news = (choices @ self._table).tocoo()
        scores[rows[news.row], news.col] += news.data
