"""The play as a labelled log: one row an impression, what the human did, and what the double had foretold.

The form that calibration reads. Rows of several plays can be put one below the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.experiment.folder import whole_file
from simulator.records import UserInputError
from simulator.studies.play.double import Foretold
from simulator.studies.play.staging import Seating, Staged
from simulator.turn import Page

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("arm", pa.string()),
        ("seed", pa.int64()),
        ("user", pa.string()),
        ("session", pa.int32()),
        ("page", pa.int32()),
        ("turn", pa.int32()),
        ("position", pa.int16()),
        ("item", pa.string()),
        ("title", pa.string()),
        ("shown", pa.bool_()),
        ("clicked", pa.bool_()),
        ("dwell_s", pa.float32()),
        ("rating", pa.float32()),
        ("satisfaction", pa.float32()),
        ("left", pa.bool_()),
        ("double_chance", pa.float32()),
        ("double_rating", pa.float32()),
        ("double_dwell_s", pa.float32()),
        ("double_satisfaction", pa.float32()),
        ("double_leaves", pa.float32()),
    ]
)
"""`shown`: the place was on the screen. Null: not asked, or not there. `double_…`: what the double's copies expected
before (chance, rating) or given (the rest) the human's clicks."""


def labelled(staged: Staged, seating: Seating, turns: Sequence[tuple[int, Page]], told: Sequence[Foretold]) -> pa.Table:
    """The rows of a play, in order."""
    rows = []
    for (turn, page), one in zip(turns, told, strict=True):
        for place in np.flatnonzero(page.items[0] >= 0).tolist():
            item = staged.catalog[int(page.items[0, place])]
            clicked = bool(page.clicked[0, place])
            rows.append(
                {
                    "run": staged.key.run,
                    "arm": seating.arm,
                    "seed": staged.plan.seed,
                    "user": seating.user,
                    "session": int(page.session[0]),
                    "page": int(page.page[0]),
                    "turn": turn,
                    "position": place,
                    "item": item.item_id,
                    "title": item.title,
                    "shown": bool(page.examined[0, place]),
                    "clicked": clicked,
                    "dwell_s": _known(page.dwell_s[0, place]) if clicked else None,
                    "rating": _known(page.rating[0, place]),
                    "satisfaction": _known(page.satisfaction[0]),
                    "left": bool(page.left[0]),
                    "double_chance": float(one.chance[place]),
                    "double_rating": _known(one.rating[place]),
                    "double_dwell_s": _known(one.dwell_s[place]),
                    "double_satisfaction": one.satisfaction,
                    "double_leaves": one.leaves,
                }
            )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def export(source: Path, to: Path) -> int:
    """Copy a labelled log to a new .csv or .parquet; the number of rows. Raises UserInputError."""
    check_export(to)
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    table = pq.read_table(source, partitioning=None)
    csv = to.suffix.lower() == ".csv"
    try:
        whole_file(
            to, (lambda place: pc.write_csv(table, place)) if csv else (lambda place: pq.write_table(table, place))
        )
    except OSError as error:
        raise UserInputError(f"--export {to}: cannot be written ({error.strerror}). Name another file") from None
    return len(table)


def check_export(to: Path) -> None:
    """Raises UserInputError for a file that `export` would not write."""
    if to.suffix.lower() not in (".csv", ".parquet"):
        raise UserInputError(f"--export {to}: the ending says the form, and this is neither .csv nor .parquet")
    if to.exists():
        raise UserInputError(f"--export {to}: this is there already, and nothing is overwritten. Name another file")
    if not to.resolve().parent.is_dir():
        raise UserInputError(f"--export {to}: the folder {to.parent} is not there. Make it, or name another file")


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
