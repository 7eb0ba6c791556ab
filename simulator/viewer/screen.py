"""A page as it looked: which places stand in which row of its layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from simulator.perception.layouts import CAROUSEL_COLUMNS, GRID_COLUMNS, LAYOUTS, layout_of

_COLUMNS: Mapping[str, int] = {"grid": GRID_COLUMNS, "carousel": CAROUSEL_COLUMNS}


@dataclass(frozen=True, kw_only=True)
class Screen:
    """The places of a page, row by row from the top."""

    layout: str
    columns: int
    rows: Sequence[Sequence[Mapping[str, Any]]]


def screen(layout: str | None, items: Sequence[Mapping[str, Any]]) -> Screen:
    """Items of a page (with `position`, from 0) in the rows of the layout. An unknown layout is shown as a list."""
    known = layout if layout is not None and layout in LAYOUTS else "list"
    last = max((int(item["position"]) for item in items), default=0)
    row = layout_of(known, last + 1).row
    return Screen(
        layout=known,
        columns=_COLUMNS.get(known, 1),
        rows=[list(some) for _, some in groupby(items, key=lambda item: int(row[int(item["position"])]))],
    )
