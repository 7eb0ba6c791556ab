"""The neighbour family: item-based nearest neighbours by shrunk cosine similarity (Sarwar et al., "Item-based
collaborative filtering recommendation algorithms", WWW 2001; the shrinkage of small counts as in Bell & Koren, ICDM
2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from simulator.minds.family import Arrays, Histories, Known
from simulator.records import F32

_CHUNK = 512


@dataclass(frozen=True, eq=False)
class NeighbourFamily:
    """A score is the sum of the similarities of an item to the items that the person chose."""

    name: ClassVar[str] = "neighbour"
    similarity: sparse.csr_matrix
    """Similarity of each item (row) to those (columns) that have it among their neighbours. (n_items, n_items)."""

    @classmethod
    def fit(cls, known: Known, *, seed: int, neighbours: int = 50, shrinkage: float = 20.0) -> Self:
        """Keep the `neighbours` most similar items of each; `shrinkage` common people halve a similarity."""
        counts = known.counts
        by_item = sparse.csr_matrix(known.matrix.T)
        kept: list[sparse.csr_matrix] = []
        for start in range(0, counts.size, _CHUNK):
            together = np.asarray((by_item[start : start + _CHUNK] @ known.matrix).toarray(), dtype=np.float32)
            scale = np.sqrt(np.maximum(counts[start : start + _CHUNK, None], 1) * np.maximum(counts[None, :], 1))
            near = together / scale * (together / (together + np.float32(shrinkage)))
            rows = np.arange(near.shape[0])
            near[rows, start + rows] = 0.0
            if neighbours < counts.size:
                least = np.partition(near, -neighbours, axis=1)[:, -neighbours]
                near[near < least[:, None]] = 0.0
            kept.append(sparse.csr_matrix(near))
        similarity = sparse.csr_matrix(sparse.vstack(kept).T.astype(np.float32))
        similarity.sort_indices()
        return cls(similarity)

    def scores(self, people: Histories) -> F32:
        """Sums over the history. (n, n_items)."""
        sums: F32 = (people.matrix @ self.similarity).toarray()
        return sums

    def evidence(self, person: Histories, item: int) -> F32:
        """The similarities of what was chosen to the item; they sum to the score. (n_chosen,)."""
        return np.asarray(self.similarity[person.matrix.indices, item].todense(), dtype=np.float32).ravel()

    def arrays(self) -> Arrays:
        near = self.similarity
        return {"values": near.data, "columns": near.indices, "starts": near.indptr}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        n_items = arrays["starts"].size - 1
        parts = (arrays["values"], arrays["columns"], arrays["starts"])
        return cls(sparse.csr_matrix(parts, shape=(n_items, n_items), copy=False))
