"""Any CSV, TSV or Parquet file of interactions, with a declared column mapping, and optionally one of items.

read(Path("log.csv"), columns={"user": "uid", "item": "sku", "click": "clicked", "time": "ts"},
     items={"path": "items.csv", "columns": {"id": "sku", "title": "name", "categories": "tags"}})
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from simulator.datasets.assemble import F64, Audit, Cells, assemble, notes_on
from simulator.datasets.dataset import Dataset, ReadReport
from simulator.datasets.declared import read_declared
from simulator.datasets.item_table import read_items
from simulator.datasets.texttable import MISSING, encode, numbers
from simulator.records import I32, I64, Bools, UserInputError

FIELDS = ("user", "item", "rating", "click", "time", "dwell", "position")
"""What a column of interactions can be declared as; user and item are needed, `dwell` is in seconds."""

_YES = frozenset({"1", "1.0", "true", "yes", "y", "t"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "f"})
_UNITS = ((1e17, 10**9, "nanoseconds"), (1e14, 10**6, "microseconds"), (1e11, 10**3, "milliseconds"))
"""From this size on a time since 1970 must be in the smaller unit: 1e11 seconds are the year 5138."""
_LATEST = 1e11
_CURE = "Check the path, the separator and the declared columns"


def read(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    items: Mapping[str, Any] | None = None,
    separator: str | None = None,
    rating_range: tuple[float, float] | None = None,
) -> Dataset:
    """Read a table of interactions, one a row, and an optional table of items.

    `columns` maps fields (`FIELDS`) to the names of the file's columns; None: its columns bear the fields' names.
    Without a click column every row is a choice. Times are numbers since 1970 (the unit is told from their size) or
    ISO dates; positions may start at 0 or 1. `items`: see `item_table.read_items`; without it the catalogue is the ids
    of the log. `separator` None: told from the first line. Ratings outside `rating_range` are broken rows. Files may be
    gzipped. Raises `UserInputError` naming file, column and cure.
    """
    table, digest = read_declared(path, columns, FIELDS, ("user", "item"), separator, "dataset.columns")
    audit = Audit(table)
    notes: list[str] = []
    cells = _cells(audit, rating_range, notes)
    catalog, reasons, digests = None, [], [digest]
    if items is not None:
        catalog, of_items, digest = read_items(items)
        reasons = [*of_items.reasons, *of_items.blanked]
        digests.append(digest)
    log = assemble(audit, cells, catalog, {}, _CURE)
    report = ReadReport(
        table.rows_read,
        audit.skipped,
        (*audit.reasons, *reasons),
        (*notes, *notes_on(log)),
    )
    fingerprint = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    return Dataset(path.name.removesuffix(".gz").rpartition(".")[0] or path.name, log, report, fingerprint)


def _cells(audit: Audit, rating_range: tuple[float, float] | None, notes: list[str]) -> Cells:
    columns = audit.table.columns
    who, what = encode(columns["user"]), encode(columns["item"])
    audit.reject(who[0] < 0, "no user id")
    audit.reject(what[0] < 0, "no item id")
    rating = _figures(audit, "rating")
    if rating is not None and rating_range is not None:
        low, high = _range(rating_range)
        audit.reject((rating < low) | (rating > high), f"rating outside {low:g} to {high:g}", columns["rating"])
    dwell = _figures(audit, "dwell")
    if dwell is not None:
        audit.reject(dwell < 0, "dwell below 0", columns["dwell"])
    return Cells(
        user=who,
        item=what,
        rating=rating,
        clicked=_clicks(audit),
        time=_times(audit, notes),
        dwell_s=dwell,
        position=_positions(audit, notes),
    )


def _figures(audit: Audit, name: str) -> F64 | None:
    """A column of numbers in which empty cells are missing (NaN) and all others must be finite numbers."""
    column = audit.table.columns.get(name)
    if column is None:
        return None
    values, is_number, is_empty = numbers(column)
    audit.reject(~is_number & ~is_empty, f"{name} is not a number", column)
    return values


def _clicks(audit: Audit) -> Bools | None:
    column = audit.table.columns.get("click")
    if column is None:
        return None
    coded = column.dictionary_encode()
    words = [word.strip().lower() for word in coded.dictionary.to_pylist()]
    codes = coded.indices.to_numpy(zero_copy_only=False)
    yes: Bools = np.array([word in _YES for word in words], dtype=np.bool_)[codes]
    no = np.array([word in _NO for word in words], dtype=np.bool_)[codes]
    audit.reject(~yes & ~no, "click is neither 0 nor 1", column)
    return yes


def _times(audit: Audit, notes: list[str]) -> I64 | None:
    """Whole seconds since 1970, 0 where there is none."""
    column = audit.table.columns.get("time")
    if column is None:
        return None
    values, is_number, is_empty = numbers(column)
    if not (is_number | is_empty).all():
        dates = _dates(column)
        values = np.where(is_number, values, dates)
    elif (values > 0).any():
        typical = float(np.median(values[values > 0]))
        for size, per_second, unit in _UNITS:
            if typical >= size:
                values = np.floor(values / per_second)
                notes.append(f"times were read as {unit} since 1970")
                break
    audit.reject(np.isnan(values) & ~is_empty, "time is neither a number nor an ISO date", column)
    audit.reject((values < 0) | (values >= _LATEST), "time is before 1970 or after 5138", column)
    seconds: I64 = np.nan_to_num(values, nan=0.0).clip(0, _LATEST).astype(np.int64)
    return seconds


def _dates(column: pa.Array) -> F64:
    """Seconds since 1970 of ISO 8601 dates, NaN where a cell is none; without a zone they are UTC."""
    coded = column.dictionary_encode()
    seconds = np.array([_seconds(word.strip()) for word in coded.dictionary.to_pylist()], dtype=np.float64)
    each: F64 = np.floor(seconds)[coded.indices.to_numpy(zero_copy_only=False)]
    return each


def _seconds(word: str) -> float:
    if word in MISSING:
        return float("nan")
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        return float("nan")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _positions(audit: Audit, notes: list[str]) -> I32 | None:
    """Places on the page from 0, -1 where there is none."""
    values = _figures(audit, "position")
    if values is None:
        return None
    column = audit.table.columns["position"]
    audit.reject(
        (values < 0) | (values >= 2**31) | (values % 1 != 0) & ~np.isnan(values), "position is no place", column
    )
    usable = values[audit.good & ~np.isnan(values)]
    if usable.size and usable.min() >= 1:
        values = values - 1
        notes.append("positions start at 1 and were shifted to start at 0")
    places: I32 = np.nan_to_num(values, nan=-1.0).clip(-1, 2**31 - 1).astype(np.int32)
    return places


def _range(rating_range: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in rating_range)
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not low < high:
        raise UserInputError(
            f"dataset.rating_range: {rating_range!r} must be the lowest and the highest rating, such as [1, 5]"
        )
    return low, high
