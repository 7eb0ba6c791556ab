"""What people chose, summed up: the rows of a table of items, added over each person's choices so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommenders.platform import PlatformView
from simulator.records import F32, I32


@dataclass(eq=False)
class _Sums:
    sums: F32
    seen_changes: int = 0


class Profiles:
    """For people of a view, the sum of `table`'s rows over what they chose: before the run, and in it.

    `table` (n_items, width). The sums of a block are made once, and what is chosen in the run is added in the order of
    events. A person's sum does not depend on who else is in the block.
    """

    def __init__(self, table: F32) -> None:
        self._table = table

    def of(self, view: PlatformView, rows: I32) -> F32:
        """The sums of `rows`. (len(rows), width)."""
        kept = view.scratch.get(id(self))
        if not isinstance(kept, _Sums):
            kept = _Sums(np.asarray(view.histories() @ self._table, dtype=np.float32))
            view.scratch[id(self)] = kept
        for who, what in view.changes[kept.seen_changes :]:
            np.add.at(kept.sums, who, self._table[what])
        kept.seen_changes = len(view.changes)
        return kept.sums[rows]
