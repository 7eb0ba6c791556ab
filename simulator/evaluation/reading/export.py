"""Rows of the journal as a file for other tools: CSV, Parquet or JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from simulator.documents.fields import did_you_mean
from simulator.evaluation.reading.journal import ALL, Journal, Part
from simulator.journal.schema import OBSERVABLE, SCHEMA
from simulator.records import UserInputError

FORMATS = {
    ".csv": "format csv, header true",
    ".parquet": "format parquet, compression zstd",
    ".jsonl": "format json",
}
"""By the end of the file's name, as DuckDB says it."""


def export(
    journal: Journal,
    to: Path,
    *,
    columns: Sequence[str] = (),
    arm: str | None = None,
    mind: str | None = None,
    observable: bool = False,
) -> dict[str, Any]:
    """Write the rows of the journal to a new file, in the journal's order; {file, rows, columns, minds, left_out, …}.

    The rows are those of all arms and seeds and of the named mind unless chosen otherwise (`all`: every mind).
    `columns` keep their given order; `observable`: only what a platform's log would hold. Numbers that are not
    finite are null, empty in CSV. The file is whole under its name, or not there.

    Raises:
        UserInputError: the file is there already or cannot be written, its ending is unknown, or a column is.
    """
    kind = FORMATS.get(to.suffix.lower())
    if kind is None:
        raise UserInputError(f"--to {to}: the ending says the form, and this is none of {', '.join(FORMATS)}")
    if to.exists():
        raise UserInputError(f"--to {to}: this is there already, and nothing is overwritten. Name another file")
    if not to.resolve().parent.is_dir():
        raise UserInputError(f"--to {to}: the folder {to.parent} is not there. Make it, or name another file")
    names = _columns(columns, observable)
    if observable and mind == ALL and len(journal.minds) > 1:
        raise UserInputError("--observable --mind all: no log says whose mind it was. Name one mind, or none")
    parts = journal.chosen(arm=arm, mind=mind)
    if not parts:
        gaps = " ".join(journal.gaps(arm=arm, mind=mind))
        raise UserInputError(f"{journal.folder}: there are no rows to export. {gaps}".rstrip())
    rows = _write(journal, parts, names, to, kind)
    minds = list(dict.fromkeys(part.mind for part in parts))
    return {
        "file": str(to),
        "rows": rows,
        "columns": names,
        "arms": list(dict.fromkeys(part.arm for part in parts)),
        "minds": minds,
        "left_out": [name for name in journal.minds if name not in minds],
        "not_there_yet": list(journal.gaps(arm=arm, mind=mind)),
    }


def _write(journal: Journal, parts: Sequence[Part], names: Sequence[str], to: Path, kind: str) -> int:
    """Write beside the file's place, then rename; the number of rows."""
    import duckdb

    try:
        with TemporaryDirectory(dir=to.resolve().parent, prefix=".export-") as scratch:
            written = Path(scratch) / "rows"
            target = str(written).replace("'", "''")
            query = f"copy (select {', '.join(map(_finite, names))} from event) to '{target}' ({kind})"
            with journal.session(parts) as db:
                try:
                    told = db.execute(query).fetchone()
                except duckdb.IOException as error:
                    if str(written) in str(error):  # not the journal is at fault
                        raise OSError(0, str(error).splitlines()[0]) from None
                    raise
            written.rename(to)
    except OSError as error:
        raise UserInputError(f"--to {to}: cannot be written ({error.strerror}). Name another file") from None
    return int((told or (0,))[0])


def _columns(wanted: Sequence[str], observable: bool) -> list[str]:
    known = list(OBSERVABLE) if observable else list(SCHEMA.names)
    for name in wanted:
        if name in known:
            continue
        if name in SCHEMA.names:
            view = (SCHEMA.field(name).metadata or {}).get(b"view", b"").decode()
            raise UserInputError(
                f"--columns {name}: this column is {view}, not observable. Leave it out, or leave out --observable"
            )
        near = did_you_mean(name, known) or f" Columns: {', '.join(known)}"
        raise UserInputError(f"--columns {name[:80]}: the journal has no such column.{near}")
    return list(dict.fromkeys(wanted)) or known


def _finite(name: str) -> str:
    import pyarrow as pa

    quoted = f'"{name}"'
    if not pa.types.is_floating(SCHEMA.field(name).type):
        return quoted
    return f"case when isfinite({quoted}) then {quoted} end as {quoted}"
