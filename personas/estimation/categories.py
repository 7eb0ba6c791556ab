"""A catalogue's categories in short rows, and sums over what people chose, in slices that bound the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from personas.estimation.scales import F64
from simulator.records import F32, Catalog, InteractionLog

_SLICE = 200_000


@dataclass(frozen=True, eq=False)
class ShortRows:
    """Which categories an item has: its columns, and whether each of them counts."""

    column: npt.NDArray[np.intp]
    """(n_items, width)."""
    weight: F32
    """Of the unit category vector; 0 beyond the item's categories. (n_items, width)."""
    size: int
    """Number of categories."""

    @classmethod
    def of(cls, catalog: Catalog) -> ShortRows:
        dense = catalog.categories
        width = max(1, int((dense > 0).sum(axis=1).max(initial=0)))
        column = np.argsort(-dense, axis=1, kind="stable")[:, :width]
        return cls(column, np.take_along_axis(dense, column, axis=1), int(dense.shape[1]))

    def dot(self, table: npt.NDArray[np.floating], row: npt.NDArray[np.integer], item: npt.NDArray[np.integer]) -> F64:
        """Inner product of each item's category vector with a row of `table` (m, size). All (k,)."""
        return self._dot(table, row, item, self.weight)

    def dot_binary(
        self, table: npt.NDArray[np.floating], row: npt.NDArray[np.integer], item: npt.NDArray[np.integer]
    ) -> F64:
        """Sum of a row of `table` over each item's categories. All (k,)."""
        return self._dot(table, row, item, (self.weight > 0).astype(np.float32))

    def _dot(
        self,
        table: npt.NDArray[np.floating],
        row: npt.NDArray[np.integer],
        item: npt.NDArray[np.integer],
        weight: F32,
    ) -> F64:
        out = np.empty(item.size)
        flat = table.ravel()
        for part in _slices(item.size):
            cell = self.column[item[part]] + (row[part].astype(np.intp) * self.size)[:, None]
            out[part] = np.einsum("kc,kc->k", flat[cell], weight[item[part]])
        return out


def category_sums(log: InteractionLog, catalog: Catalog) -> F64:
    """Sum of the category vectors of what each person chose. (n_users, n_categories)."""
    sums: F64 = np.asarray(log.matrix() @ catalog.categories.astype(np.float64))
    return sums


def category_counts(log: InteractionLog) -> F64:
    """How many of the items that each person chose are of each category. (n_users, n_categories)."""
    has = sparse.csr_matrix(log.catalog.categories > 0, dtype=np.float64)
    counts: F64 = (log.matrix().astype(np.float64) @ has).toarray()
    return counts


def _slices(n: int) -> Iterator[slice]:
    for start in range(0, n, _SLICE):
        yield slice(start, start + _SLICE)
