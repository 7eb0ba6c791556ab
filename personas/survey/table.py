"""A table of answers as columns of text: CSV, TSV or Parquet, gzipped or not, one row a person.

Cells stay text until the codebook gives them a meaning, so that one without any can be named with its file and line.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from simulator.records import UserInputError

LARGEST = 2 * 1024**3
"""Bytes that a file may have unpacked: above any survey, below what a packed bomb grows to."""
_PARQUET = (".parquet", ".pq")
_FOREIGN = (".xls", ".xlsx", ".ods", ".sav", ".dta", ".sas7bdat", ".rds", ".json", ".jsonl", ".zip")
_NAMED = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """The columns that were asked for, each as (codes (n,), distinct words)."""

    file: str
    rows: int
    columns: Mapping[str, tuple[npt.NDArray[np.int64], list[str]]]
    unread: tuple[str, ...]
    """Names of the columns that nobody asked for."""
    content: bytes | None
    """The text that rows are numbered by; None where the file has no lines."""
    separator: str = ","

    def where(self, row: int) -> str:
        """``file:line`` of a row, from 0; ``file, row n`` in a file that has no lines."""
        if self.content is None:
            return f"{self.file}, row {row + 1}"
        return f"{self.file}:{_line(self.content, self.separator, row)}"


def read_table(path: Path, wanted: Mapping[str, str]) -> Table:
    """The wanted columns of a table; `wanted` says by column where it was declared. Raises `UserInputError`."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(_FOREIGN):
        raise UserInputError(f"{path}: is no table that can be read. Save it as CSV, TSV or Parquet")
    content = _content(path)
    if name.endswith(_PARQUET) or content[:4] == b"PAR1":
        columns, unread = _parquet(content, path, wanted)
        text, separator = None, ","
    else:
        text = _text(content, path)
        first = text[:65536].split(b"\n", 1)[0].decode(errors="replace")
        separator = max((",", "\t", ";", "|"), key=first.count)
        columns, unread = _csv(text, separator, path, wanted)
    rows = len(next(iter(columns.values()))) if columns else 0
    if rows == 0:
        raise UserInputError(f"{path}: holds no answers: there is no row below its header. Is it the right file?")
    return Table(
        file=str(path),
        rows=rows,
        columns={name: _coded(column) for name, column in columns.items()},
        unread=unread,
        content=text,
        separator=separator,
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            packed = gzip.GzipFile(fileobj=stream) if path.suffix == ".gz" else stream
            content: bytes = packed.read(LARGEST + 1)
    except FileNotFoundError:
        raise UserInputError(f"{path}: there is no such file. Check the path") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserInputError(f"{path}: is no whole gzip file ({error}). Fetch it again") from None
    except OSError as error:
        raise UserInputError(f"{path}: cannot be read ({error.strerror or error}). Check the file") from None
    if len(content) > LARGEST:
        raise UserInputError(f"{path}: holds more than {LARGEST // 1024**3} GiB. Is it the right file?")
    if not content.strip():
        raise UserInputError(f"{path}:1: is empty. Give a table with a header line and one row a person")
    return content


def _text(content: bytes, path: Path) -> bytes:
    """UTF-8 (with or without byte order mark), Latin-1 or UTF-16 as UTF-8."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", errors="replace").encode()
    if b"\0" in content[:65536]:
        raise UserInputError(f"{path}: is binary data, not text. Save it as CSV, TSV or Parquet")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode()
    except UnicodeDecodeError:
        content = content.decode("latin-1").encode()
    return content if content.endswith(b"\n") else content + b"\n"


def _csv(
    content: bytes, separator: str, path: Path, wanted: Mapping[str, str]
) -> tuple[dict[str, pa.Array], tuple[str, ...]]:
    header = _header(content, separator, path)
    _check(header, path, wanted)
    broken: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    try:
        table = pacsv.read_csv(
            io.BytesIO(content),
            read_options=pacsv.ReadOptions(use_threads=False),
            parse_options=pacsv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=note),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=list(wanted), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise UserInputError(f"{path}: cannot be read as a table ({str(error).splitlines()[0][:160]})") from None
    if broken:
        line = _line(content, separator, broken[0].number - 2)
        raise UserInputError(
            f"{path}:{line}: has {broken[0].actual_columns} cells where the header has {broken[0].expected_columns}"
            f"{_more(len(broken), 'row')}. Correct it, or put texts that hold a {separator!r} into quotes"
        )
    return {name: table.column(name).combine_chunks() for name in wanted}, _unread(header, wanted)


def _parquet(content: bytes, path: Path, wanted: Mapping[str, str]) -> tuple[dict[str, pa.Array], tuple[str, ...]]:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        names = list(file.schema_arrow.names)
        _check(names, path, wanted)
        table = file.read(columns=list(wanted))
    except (pa.ArrowException, OSError) as error:
        raise UserInputError(f"{path}: cannot be read as Parquet ({str(error).splitlines()[0][:160]})") from None
    texts = {name: pa.array([_word(cell) for cell in table.column(name).to_pylist()], pa.string()) for name in wanted}
    return texts, _unread(names, wanted)


def _word(cell: Any) -> str:
    """A cell of a typed column as text; whole numbers that are stored with a point lose it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    return str(int(cell)) if isinstance(cell, float) and cell == cell and cell % 1 == 0 else str(cell)


def _header(content: bytes, separator: str, path: Path) -> list[str]:
    lines = csv.reader(io.StringIO(content[: 1 << 22].decode(errors="replace"), newline=""), delimiter=separator)
    try:
        return next(cells for cells in lines if cells)
    except (csv.Error, StopIteration):
        raise UserInputError(f"{path}:1: has no header line that can be read. Name the columns there") from None


def _check(header: Sequence[str], path: Path, wanted: Mapping[str, str]) -> None:
    """Every wanted column is there, once."""
    for name, declared in wanted.items():
        if name not in header:
            near = get_close_matches(name, header, n=1) or [one for one in header if one.lower() == name.lower()]
            guess = f" Did you mean {near[0]!r}?" if near else ""
            shown = ", ".join(header[:_NAMED]) + (", …" if len(header) > _NAMED else "")
            raise UserInputError(
                f"{declared}: {path} has no column {name!r}.{guess} Its columns are: {shown}. Correct the codebook"
            )
        if header.count(name) > 1:
            raise UserInputError(f"{path}:1: two columns are called {name!r}. Give each column a name of its own")


def _unread(header: Sequence[str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in header if name not in wanted)


def _coded(column: pa.Array) -> tuple[npt.NDArray[np.int64], list[str]]:
    coded = column.dictionary_encode()
    words: list[str] = [word.strip() for word in coded.dictionary.to_pylist()]
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), words


def _line(content: bytes, separator: str, row: int) -> int:
    """The line on which a row begins; quoted cells may hold line breaks, so a parser counts."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""), delimiter=separator)
    limit = csv.field_size_limit(1 << 24)
    at, start = -2, 1
    try:
        for cells in reader:
            at += bool(cells)
            if at == row:
                return start
            start = reader.line_num + 1
    except csv.Error:
        pass  # a cell beyond all measure: the row's number is the best that can be told
    finally:
        csv.field_size_limit(limit)
    return row + 2


def _more(count: int, what: str) -> str:
    return f" ({count - 1} more such {what}{'s' if count > 2 else ''})" if count > 1 else ""
