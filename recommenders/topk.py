"""The k best of each row, exactly, with ties won by the lower column: the same for any batch and any NumPy.

Sorting or partitioning whole rows costs most of a simulated turn. Almost every score can be dismissed by one
comparison instead: with the columns dealt into C > k chunks, the k-th largest chunk maximum is a lower bound of the
k-th largest score, and only the few scores that reach it need an order.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.records import F32, I32

I64 = npt.NDArray[np.int64]
_EMPTY = np.iinfo(np.int64).min


def _order_keys(scores: F32, columns: npt.NDArray[np.intp]) -> I64:
    """Integers that order as (score, then lower column). Float32 bits, flipped for negatives, order as their values."""
    bits = (scores + np.float32(0)).view(np.int32)  # adding zero makes -0.0 equal to 0.0
    sortable = (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)
    return (sortable << 32) | (0xFFFFFFFF - columns.astype(np.int64))


def _best(keys: I64, k: int) -> I32:
    """Columns of the k largest keys of each row, largest first; -1 where a row has fewer."""
    keys.sort(axis=1)
    top = keys[:, ::-1][:, :k]
    columns = (0xFFFFFFFF - (top & 0xFFFFFFFF)).astype(np.int32)
    columns[top == _EMPTY] = -1
    if columns.shape[1] < k:
        columns = np.pad(columns, ((0, 0), (0, k - columns.shape[1])), constant_values=-1)
    return columns


def _by_sorting(scores: F32, k: int) -> I32:
    keys = _order_keys(scores, np.arange(scores.shape[1]))
    keys[scores == -np.inf] = _EMPTY
    if k < keys.shape[1]:
        keys = np.partition(keys, keys.shape[1] - k, axis=1)[:, -k:]
    return _best(keys, k)


def top_k(scores: F32, k: int) -> I32:
    """Columns of the `k` highest scores of each row, best first; ties go to the lower column.

    `scores` (n, m) without NaN; -inf marks what may not be chosen. Returns (n, k), -1 where a row has fewer than `k`.
    """
    n, m = scores.shape
    chunks = 4 * k
    if n == 0 or k == 0:
        return np.full((n, k), -1, dtype=np.int32)
    if m < 4 * chunks:
        return _by_sorting(scores, k)
    width = m // chunks
    maxima = scores[:, : width * chunks].reshape(n, width, chunks).max(axis=1)
    if m > width * chunks:
        rest = scores[:, width * chunks :]
        np.maximum(maxima[:, : rest.shape[1]], rest, out=maxima[:, : rest.shape[1]])
    bound = np.partition(maxima, chunks - k, axis=1)[:, chunks - k]
    reach = scores >= bound[:, None]
    count = reach.sum(axis=1)
    slow = (bound == -np.inf) | (count > 8 * k)
    if slow.any():
        out = np.empty((n, k), dtype=np.int32)
        out[slow] = _by_sorting(scores[slow], k)
        if not slow.all():
            out[~slow] = top_k(scores[~slow], k)
        return out
    flat = np.flatnonzero(reach)
    row, column = np.divmod(flat, m)
    start = np.cumsum(count) - count
    keys = np.full((n, int(count.max())), _EMPTY, dtype=np.int64)
    keys[row, np.arange(flat.size) - start[row]] = _order_keys(scores[row, column], column)
    return _best(keys, k)
