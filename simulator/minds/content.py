"""The content family: people choose things that are described like the things they chose.

Items become vectors: their categories, creator, words (TF-IDF) and years, compressed together by a truncated singular
value decomposition (latent semantic analysis: Deerwester et al., JASIS 1990). A person is the sum of the vectors of
what they chose, and a two-sided ridge regression learns which directions of that sum speak for which directions of an
item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from simulator.minds.family import Arrays, Histories, Known
from simulator.products import rowwise_product
from simulator.records import F32, Catalog

_YEARS_APART = 5.0
"""Distance of the anchors among which a year is shared out, in years."""


@dataclass(frozen=True, eq=False)
class ContentFamily:
    """A score is (mean vector of the history) W (vector of the item)."""

    name: ClassVar[str] = "content"
    vectors: F32
    """(n_items, width)."""
    regression: F32
    """W times the vectors of all items. (width, n_items)."""

    @classmethod
    def fit(cls, known: Known, *, seed: int, width: int = 96, penalty: float = 100.0) -> Self:
        """`width` of the vectors at most; `penalty` of the ridge regression, in people."""
        vectors = item_vectors(known.catalog, width=width, seed=seed)
        profiles = _profiles(known.matrix, vectors).astype(np.float64)
        wide = vectors.astype(np.float64)
        scale = penalty * np.trace(profiles.T @ profiles) / max(1, len(profiles)) / max(1, profiles.shape[1])
        left = profiles.T @ profiles + (scale + 1e-9) * np.eye(profiles.shape[1])
        right = wide.T @ wide + 1.0 * np.eye(wide.shape[1])
        chosen = known.matrix.T @ profiles
        weights = np.linalg.solve(left, chosen.T @ wide)
        weights = np.linalg.solve(right, weights.T).T
        return cls(vectors, np.ascontiguousarray(weights @ wide.T, dtype=np.float32))

    def scores(self, people: Histories) -> F32:
        """(n, n_items)."""
        return rowwise_product(_profiles(people.matrix, self.vectors), self.regression)

    def evidence(self, person: Histories, item: int) -> F32:
        """The share of each choice in the mean vector, times W and the item; they sum to the score. (n_chosen,)."""
        chosen = person.matrix.indices
        told: F32 = self.vectors[chosen] @ self.regression[:, item] / np.sqrt(np.float32(max(1, chosen.size)))
        return told

    def arrays(self) -> Arrays:
        return {"vectors": self.vectors, "regression": self.regression}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["vectors"], arrays["regression"])


def _profiles(matrix: sparse.csr_matrix, vectors: F32) -> F32:
    """Mean vector of each person's items and a constant, scaled by the square root of their number. (n, width)."""
    sums: F32 = matrix @ vectors
    number = np.diff(matrix.indptr).astype(np.float32)
    sums /= np.sqrt(np.maximum(number, 1))[:, None]
    return sums


def item_vectors(catalog: Catalog, *, width: int, seed: int) -> F32:
    """Vectors of unit length, zero where nothing is known, and a constant. (n_items, at most width + 1)."""
    told = (_categories(catalog), _creators(catalog), _years(catalog), _words(catalog))
    parts = [part for part in told if part.nnz]
    ones = np.ones((len(catalog), 1), dtype=np.float32)
    if not parts:
        return ones
    facts = sparse.csr_matrix(sparse.hstack(parts))
    if facts.shape[1] > width:
        from sklearn.utils.extmath import randomized_svd

        left, values, _ = randomized_svd(facts, n_components=min(width, *facts.shape), random_state=seed % 2**31)
        dense = np.asarray(left * values, dtype=np.float32)
    else:
        dense = np.asarray(facts.toarray(), dtype=np.float32)
    length = np.sqrt((dense * dense).sum(axis=1, keepdims=True))
    unit = np.divide(dense, length, out=np.zeros_like(dense), where=length > 1e-6)
    return np.hstack([unit, ones]).astype(np.float32)


def _categories(catalog: Catalog) -> sparse.csr_matrix:
    return sparse.csr_matrix(catalog.categories)


def _creators(catalog: Catalog) -> sparse.csr_matrix:
    """One column for each creator of two items or more."""
    names, codes, counts = np.unique([i.creator for i in catalog], return_inverse=True, return_counts=True)
    column = np.cumsum((counts > 1) & (names != "")) - 1
    named = ((counts > 1) & (names != ""))[codes]
    shape = (len(catalog), int(column[-1]) + 1 if column.size else 0)
    ones = np.ones(int(named.sum()), dtype=np.float32)
    return sparse.csr_matrix((ones, (np.flatnonzero(named), column[codes[named]])), shape=shape)


def _years(catalog: Catalog) -> sparse.csr_matrix:
    """Each year shared between the two nearest of anchors that stand `_YEARS_APART`."""
    known = np.array([row for row, item in enumerate(catalog) if item.year is not None], dtype=np.intp)
    if known.size == 0:
        return sparse.csr_matrix((len(catalog), 0), dtype=np.float32)
    # Before 1900 little differs that a step of five years would tell.
    place = np.clip(np.array([catalog[int(row)].year for row in known]) - 1900.0, 0.0, 200.0) / _YEARS_APART
    low = np.floor(place).astype(np.intp)
    share = (place - low).astype(np.float32)
    rows, columns = np.concatenate([known, known]), np.concatenate([low, low + 1])
    return sparse.csr_matrix(
        (np.concatenate([1 - share, share]), (rows, columns)), shape=(len(catalog), int(low.max()) + 2)
    )


def _words(catalog: Catalog) -> sparse.csr_matrix:
    texts = [" ".join((i.title, i.text, i.headline, i.image_caption)) for i in catalog]
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        words = TfidfVectorizer(min_df=2, sublinear_tf=True, stop_words="english", dtype=np.float32).fit_transform(
            texts
        )
    except ValueError:  # scikit-learn's way to say that no word occurs twice
        return sparse.csr_matrix((len(catalog), 0), dtype=np.float32)
    return sparse.csr_matrix(words)
