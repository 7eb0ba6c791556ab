"""People like you chose this: cosine similarity of people, shrunk where the evidence is thin."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recommenders.builtin.parameters import real, whole
from recommenders.builtin.stored import Stored
from recommenders.matrix import MatrixRecommender
from recommenders.topk import top_k
from simulator.records import F32, I32

_CELLS = 8_000_000
"""Similarities held at once: 32 MB."""


class UserKNN(MatrixRecommender, Stored):
    """User-to-user neighbours: an item's score is the summed similarity of the most similar people who chose it.

    neighbors: how many most similar people of the log speak for a person. shrinkage: added to the cosine's denominator,
    so that people who share a few choices do not look alike by chance.

    Herlocker, Konstan, Borchers & Riedl, "An algorithmic framework for performing collaborative filtering", SIGIR
    1999, for neighbours weighted by similarity; for choices instead of ratings, with the shrinkage, as in Ferrari
    Dacrema et al., "Are we really making much progress?", RecSys 2019: n_uv / (sqrt(n_u n_v) + shrinkage).

    Neighbours are found by the history alone, so strangers who chose something have them as well. From each of their
    sessions on, what a person chose before it counts. People of the log are among their own neighbours; they speak
    there for nothing but what they chose already.
    """

    adapts = "session"
    kept: ClassVar[tuple[str, ...]] = ("popularity", "chosen", "start")
    chosen: I32
    """Catalogue rows of what each person of the log chose, person by person."""
    start: I32
    """Where each person's part of `chosen` starts. (n_people + 1,)."""

    def __init__(self, *, neighbors: int = 100, shrinkage: float = 10.0) -> None:
        self.neighbors = whole("neighbors", neighbors, at_least=1)
        self.shrinkage = real("shrinkage", shrinkage, at_least=0)

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        length = np.diff(matrix.indptr)
        self.chosen = matrix.indices.astype(np.int32)
        self.start = np.concatenate([[0], np.cumsum(length[length > 0])]).astype(np.int32)
        self._restored()

    def _restored(self) -> None:
        n_items = self.popularity.size
        ones = np.ones(self.chosen.size, dtype=np.float32)
        self._people = sparse.csr_matrix((ones, self.chosen, self.start), shape=(self.start.size - 1, n_items))
        self._who_chose = self._people.T.tocsr()
        self._length = np.diff(self.start).astype(np.float32)
        # What no neighbour chose has no score; far below any similarity, popularity puts it in order.
        self._rest = self.popularity * np.float32(1e-6 / max(1.0, float(self.popularity.max(initial=0))))

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        scores = np.empty(histories.shape, dtype=np.float32)
        at_once = max(1, _CELLS // max(1, self._length.size))
        for first in range(0, histories.shape[0], at_once):
            part = histories[first : first + at_once]
            scores[first : first + at_once] = (self._nearest(part) @ self._people).toarray()
        scores += self._rest
        return scores

    def _nearest(self, histories: sparse.csr_matrix) -> sparse.csr_matrix:
        """Similarity to each history's nearest people of the log. (n, n_people)."""
        common = (histories @ self._who_chose).toarray()
        length = np.diff(histories.indptr).astype(np.float32)
        norm = np.sqrt(length[:, None] * self._length) + np.float32(self.shrinkage)
        near = np.divide(common, norm, out=np.zeros_like(common), where=common > 0)
        return nearest(near, self.neighbors)


def nearest(similarity: F32, count: int) -> sparse.csr_matrix:
    """The `count` largest of each row, ties to the lower column, zeros left out; the rest is empty. (n, m)."""
    n, m = similarity.shape
    columns = top_k(similarity, min(count, m))
    value = np.take_along_axis(similarity, columns, axis=1)
    start = np.arange(n + 1) * columns.shape[1]
    kept = sparse.csr_matrix((value.ravel(), columns.ravel(), start), shape=(n, m))
    kept.eliminate_zeros()
    kept.sort_indices()
    return kept
