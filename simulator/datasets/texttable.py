"""Delimited text and Parquet as columns of text, with an account of the rows that do not fit.

Every column is read as text: ids are text, and a cell that is no number can then be named with its file and line
instead of failing the file. Numbers are parsed once per distinct value (ratings have ten), not per row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from simulator.datasets.dataset import Reason
from simulator.records import Bools, UserInputError

F64 = npt.NDArray[np.float64]

EXAMPLES = 3
"""How many of the rows left out for one reason are named."""
MISSING = ("", "nan", "NaN", "null", "NULL", "None")
"""What an empty cell looks like after its trip through various tools."""
_LONGEST_EXAMPLE = 60
_FIELD_LIMIT = 1 << 24


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written. `separator` may be several characters long (MovieLens 1M has ``::``)."""

    separator: str = ","
    quoted: bool = True
    names: tuple[str, ...] | None = None
    """Column names where the file has no header line."""


@dataclass(eq=False)
class TextTable:
    """Columns of text of equal length. `malformed` tells of the lines that had another number of fields."""

    label: str
    columns: Mapping[str, pa.Array]
    malformed: Reason | None = None
    unread: tuple[str, ...] = ()
    """Names of further columns of the file that nobody asked for."""
    _source: _Source | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    @property
    def rows_read(self) -> int:
        """Rows of the file, the malformed ones included."""
        return len(self) + (self.malformed.count if self.malformed else 0)

    def places(self, rows: Sequence[int]) -> list[str]:
        """Where rows stand: ``file:line``, or ``file, row n`` in a file that has no lines. `rows` ascending."""
        if self._source is None:
            return [f"{self.label}, row {row + 1}" for row in rows]
        return [f"{self.label}:{line}" for line in self._source.lines_of_rows(rows)]

    def column(self, name: str, field_name: str) -> pa.Array:
        """A column by name. Raises `UserInputError`, with the nearest name, if the file has no such column."""
        if name not in self.columns:
            names = [*self.columns, *self.unread]
            near = get_close_matches(name, names, n=1) or [c for c in names if c.lower() == name.lower()]
            guess = f" Did you mean {near[0]!r}?" if near else ""
            shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
            raise UserInputError(
                f"{self.label}: there is no column {name!r} (declared as {field_name}).{guess} Its columns are: {shown}"
            )
        return self.columns[name]


@dataclass(eq=False)
class _Source:
    """The text behind a table, kept to find the line of a row; only broken rows ever ask."""

    content: bytes
    delimiter: str
    dialect: Dialect
    skipped: list[int]
    """Numbers of the malformed records, from 1, the header included and empty lines not."""

    def lines_of_rows(self, rows: Sequence[int]) -> list[int]:
        first = 1 if self.dialect.names else 2
        if not self.skipped:
            return self.lines_of_records([row + first for row in rows])
        records, skipped, at = [], sorted(self.skipped), 0
        for row in rows:
            while at < len(skipped) and skipped[at] <= row + first + at:
                at += 1
            records.append(row + first + at)
        return self.lines_of_records(records)

    def lines_of_records(self, records: Sequence[int]) -> list[int]:
        """Line on which each record begins; a quoted cell may hold line breaks, so lines are counted by a parser."""
        text = io.TextIOWrapper(io.BytesIO(self.content), encoding="utf-8", errors="replace", newline="")
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self.dialect.quoted else csv.QUOTE_NONE
        reader = csv.reader(text, delimiter=self.delimiter, quoting=quoting)
        wanted, found, record, start = set(records), dict[int, int](), 0, 1
        limit = csv.field_size_limit(_FIELD_LIMIT)
        try:
            for cells in reader:
                if cells:
                    record += 1
                    if record in wanted:
                        found[record] = start
                        if len(found) == len(wanted):
                            break
                start = reader.line_num + 1
        except csv.Error:
            pass  # a cell beyond all measure: the record's number is the best that can be told
        finally:
            csv.field_size_limit(limit)
        return [found.get(record, record) for record in records]


