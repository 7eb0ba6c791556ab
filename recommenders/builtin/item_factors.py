"""What bandits know of an item: how popular it is, and its place among the others by who chose it and what it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.records import F32, Catalog, InteractionLog

F64 = npt.NDArray[np.float64]

CATEGORY_WEIGHT = 0.5
"""How much likeness by categories counts beside likeness by who chose: half, because logs tell more than labels."""
_SMALL = 64
"""Rows or columns up to which a matrix is decomposed as a whole."""


def item_features(catalog: Catalog, log: InteractionLog, factors: int) -> F32:
    """(1, popularity, x): log popularity in standard deviations, and x by truncated SVD.

    The matrix holds who chose each item, in columns of unit length, above its weighted categories: so inner products
    of x approximate the cosine of two items' choosers plus a quarter of that of their categories, and an item that
    nobody chose yet still has a place. One scale for all factors makes the mean square of x one.
    """
    n_items = len(catalog)
    out = np.zeros((n_items, factors + 2), dtype=np.float32)
    if not n_items:
        return out
    out[:, 0] = 1.0
    matrix = log.matrix()
    count = np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel()
    seen = np.log1p(count)
    spread = seen.std()
    out[:, 1] = (seen - seen.mean()) / spread if spread > 0 else 0.0
    scale = sparse.diags(1.0 / np.sqrt(np.maximum(count, 1.0)))
    labels = sparse.csr_matrix(catalog.categories.T.astype(np.float64) * CATEGORY_WEIGHT)
    stacked = sparse.vstack([matrix.astype(np.float64) @ scale, labels]).tocsr()
    found = _right_vectors(stacked, factors)
    power = np.sqrt((found * found).mean()) if found.size else 0.0
    if power > 0:
        out[:, 2 : 2 + found.shape[1]] = found / power
    return out


def _right_vectors(matrix: sparse.csr_matrix, rank: int) -> F64:
    """V Σ of the truncated SVD, largest first, signs fixed. (n_columns, at most rank)."""
    from scipy.sparse.linalg import svds

    least = min(matrix.shape)
    if matrix.nnz == 0:
        return np.zeros((matrix.shape[1], 0))
    if least <= max(2 * rank, _SMALL):
        _, values, right = np.linalg.svd(matrix.toarray(), full_matrices=False)
    else:
        start = np.full(least, 1.0 / np.sqrt(least))
        _, values, right = svds(matrix, k=rank, v0=start, solver="arpack")
        values, right = values[::-1], right[::-1]
    right = right[:rank]
    sign = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    return np.ascontiguousarray((right * (sign * values[:rank])[:, None]).T, dtype=np.float64)
