"""A DuckDB session over one run's Parquet files, in which texts are already numbers.

Joining 8 million impressions to integer codes once a scan costs half a second; grouping them by texts costs five times
that. Nothing is copied: `impression` is a view, and every question streams the files.

Threads add in any order, and a sum of floats depends on it in its last bits, enough to make two equal arms differ.
So what is summed is rounded to a power of two that leaves room in a double's 53 bits: then every sum is exact.

Tables and views:
    cell (cell_no, arm, seed, mind)      the order of `cells(data)`
    person (user_no, source_id, cluster_no, cluster_id, jack, ensemble)      `user_no` is the row of `people.parquet` in
                    id order, `source_id` the person of the log
    item (item_no, bits, kinds)      self-information in bits and number of categories
    category (item_no, category_no, weight)      the item's unit category vector, sparse
    scale (rating_unit)      one row: what one of five levels is on the log's rating scale
    held (pair)      user_no * 2^32 + item_no for the person's held-out choices V
    event           the journal's rows, with the columns that older journals lack as nulls
    impression      one row an impression; `item_no` is null on a page without any. Pages that a mind skipped are no
                    behaviour and are not in it
                    page_no = (cell_no * number of people + user_no) * TURNS + turn
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simulator.evaluation.coverage import group_of
from simulator.evaluation.run_data import RunData
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb

PAIR = 1 << 32
TURNS = 1 << 20
"""More turns than any run has. Grouping by one packed integer is twice as fast as by its three parts."""

_ITEMS = """
create temp macro exact(x) as round(x * 1073741824) / 1073741824;
create temp table item as
select (row_number() over (order by item_id) - 1)::integer as item_no, item_id, categories,
       coalesce(len(categories), 0) as kinds,
       exact(-log2((coalesce(popularity, 0) + 1.0) / sum(coalesce(popularity, 0) + 1.0) over ())) as bits
from {catalog};
create temp table category as
select item_no, (dense_rank() over (order by name) - 1)::integer as category_no,
       round(1048576 / sqrt(kinds)) / 1048576 as weight
from item, unnest(categories) as named(name);
"""
# Category weights keep 20 bits, because it is their squares that are summed. Self-information of an item is under the
# platform's choices, with one added to every count so that an item nobody chose is finite: Zhou et al. 2010 (PNAS 107)
# with Laplace's rule.

_HELD = """
create temp table held as
select distinct person.user_no * {pair} + item.item_no as pair
from {history} as history join person on person.source_id = history.user_id join item using (item_id)
where history.part = 'V';
"""

_IMPRESSIONS = """
create temp view impression as
select (cell.cell_no * (select count(*) from person) + person.user_no) * {turns} + event.turn as page_no,
       cell.cell_no, person.user_no, person.jack, person.ensemble, event.session, event.turn, event.page,
       event.position, item.item_no, item.bits, event.clicked, event.examined, event.dwell_s, event.rating,
       event.satisfaction, event.fatigue, event."left", event.return_gap_s,
       case when isfinite(event.taste) then exact(1 / (1 + exp(-event.taste::double))) end as chance
from event join cell using (arm, seed, mind) join person using (user_id) left join item using (item_id)
where event.appraised_by is distinct from 'skipped';
"""

_LATER = {
    "stated_satisfaction": "float",
    "interview": "float",
    "failure": "varchar",
}
"""Columns that the journal did not have from the start."""


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Turns what DuckDB says of a damaged file into one message. Raises UserInputError; KeyboardInterrupt, where DuckDB
    makes an error of another kind of a Ctrl-C that came in mid-query."""
    import duckdb

    try:
        yield
    except RuntimeError as stopped:
        if str(stopped) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as damaged:
        raise UserInputError(
            f"{folder}: the journal cannot be read ({str(damaged).splitlines()[0]}). Cure: delete the damaged file and "
            f"run understudy resume {folder}"
        ) from None


@contextmanager
def open_events(data: RunData, *, threads: int = 2, memory: str = "1500MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A session with the tables above. `memory` bounds what DuckDB holds; beyond it, it spills to a temporary file."""
    import duckdb

    with tempfile.TemporaryDirectory() as spill, duckdb.connect() as db:
        db.execute(f"set threads = {int(threads)}; set memory_limit = '{memory}'; set temp_directory = {_text(spill)}")
        db.execute("set preserve_insertion_order = false")
        db.register("cell_rows", _arrow(cell_no=range(len(cells(data))), **_columns(cells(data))))
        db.execute("create temp table cell as select cell_no::integer as cell_no, arm, seed, mind from cell_rows")
        _create_person(db, data)
        db.execute(_ITEMS.format(catalog=parquet([data.table("catalog")])))
        db.execute(_HELD.format(pair=PAIR, history=parquet([data.table("history")])))
        db.execute(f"create temp table scale as select {float(data.rating_unit)!r}::double as rating_unit")
        _create_event(db, parquet(data.event_files))
        db.execute(_IMPRESSIONS.format(turns=TURNS))
        yield db


def cells(data: RunData) -> list[tuple[str, int, str]]:
    """(arm, seed, mind) of each cell, in the order of `cell_no`."""
    return list(product(data.arms, data.seeds, data.minds))


def columns(db: duckdb.DuckDBPyConnection, sql: str) -> dict[str, npt.NDArray[Any]]:
    """The answer as NumPy columns; a number that is null comes as NaN."""
    answer = db.execute(sql).fetchnumpy()
    return {
        name: np.ma.filled(column.astype(np.float64), np.nan) if isinstance(column, np.ma.MaskedArray) else column
        for name, column in answer.items()
    }


def parquet(files: Sequence[Path], *, union: bool = False, rows: bool = False) -> str:
    """A table function over exactly these files, whatever their names hold; `union`: each may lack columns; `rows`:
    with the columns `filename` and `file_row_number`."""
    listed = ", ".join(_text(_no_glob(str(file))) for file in files)
    more = (", union_by_name = true" if union else "") + (", filename = true, file_row_number = true" if rows else "")
    return f"read_parquet([{listed}]{more})"


def _create_event(db: duckdb.DuckDBPyConnection, events: str) -> None:
    later = [f"null::{kind} as {name}" for name, kind in _LATER.items() if name not in _names(db, events)]
    db.execute(f"create temp view event as select {', '.join(['*', *later])} from {events}")


def _names(db: duckdb.DuckDBPyConnection, source: str) -> set[str]:
    return {str(row[0]) for row in db.execute(f"describe select * from {source}").fetchall()}


def _create_person(db: duckdb.DuckDBPyConnection, data: RunData) -> None:
    source = parquet([data.table("people")])
    clusters = db.execute(f"select distinct cluster_id from {source} order by 1").fetchnumpy()["cluster_id"]
    named = [str(cluster) for cluster in clusters]
    db.register("cluster_rows", _arrow(cluster_id=named, cluster_no=range(len(named)), jack=group_of(named)))
    of_log = "source_id" if "source_id" in _names(db, source) else "cluster_id"
    db.execute(
        "create temp table person as "
        f"select (row_number() over (order by user_id) - 1)::bigint as user_no, user_id, {of_log} as source_id, "
        "cluster_id, "
        f"cluster_no::integer as cluster_no, jack::tinyint as jack, ensemble "
        f"from {source} join cluster_rows using (cluster_id)"
    )


def _columns(rows: list[tuple[str, int, str]]) -> dict[str, list[Any]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(("arm", "seed", "mind"))}


def _arrow(**named: Any) -> Any:
    import pyarrow as pa

    return pa.table({name: pa.array(list(values)) for name, values in named.items()})


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _no_glob(path: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)