def read_text(content: bytes, label: str, dialect: Dialect) -> TextTable:
    """Parse delimited text: UTF-8 (with or without byte order mark) or Latin-1; any line ends; rows that have another
    number of fields are left out and told in `malformed`. Raises `UserInputError` if it is no such text."""
    content = _as_utf8(content, label)
    delimiter = dialect.separator
    if len(delimiter.encode()) > 1:  # Arrow knows separators of one byte only
        delimiter = "\x1f"
        content = content.replace(dialect.separator.encode(), b"\x1f")
    skipped: list[int] = []
    texts: list[str] = []

    def skip(row: pacsv.InvalidRow) -> str:
        skipped.append(row.number)
        if len(texts) < EXAMPLES:
            shown = row.text.replace(delimiter, dialect.separator)
            texts.append(f"{shorten(shown)} has {row.actual_columns} fields and not {row.expected_columns}")
        return "skip"

    names = None if dialect.names is None else list(dialect.names)
    header = names or _header(content, delimiter, dialect, label)
    try:
        table = pacsv.read_csv(
            io.BytesIO(content),
            read_options=pacsv.ReadOptions(use_threads=False, column_names=names, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if dialect.quoted else False,
                newlines_in_values=dialect.quoted,
                invalid_row_handler=skip,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise UserInputError(f"{label}: cannot be read as delimited text ({error})") from None
    source = _Source(content, delimiter, dialect, skipped)
    malformed = None
    if skipped:
        lines = source.lines_of_records(skipped[: len(texts)])
        shown = tuple(f"{label}:{line}: {text}" for line, text in zip(lines, texts, strict=True))
        malformed = Reason("wrong number of fields", len(skipped), shown)
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    return TextTable(label, columns, malformed, (), source)


def read_parquet(content: bytes, label: str, wanted: Sequence[str]) -> TextTable:
    """The `wanted` columns of a Parquet file as text. Raises `UserInputError` if it is no Parquet file."""
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        present = [name for name in wanted if name in file.schema_arrow.names]
        table = file.read(columns=present)
        columns = {name: _as_text(table.column(name).combine_chunks()) for name in present}
    except (pa.ArrowException, OSError) as error:
        raise UserInputError(f"{label}: cannot be read as Parquet ({error})") from None
    unread = tuple(name for name in file.schema_arrow.names if name not in columns)
    return TextTable(label, columns, unread=unread)


def numbers(column: pa.Array) -> tuple[F64, Bools, Bools]:
    """Numbers of a text column: (values, or NaN; is a finite number; is an empty cell). Shapes (n,)."""
    coded = column.dictionary_encode()
    words = pc.utf8_trim_whitespace(coded.dictionary)
    empty = pc.is_in(words, value_set=pa.array(MISSING)).to_numpy(zero_copy_only=False)
    try:
        values = pc.cast(words, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        values = np.array([_number(word) for word in words.to_pylist()], dtype=np.float64)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        good = np.isfinite(values) & ~empty
    return np.where(good, values, np.nan)[codes], good[codes], empty[codes]


def encode(column: pa.Array) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Codes of a text column and its distinct words, trimmed; the codes of missing words are -1. Shape (n,)."""
    coded = pc.utf8_trim_whitespace(column).dictionary_encode()
    words: list[str] = coded.dictionary.to_pylist()
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    missing = np.array([word in MISSING for word in words], dtype=np.bool_)
    if missing.any():
        codes[missing[codes]] = -1
    return codes, words


def sniff_separator(content: bytes) -> str:
    """The separator that the first line has most of, among comma, tab, semicolon and bar."""
    first = content[:65536].split(b"\n", 1)[0]
    return max((",", "\t", ";", "|"), key=lambda separator: first.count(separator.encode()))


def shorten(text: str) -> str:
    """A cell or a line as messages show it: quoted, and cut if it is long."""
    return repr(text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…")


def _as_utf8(content: bytes, label: str) -> bytes:
    if not content.strip():
        raise UserInputError(f"{label}: is empty")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UserInputError(f"{label}: is UTF-16 text. Save it as UTF-8")
    if b"\0" in content:
        raise UserInputError(f"{label}: is binary data, not text. Is it the right file?")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode()
    except UnicodeDecodeError:
        content = content.decode("latin-1").encode()
    return content if content.endswith(b"\n") else content + b"\n"


def _header(content: bytes, delimiter: str, dialect: Dialect, label: str) -> list[str]:
    lines = csv.reader(io.StringIO(content[: 1 << 20].decode(errors="replace"), newline=""), delimiter=delimiter)
    try:
        names = next(cells for cells in lines if cells)
    except (csv.Error, StopIteration):
        raise UserInputError(f"{label}: has no header line that can be read") from None
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise UserInputError(f"{label}: two columns are called {twice!r}. Give every column a name of its own")
    return names


def _as_text(column: pa.Array) -> pa.Array:
    """A Parquet column as text: whole numbers without a point, instants as seconds, lists joined by a bar."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.array(["|".join(map(str, cells or ())) for cells in column.to_pylist()], pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        column = pc.cast(pc.cast(column, pa.timestamp("s"), safe=False), pa.int64())
    elif pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
        whole = pc.all(pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), 2.0**53))).as_py()
        column = pc.cast(column, pa.int64()) if whole else column
    return pc.fill_null(pc.cast(column, pa.string()), "")


def _number(word: Any) -> float:
    try:
        return float(word) if "_" not in word else np.nan
    except ValueError:
        return float("nan")
