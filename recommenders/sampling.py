"""Uniform draws among the items that may still be placed on each page, without a number for every item."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recommenders.contract import RequestBatch
from simulator.records import I32, Bools

F64 = npt.NDArray[np.float64]

TRIES = 6
"""Draws from the whole catalogue before the eligible items are listed: with a tenth blocked, one place in a million."""
DRAWS = TRIES + 1
"""Uniform numbers that one draw of an item may use."""


class Eligible:
    """What may still be placed on the pages of a batch: neither blocked for the person nor placed already."""

    def __init__(self, batch: RequestBatch) -> None:
        self._free: Bools = batch.view.blocked[batch.rows] == 0
        self.count: I32 = np.count_nonzero(self._free, axis=1).astype(np.int32)
        """How many items may still be placed on each page. (n,)."""

    def may_take(self, who: npt.NDArray[np.intp], items: I32) -> Bools:
        """Whether each of `items` may still be placed on its page; False for -1."""
        return self._free[who, items] & (items >= 0)

    def take(self, who: npt.NDArray[np.intp], items: I32) -> None:
        """Place `items` on the pages `who`, each page at most once; items must be eligible."""
        self._free[who, items] = False
        self.count[who] -= 1

    def draw(self, who: npt.NDArray[np.intp], uniforms: F64) -> I32:
        """One eligible item for each page of `who`, uniformly; `uniforms` (len(who), `DRAWS`). -1 where none is left.

        Draws over the whole catalogue are rejected until one is eligible, so that people who differ little in what is
        blocked (the same person in two arms) meet the same luck; only where all are rejected is one taken by its rank.
        """
        n_items = self._free.shape[1]
        if who.size == 0 or n_items == 0:
            return np.full(who.size, -1, dtype=np.int32)
        tries = (uniforms[:, :TRIES] * n_items).astype(np.int32)
        hit = self._free[who[:, None], tries]
        items: I32 = tries[np.arange(who.size), np.argmax(hit, axis=1)]
        missed = np.flatnonzero(~hit.any(axis=1))
        items[missed] = self._by_rank(who[missed], uniforms[missed, TRIES])
        return items

    def _by_rank(self, who: npt.NDArray[np.intp], uniform: F64) -> I32:
        rank = (uniform * self.count[who]).astype(np.int32)
        passed = np.cumsum(self._free[who], axis=1, dtype=np.int32)
        item: I32 = np.argmax(passed > rank[:, None], axis=1).astype(np.int32)
        item[self.count[who] == 0] = -1
        return item
