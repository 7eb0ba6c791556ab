"""Where in a run somebody's rows are: one block of each world, so that one person is read from few files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.evaluation.events import parquet
from simulator.evaluation.reading.database import cursor
from simulator.evaluation.reading.journal import Journal, Part

if TYPE_CHECKING:
    import duckdb

_SEAT = """
with everyone as (select user_id, block, ensemble, file_row_number as row from {people}),
     me as (select * from everyone where user_id = $user limit 1)
select me.block, me.ensemble, (select count(*) from everyone where block = 0),
       (select count(*) from everyone, me where everyone.ensemble and everyone.row < me.row)
from me
"""


def home(journal: Journal, user_id: str, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Those of the parts that hold the person's rows, if they have any.

    All of the parts where the table of people does not tell: whoever reads the rows says what is wrong.
    """
    import duckdb

    path = journal.folder / "people.parquet"
    if not path.is_file():
        return tuple(parts)
    try:
        with cursor() as db:
            seat = _seat(db, parquet([path], rows=True), user_id)
    except (duckdb.Error, UnicodeEncodeError):
        return tuple(parts)
    if seat is None:
        return tuple(parts)
    block, ensemble, size, before = seat
    named = next(iter(journal.minds), None)
    nth = before // max(1, size) if ensemble else -1
    return tuple(part for part in parts if part.block == (block if part.mind == named else nth))


def _seat(db: duckdb.DuckDBPyConnection, people: str, user_id: str) -> tuple[int, bool, int, int] | None:
    """The person's block, whether they are of the ensemble, the people of a block, and how many of the ensemble come
    before."""
    found = db.execute(_SEAT.format(people=people), {"user": user_id}).fetchall()
    if not found or found[0][0] is None:
        return None
    block, ensemble, size, before = found[0]
    return int(block), bool(ensemble), int(size), int(before)
