"""A view as CSV: the values that its page shows, whole and unrounded, in UTF-8.

A cell that a spreadsheet would take for a formula gets an apostrophe before it: titles and reasons are somebody else's.
`understudy log export` writes the journal as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell may begin with that begins a formula somewhere; the last four are the first four in full width."""
_BATCH = 2_000


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Columns, and rows as mappings; rows may come as they are read. What a row lacks is an empty cell."""

    name: str
    """Of the file, without its ending."""
    columns: Sequence[str]
    rows: Iterable[Mapping[str, Any]]

    def lines(self) -> Iterator[str]:
        """The text of the file, in pieces."""
        page = io.StringIO()
        writer = csv.writer(page)
        writer.writerow(self.columns)
        rows = iter(self.rows)
        while some := list(islice(rows, _BATCH)):
            writer.writerows([[_cell(row.get(name)) for name in self.columns] for row in some])
            yield _taken(page)
        if rest := _taken(page):
            yield rest


def _taken(page: io.StringIO) -> str:
    text = page.getvalue().encode(errors="replace").decode()  # half a letter cannot be sent
    page.seek(0)
    page.truncate()
    return text


def _cell(value: Any) -> Any:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return _cell("; ".join(map(str, value)))
    if not isinstance(value, str):
        return value
    text = value.replace("\x00", " ")
    return f"'{text}" if text.startswith(_FORMULA) else text
