"""DuckDB over a run's files: one database a process, a cursor of it for each session, answers as plain values."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.evaluation.events import parquet
from simulator.evaluation.reading.living import scratch

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_MEMORY = "1500MB"
"""What DuckDB may hold; beyond it, it spills into this process's own folder."""
_opening = threading.Lock()
_database: list[duckdb.DuckDBPyConnection] = []
_sessions: dict[int, duckdb.DuckDBPyConnection] = {}


@contextmanager
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    """A session of this process's database, with views of its own."""
    with _opening:
        if not _database:
            _database.append(opened())
        db = _database[0].cursor()
        _sessions[id(db)] = db
    try:
        yield db
    finally:
        with _opening:
            del _sessions[id(db)]
        db.close()


def interrupt() -> None:
    """Break off what all sessions are asking: whoever asks gets duckdb.InterruptException."""
    with _opening:
        for db in _sessions.values():
            db.interrupt()


def opened() -> duckdb.DuckDBPyConnection:
    """A database in memory."""
    import duckdb

    db = duckdb.connect()
    db.execute(f"set threads = 2; set memory_limit = '{_MEMORY}'; set parquet_metadata_cache = true")
    db.execute("set temp_directory = '" + scratch().name.replace("'", "''") + "'")
    return db


def rows_of(db: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The answer as one mapping a row; numbers that are not finite are None."""
    answer = db.execute(sql, dict(values or {}))
    names = [column[0] for column in answer.description]
    return [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in answer.fetchall()]


def bounded(number: int) -> int:
    """A limit or an offset as DuckDB takes it: not below 0, and no larger than its whole numbers."""
    return min(max(0, number), 2**62)


def plain(value: Any) -> Any:
    """A value as JSON has it; most numbers of the journal are of single precision, so further digits are noise."""
    if not isinstance(value, float):
        return value
    return None if value != value or value in (float("inf"), float("-inf")) else float(f"{value:.7g}")


def view_of(
    db: duckdb.DuckDBPyConnection, name: str, columns: pa.Schema, files: Sequence[Path], *, rows: bool = False
) -> None:
    """A view with all columns of a schema, whichever of them the files have; `rows`: with the columns `filename` and
    `file_row_number`."""
    import pyarrow as pa

    flat = [(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in columns]
    db.register(f"no_{name}", pa.schema(flat).empty_table())
    there = f" union all by name select * from {parquet(files, union=True, rows=rows)}" if files else ""
    db.execute(f"create or replace temp view {name} as select * from no_{name}{there}")
