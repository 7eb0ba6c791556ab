"""How often each item was shown and clicked: over many files once for each state of them, of one person at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.evaluation.reading.kept import Kept, states_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_SUMS = """
select item_id::varchar as item_id, count(*) as shown, count(*) filter (clicked) as clicked
from event where item_id is not null and ($user is null or user_id = $user) group by 1
"""
_kept: Kept[pa.Table] = Kept(16)


def item_sums(db: duckdb.DuckDBPyConnection, files: Sequence[Path], user: str | None = None) -> pa.Table:
    """{item_id, shown, clicked} of a session over these files: of everybody, or of one person. Items that were never
    shown are not in it."""
    if user is not None:
        return db.sql(_SUMS, params={"user": user}).to_arrow_table()
    return _kept.get(states_of(files), lambda: db.sql(_SUMS, params={"user": None}).to_arrow_table())
