"""Files whose columns the user declares: find, read and rename them, or say exactly what does not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from simulator.datasets.bundle import read_file
from simulator.datasets.texttable import Dialect, TextTable, read_parquet, read_text, sniff_separator
from simulator.records import UserInputError

_PARQUET = (".parquet", ".pq")
_WORKBOOKS = (".xls", ".xlsx", ".ods")


def read_declared(
    path: Path,
    declared: Mapping[str, str] | None,
    fields: Sequence[str],
    needed: Sequence[str],
    separator: str | None,
    where: str,
) -> tuple[TextTable, str]:
    """The declared columns of a file under the names of their fields, and the SHA-256 of the file's content.

    `declared` maps fields to columns; None: every column that bears a field's name. `where` is how messages call the
    declaration, such as ``dataset.columns``. Raises `UserInputError`.
    """
    if declared is not None:
        _check(declared, fields, needed, where)
    if separator is not None and (not separator or "\n" in separator or '"' in separator):
        raise UserInputError(
            f"{where}: the separator {separator!r} cannot separate fields. Give one such as ',' or '\\t'"
        )
    content = read_file(path)
    wanted = list(fields if declared is None else declared.values())
    table = _parse(content, path, wanted, separator)
    if declared is None:
        present = {*table.columns, *table.unread}
        declared = {name: name for name in fields if name in present or name in needed}
    columns = {name: table.column(column, f"{where}.{name}") for name, column in declared.items()}
    table.columns = columns
    return table, hashlib.sha256(content).hexdigest()


def unknown_name(name: object, known: Sequence[str], where: str) -> UserInputError:
    """The error for a misspelt setting, with the nearest right one."""
    near = get_close_matches(str(name), known, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return UserInputError(f"{where}: {name!r} is not known here.{guess} There are: {', '.join(known)}")


def _check(declared: Mapping[Any, Any], fields: Sequence[str], needed: Sequence[str], where: str) -> None:
    for name, column in declared.items():
        if name not in fields:
            raise unknown_name(name, fields, where)
        if not isinstance(column, str) or not column:
            raise UserInputError(f"{where}.{name}: must be the name of a column, not {column!r}")
    for name in needed:
        if name not in declared:
            raise UserInputError(
                f"{where}: {name} is missing. Declare which column holds it, such as {name}: {name}_id"
            )


def _parse(content: bytes, path: Path, wanted: Sequence[str], separator: str | None) -> TextTable:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(_WORKBOOKS):
        raise UserInputError(f"{path}: is a spreadsheet. Save it as CSV or Parquet")
    if name.endswith(_PARQUET) or content[:4] == b"PAR1":
        return read_parquet(content, str(path), wanted)
    return read_text(content, str(path), Dialect(sniff_separator(content) if separator is None else separator))
