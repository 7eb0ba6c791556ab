"""The (person, item) pairs from which the stack's weights are learnt.

Of each person: all held-out choices; other items drawn uniformly, weighted to stand for the whole catalogue; slots of
the reference panel, whatever they turned out to be; and choices that the base models have seen. Pairs are drawn by
item and never by outcome, except uniform ones, whose weights undo it: so the weights' probabilities are those of the
catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.minds.panel import ReferencePanel
from simulator.records import F32, I32, Bools

_UNIFORM = 48
"""Uniform items drawn for each person."""
_SLOTS = 8
"""Slots kept of each panel slate, spread evenly over it."""
_SLOT_MASS = 200.0
"""Weight of all slots of a person together; the catalogue has one for each item."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Columns of equal length, people in blocks in the order in which they were given."""

    person: I32
    """Row of the log."""
    item: I32
    held_out: Bools
    """Whether the item is among the person's held-out choices."""
    weight: F32
    """Share in the likelihood; 0 for choices that the base models have seen."""
    seen: Bools
    """The person's own choices that the base models were fitted on, but no platform."""


def draw_pairs(
    rows: I32,
    known: sparse.csr_matrix,
    own: sparse.csr_matrix,
    held_out: sparse.csr_matrix,
    panel: ReferencePanel,
    luck: np.random.Generator,
) -> Pairs:
    """Draw the pairs of one block of people. `known` holds P and M, `own` M, `held_out` V; all (n_users, n_items)."""
    n, n_items = rows.size, known.shape[1]
    is_known, is_held_out = known[rows].toarray() > 0, held_out[rows].toarray() > 0
    is_held_out &= ~is_known
    parts: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], F32, bool]] = []

    who, what = np.nonzero(is_held_out)
    parts.append((who, what, np.ones(who.size, dtype=np.float32), False))

    drawn = luck.integers(0, n_items, size=(n, _UNIFORM))
    across = np.arange(n)[:, None]
    free = ~is_known[across, drawn] & ~is_held_out[across, drawn]
    others = n_items - is_known.sum(axis=1) - is_held_out.sum(axis=1)
    who, place = np.nonzero(free)
    parts.append((who, drawn[who, place], (others / np.maximum(free.sum(axis=1), 1))[who].astype(np.float32), False))

    slates = panel.slates(rows)
    depth = slates.shape[2]
    kept = min(_SLOTS, depth)
    for slate in slates:
        step = depth / kept
        places = ((np.arange(kept) + luck.random((n, 1))) * step).astype(np.intp)
        items = slate[across, places]
        # A slot that holds what the person already has teaches nothing about held-out choices.
        usable = (items >= 0) & ~is_known[across, np.maximum(items, 0)]
        who, place = np.nonzero(usable)
        mass = np.full(who.size, min(_SLOT_MASS, n_items) / kept / len(slates), dtype=np.float32)
        parts.append((who, items[who, place].astype(np.intp), mass, False))

    who, what = own[rows].nonzero()
    parts.append((who, what, np.zeros(who.size, dtype=np.float32), True))

    who = np.concatenate([part[0] for part in parts])
    what = np.concatenate([part[1] for part in parts])
    return Pairs(
        person=rows[who],
        item=what.astype(np.int32),
        held_out=is_held_out[who, what],
        weight=np.concatenate([part[2] for part in parts]),
        seen=np.concatenate([np.full(part[0].size, part[3]) for part in parts]),
    )
