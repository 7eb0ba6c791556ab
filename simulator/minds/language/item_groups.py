"""The catalogue in fixed groups of at most ten items, which archetypes are asked about together.

A group holds items of one category that are about as popular: slates are made of such items, so a crowd touches few
groups. It depends on the catalogue and the log alone, so an answer never depends on what else was on somebody's page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from simulator.randomness import Stream
from simulator.records import F32, I32, Catalog

SIZE = 10
"""Items of a group at most: a page of usual length, for which the prompt is made."""


@dataclass(frozen=True, eq=False)
class ItemGroups:
    """Every item belongs to one group."""

    group: I32
    """(n_items,)."""
    members: tuple[I32, ...]
    """Catalogue rows of each group, ascending."""

    @classmethod
    def of(cls, catalog: Catalog, popularity: F32, *, seed: int) -> Self:
        """Items by first category and popularity (n_items,), equals by lot, cut into tens within a category."""
        first = np.array([item.categories[0] if item.categories else "" for item in catalog], dtype=np.str_)
        lot = Stream.of(seed, "mind", "item groups").bits(catalog.keys)
        order = np.lexsort((lot, -popularity, first))
        _, start, count = np.unique(first[order], return_index=True, return_counts=True)
        place = np.arange(order.size) - np.repeat(start, count)
        opens = np.flatnonzero(place % SIZE == 0)
        members = tuple(np.sort(part).astype(np.int32) for part in np.split(order, opens[1:]))
        group = np.empty(order.size, dtype=np.int32)
        for nth, rows in enumerate(members):
            group[rows] = nth
        return cls(group, members)
