"""Everything that could have been chosen, and from it what others chose instead: as popular, and not the person's own.

An item that merely is popular pleases every language model, so what is the person's own must be told from things that
as many people chose. Things that the person chose in the held-out part may be among them by chance, since nobody here
knows of it: that dilutes a difference a little and favours no candidate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from personas.asking.evidence import Thing
from simulator.randomness import U64, keys_of

BAND = 0.2
"""How far a matched thing may be, in ln(1 + people who chose it): within about a fifth. Doubled where too few are.
Assumed, as in the questions that calibrate stated wants."""


class Shelf:
    """Things with the number of people who chose each; those that nobody chose are left out."""

    def __init__(self, things: Sequence[Thing]) -> None:
        """Each `item_id` once."""
        self._things = tuple(thing for thing in things if thing.chosen_by > 0)
        self._row = {thing.item_id: row for row, thing in enumerate(self._things)}

    def __len__(self) -> int:
        return len(self._things)

    def __iter__(self) -> Iterator[Thing]:
        return iter(self._things)

    @cached_property
    def titles(self) -> frozenset[str]:
        """All titles."""
        return frozenset(thing.title for thing in self._things)

    def matched(self, thing: Thing, taken: Collection[str], n: int, lot: U64) -> tuple[Thing, ...]:
        """`n` things about as popular as `thing` with the smallest lot, fewer where there are not so many.

        `taken`: ids that may not be drawn. `lot` (len(self),): a draw for each thing, in the shelf's order.
        """
        free = np.ones(len(self), dtype=np.bool_)
        free[[self._row[item_id] for item_id in taken if item_id in self._row]] = False
        enough, band = min(n, int(free.sum())), BAND
        distance = np.abs(self._popularity - np.log1p(thing.chosen_by))
        while (near := free & (distance <= band)).sum() < enough:
            band *= 2
        rows = np.flatnonzero(near)
        return tuple(self._things[row] for row in rows[np.argsort(lot[rows], kind="stable")][:n])

    @cached_property
    def keys(self) -> U64:
        """Keys of the ids, for keyed luck. (len(self),)."""
        return keys_of(thing.item_id for thing in self._things)

    @cached_property
    def _popularity(self) -> npt.NDArray[np.float64]:
        popularity: npt.NDArray[np.float64] = np.log1p([thing.chosen_by for thing in self._things])
        return popularity
