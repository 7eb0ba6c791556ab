"""How clicks fall with position, and how people tire over the pages of a session: what a reader checks first.

Both are sums over everybody's impressions under the named mind, for looking at; the answers rest on persons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.evaluation.events import columns, open_events
from simulator.evaluation.run_data import RunData

F64 = npt.NDArray[np.float64]

FEWEST = 0.01
"""A page of the session is drawn if this share of the arm's people reached it: the mean of a handful is a zigzag."""


@dataclass(frozen=True, eq=False)
class Curve:
    """`x` counts from 1. Shapes (m,)."""

    x: F64
    y: F64


@dataclass(frozen=True, eq=False)
class Curves:
    """By arm."""

    clicks: dict[str, Curve]
    """Clicks per impression by position."""
    examined: dict[str, Curve]
    """Share of impressions examined by position."""
    fatigue: dict[str, Curve]
    """Mean fatigue by page of the session."""


def read_curves(data: RunData) -> Curves:
    """Read the journal once more; what (almost) nobody reached is absent."""
    with open_events(data) as db:
        by_position = columns(
            db,
            "select arm, position + 1 as x, avg(clicked::integer) as clicks, avg(examined::integer) as examined "
            f"from {_named(data)} where item_no is not null group by 1, 2 order by 1, 2",
        )
        by_page = columns(
            db,
            "select arm, page + 1 as x, avg(fatigue) as fatigue, "
            "count(distinct user_no) as reached, max(reached) over (partition by arm) as most "
            f"from {_named(data)} group by 1, 2 qualify reached >= {FEWEST} * most order by 1, 2",
        )
    return Curves(
        clicks=_split(data, by_position, "clicks"),
        examined=_split(data, by_position, "examined"),
        fatigue=_split(data, by_page, "fatigue"),
    )


def _named(data: RunData) -> str:
    mind = data.mind.replace("'", "''")
    return f"impression join (select * from cell where mind = '{mind}') using (cell_no)"


def _split(data: RunData, table: dict[str, npt.NDArray[np.float64]], name: str) -> dict[str, Curve]:
    arm, y = table["arm"].astype(str), table[name].astype(np.float64)
    found = {
        a: Curve(table["x"][at].astype(np.float64), y[at])
        for a in data.arms
        if (at := (arm == a) & np.isfinite(y)).any()
    }
    return {a: curve for a, curve in found.items() if curve.x.size > 1}
