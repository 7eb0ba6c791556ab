"""Matrix products in which a row's value does not depend on its company.

The rounding of a dense product depends on its shape, and with some kernels on where in it a row stands (on Haswell's,
rows 6 to 11 of every twelve differ from the others in the last bit): the same person would get other scores in another
batch. So dense products are made one row at a time, and so are sparse ones.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from simulator.records import F32, I32

WIDTH = 256
"""Columns of a panel: what a sparse product of a thousand rows reads again and again then stays in the cache."""


def rowwise_product(left: F32, right: F32) -> F32:
    """``left @ right``, each row a product of its own; it costs three times a product in one piece."""
    product: F32 = np.matmul(left[:, None, :], right)[:, 0]
    return product


class Panels:
    """A dense matrix (n, m) cut into panels of `WIDTH` columns, for products with sparse matrices from the left.

    A product reads whole rows of the right side in random order; cut like this it is twice as fast on a matrix that the
    cache cannot hold, and has the same bits.
    """

    def __init__(self, panels: F32, columns: int) -> None:
        """`panels` (n_panels, n, `WIDTH`), the last one padded with zeros; `columns` is m."""
        self.panels, self.columns = panels, columns

    @classmethod
    def of(cls, matrix: F32) -> Panels:
        """Cut a matrix (n, m)."""
        n, m = matrix.shape
        count = -(-m // WIDTH)
        panels = np.zeros((count, n, WIDTH), dtype=np.float32)
        for nth in range(count):
            part = matrix[:, nth * WIDTH : (nth + 1) * WIDTH]
            panels[nth, :, : part.shape[1]] = part
        return cls(panels, m)

    def after(self, left: sparse.csr_matrix) -> F32:
        """``left @ matrix``, dense (rows of left, m)."""
        out = np.empty((left.shape[0], self.columns), dtype=np.float32)
        for nth, panel in enumerate(self.panels):
            first = nth * WIDTH
            product: F32 = left @ panel
            out[:, first : first + WIDTH] = product[:, : self.columns - first]
        return out

    def add_after(self, left: sparse.csr_matrix, out: F32, rows: I32) -> None:
        """``out[rows] += left @ matrix`` in place; a row occurs once. `out` (any, m), `rows` (rows of left,)."""
        for nth, panel in enumerate(self.panels):
            first = nth * WIDTH
            product: F32 = left @ panel
            out[rows, first : first + WIDTH] += product[:, : self.columns - first]
