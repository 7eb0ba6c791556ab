"""The rows of a journal that meet conditions: how many there are, and one page of them, in the journal's order.

How many of them each file holds is counted once for each state of the file and kept; so one page is read from the one
or two files that it lies in, however far down it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.documents.fields import did_you_mean
from simulator.evaluation.reading.database import plain, view_of
from simulator.evaluation.reading.journal import Journal, Part, require_text
from simulator.evaluation.reading.kept import Kept
from simulator.evaluation.reading.search import MAX_TEXT, WORDS
from simulator.evaluation.reading.whereabouts import home
from simulator.journal.schema import SCHEMA
from simulator.records import UserInputError
from simulator.turn import AppraisedBy

if TYPE_CHECKING:
    import duckdb

SOURCES = tuple(one.name.lower() for one in AppraisedBy)
"""What a page's appraisal may have come from."""
_BATCH = 20_000


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What rows must meet; None and an empty text: whatever. Worlds are chosen as in `Journal.chosen`."""

    arm: str | None = None
    seed: int | None = None
    mind: str | None = None
    user: str | None = None
    item: str | None = None
    """An item's id, whole."""
    first_turn: int | None = None
    last_turn: int | None = None
    clicked: bool | None = None
    rated: bool | None = None
    left: bool | None = None
    """Whether the page of the row ended the visit."""
    failed: bool | None = None
    """Whether a language model failed on the page of the row."""
    appraised_by: str | None = None
    """One of `SOURCES`."""
    text: str = ""
    """Looked for in the item's title and id and in everything that was said of item and page, case apart."""

    def __post_init__(self) -> None:
        """Raises UserInputError for a source that there is none of and for a text that cannot be looked for."""
        if self.appraised_by is not None and self.appraised_by not in SOURCES:
            near = did_you_mean(self.appraised_by, SOURCES) or f" There are: {', '.join(SOURCES)}"
            raise UserInputError(f"appraised_by {self.appraised_by[:80]!r}: nothing is appraised by that.{near}")
        for what, value in (("the text to look for,", self.text), ("item", self.item or ""), ("user", self.user or "")):
            require_text(value, what)
        if len(self.text) > MAX_TEXT:
            raise UserInputError("the text to look for is too long. Give some words")

    def sql(self) -> tuple[str, dict[str, Any]]:
        """A condition on a row, and its values; the items that the text names are in the table `named_item`."""
        told: list[str] = []
        values: dict[str, Any] = {}
        for name, column, sign in (
            ("user", "user_id", "="),
            ("item", "item_id", "="),
            ("first_turn", "turn", ">="),
            ("last_turn", "turn", "<="),
            ("appraised_by", "appraised_by", "="),
        ):
            if (value := getattr(self, name)) is not None:
                told.append(f"{column} {sign} ${name}")
                values[name] = value
        for name, holds in _HOLDS.items():
            if (value := getattr(self, name)) is not None:
                told.append(f"coalesce({holds}, false) = ${name}")
                values[name] = value
        if self.text:
            said = [f"contains(lower({word}), lower($text))" for word in WORDS]
            told.append(f"({' or '.join([*said, 'item_id in (select item_id from named_item)'])})")
            values["text"] = self.text
        return " and ".join(told) or "true", values


_HOLDS = {
    "clicked": "clicked",
    "rated": "rating is not null",
    "left": '"left"',
    "failed": "failure is not null or appraised_by in ('fallback', 'skipped')",
}
_NAMED = """
create temp table named_item as select item_id::varchar as item_id from catalog
where contains(lower(title), lower($text)) or contains(lower(catalog.item_id), lower($text))
"""
_counts: Kept[int] = Kept(65_536)


def rows(
    journal: Journal, conditions: Conditions = Conditions(), *, limit: int = 50, offset: int = 0
) -> dict[str, Any]:
    """{run, total, offset, limit, rows, not_there_yet}: the columns of the journal and the item's title, one mapping a
    row. Whole blocks come first, then the committed turns of living ones. Raises UserInputError for names that the run
    does not have."""
    files, values, where = _chosen(journal, conditions)
    with _session(journal, files, conditions) as db:
        counts = _counted(db, files, where, values)
        found = list(_page(db, files, counts, where, values, limit=max(0, limit), offset=max(0, offset)))
    return {
        "run": journal.manifest.get("run"),
        "total": sum(counts),
        "offset": offset,
        "limit": limit,
        "rows": found,
        "not_there_yet": list(journal.gaps(arm=conditions.arm, seed=conditions.seed, mind=conditions.mind)),
    }


def all_rows(journal: Journal, conditions: Conditions = Conditions()) -> Iterator[dict[str, Any]]:
    """All of them, one after the other, for a file; no more than a few thousand are held at a time."""
    files, values, where = _chosen(journal, conditions)
    for file in files:
        with _session(journal, [file], conditions) as db:
            view_of(db, "event_row", SCHEMA, [file], rows=True)
            yield from _read(db, where, values)


def _chosen(journal: Journal, conditions: Conditions) -> tuple[list[Path], dict[str, Any], str]:
    """The files that may hold such rows, and the condition with its values."""
    parts: Sequence[Part] = journal.chosen(arm=conditions.arm, seed=conditions.seed, mind=conditions.mind)
    if conditions.user is not None:
        with journal.session(()) as db:
            journal.require_person(db, conditions.user)
        parts = home(journal, conditions.user, parts)
    where, values = conditions.sql()
    return journal.files(parts)[0], values, where


@contextmanager
def _session(journal: Journal, files: Sequence[Path], conditions: Conditions) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session in which the conditions can be asked for."""
    with journal.session_over(files) as db:
        if conditions.text:
            db.execute(_NAMED, {"text": conditions.text})
        yield db


def _counted(db: duckdb.DuckDBPyConnection, files: list[Path], where: str, values: dict[str, Any]) -> list[int]:
    """How many such rows each file holds."""
    ask = (where, *values.items())

    def reckon(lacking: list[Path]) -> dict[Path, int]:
        view_of(db, "event_row", SCHEMA, lacking, rows=True)
        query = f"select filename, count(*) from event_row where {where} group by 1"
        found = {Path(name): int(number) for name, number in db.execute(query, values).fetchall()}
        return {path: found.get(path, 0) for path in lacking}

    return _counts.of_files(files, reckon, about=ask)


def _page(
    db: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    counts: Sequence[int],
    where: str,
    values: dict[str, Any],
    *,
    limit: int,
    offset: int,
) -> Iterator[dict[str, Any]]:
    """The rows from number `offset` on, read from the files that hold them."""
    for file, number in zip(files, counts, strict=True):
        if limit <= 0:
            return
        if offset >= number:
            offset -= number
            continue
        view_of(db, "event_row", SCHEMA, [file], rows=True)
        some = list(_read(db, where, values, f"order by file_row_number limit {limit} offset {offset}"))
        yield from some
        limit, offset = limit - len(some), 0


def _read(
    db: duckdb.DuckDBPyConnection, where: str, values: dict[str, Any], some: str = ""
) -> Iterator[dict[str, Any]]:
    """The rows of the view `event_row` with their titles, in the order of the file."""
    names = ", ".join(f'"{name}"' for name in SCHEMA.names)
    answer = db.execute(
        "select chosen.* exclude (file_row_number), title from "
        f"(select {names}, file_row_number from event_row where {where} {some}) as chosen "
        "left join catalog using (item_id) order by file_row_number",
        values,
    )
    columns = [column[0] for column in answer.description]
    while some := answer.fetchmany(_BATCH):
        for row in some:
            yield {name: plain(value) for name, value in zip(columns, row, strict=True)}
