"""Layouts: how the places of a page lie, and in which order attention reaches them.

A layout gives each place an attention rank: 1 is reached first, and the examination laws work on ranks, not on places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.records import F32, UserInputError

LAYOUTS = ("list", "grid", "carousel", "feed")
GRID_COLUMNS = 4
CAROUSEL_COLUMNS = 5
"""Items of a shelf visible before it is moved sideways: five, as in RecGaze (de Leon-Martinez et al., SIGIR 2025)."""
ROW_STEP = 2.0
"""A step down in a grid, in steps to the right: rows are skimmed and left early (Xie et al., WWW 2019). Assumed."""
SHELF_STEP = 1.5
"""A step down to the next shelf of carousels, in steps to the right. Assumed."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the k places lie. All (k,)."""

    name: str
    row: npt.NDArray[np.int32]
    column: npt.NDArray[np.int32]
    rank: F32
    """Attention rank of each place, ≥ 1."""
    order: npt.NDArray[np.intp]
    """The places in the order in which attention reaches them."""
    sequential: bool
    """One thing is seen at a time: a place is reached only through the one before."""


@lru_cache(maxsize=64)
def layout_of(name: str, k: int) -> Layout:
    """The layout of that name for k places.

    `list`: one below the other, rank = place. `grid`: rows of four; rank 1 + 2 row + column, for attention runs along
    the top rows and down the left side (the F and the golden triangle: Nielsen 2006; Granka et al. 2004). `carousel`:
    shelves of five, likewise, with shorter steps down. `feed`: one item at a time. Raises `UserInputError`.
    """
    if name not in LAYOUTS:
        raise UserInputError(f"world.layout: {name!r} is not one of {', '.join(LAYOUTS)}")
    place = np.arange(k, dtype=np.int32)
    columns, step = {"grid": (GRID_COLUMNS, ROW_STEP), "carousel": (CAROUSEL_COLUMNS, SHELF_STEP)}.get(name, (1, 1.0))
    row, column = place // columns, place % columns
    rank = (1 + step * row + column).astype(np.float32)
    order = np.lexsort((place, rank))
    return Layout(name, row, column, rank, order, sequential=name == "feed")
