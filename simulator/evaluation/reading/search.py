"""Full text over a run: titles, people's ids, what people said, and what they remember.

The text that is looked for is a value and never a pattern: `%` and `_` mean themselves. Case does not matter. Words and
memories are looked for file by file, in the journal's order, until enough are known: a rare text costs a look at all
words, a frequent one a look at the first files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.database import bounded, rows_of, view_of
from simulator.evaluation.reading.item_sums import item_sums
from simulator.evaluation.reading.journal import FIRST, Journal, require_text
from simulator.evaluation.reading.whereabouts import home
from simulator.journal import memories, schema
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

WORDS = {
    "item_reason": "why they felt so about an item",
    "reason": "why they did what they did",
    "feeling": "how a page felt",
    "interview_reason": "what they said at the end of a visit",
    "action_argument": "what they searched for or asked for",
}
"""Columns of the journal that hold people's words."""
MAX_TEXT = 400
"""Longest text to look for."""
MOST = 10_000
"""Hits of a kind that are counted; where there are more, that is said."""
KINDS = ("titles", "people", "words", "memories")
"""What a text is looked for in."""

_MATCH = "contains(lower({}), lower($text))"
_WHO = "($user is null or user_id = $user)"

_ITEMS = f"""
create temp table hit_item as
select item_id::varchar as item_id, title from catalog
where {_MATCH.format("title")} or {_MATCH.format("catalog.item_id")}
"""
_TITLES = """
select hit_item.item_id, title, coalesce(shown, 0) as shown, coalesce(clicked, 0) as clicked
from hit_item left join item_sum using (item_id) where not $met or shown > 0
order by clicked desc, shown desc, item_id limit $limit offset $offset
"""
_PEOPLE = f"select user_id::varchar as user_id from people where {_MATCH.format('user_id')} and {_WHO}"
_SAID = " union all ".join(
    f"""
select filename, file_row_number, arm::varchar as arm, seed, mind::varchar as mind, user_id::varchar as user_id, turn,
       {"position" if name == "item_reason" else "null::smallint"} as position,
       {"item_id::varchar" if name == "item_reason" else "null::varchar"} as item_id,
       '{name}' as field, {name}::varchar as text
from looked_at where {_MATCH.format(name)} and {_WHO}{"" if name == "item_reason" else f" and {FIRST}"}
"""
    for name in WORDS
)
# What was said of a page stands on each of its rows.
_REMEMBERED = f"""
select filename, file_row_number, arm, seed, mind, user_id, turn, coalesce(kind, 'episode') as kind, text,
       'memory' as field
from looked_at where op in ('write', 'revise') and {_MATCH.format("text")} and {_WHO}
"""


@dataclass(frozen=True, kw_only=True)
class _Page:
    """Which hits are wanted."""

    limit: int
    offset: int

    @property
    def enough(self) -> int:
        """As many hits as it takes to give them, and to say whether there are more than `MOST`."""
        return max(MOST, self.offset + self.limit) + 1


def search(
    journal: Journal,
    text: str,
    *,
    arm: str | None = None,
    seed: int | None = None,
    user: str | None = None,
    mind: str | None = None,
    kinds: Sequence[str] = KINDS,
    limit: int = 20,
    offset: int = 0,
) -> dict[str, Any]:
    """{run, text, found, more, titles, people, words, memories, not_there_yet}: where a text stands in a run.

    `found` counts the hits of each of the four, `MOST` at most; `more` says of each whether there are more than were
    counted. Each list holds at most `limit` of them, from number `offset` on: titles with the most clicks first, people
    by id, words and memories in the journal's order. With `user`, titles are those that were shown to this person.
    `kinds` of `KINDS` that are not asked for are not looked for. Raises UserInputError for an empty text and for names
    that the run does not have.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        raise UserInputError(f"the text to look for is {'empty' if not text.strip() else 'too long'}. Give some words")
    require_text(text, "the text to look for,")
    parts = journal.chosen(arm=arm, seed=seed, mind=mind)
    files, kept = journal.files(parts if user is None else home(journal, user, parts))
    wanted = _Page(limit=bounded(limit), offset=bounded(offset))
    hits: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    counts = dict.fromkeys(KINDS, 0)
    with journal.session_over(files, kept) as db:
        if user is not None:
            journal.require_person(db, user)
        values: dict[str, Any] = {"text": text, "user": user}
        if "titles" in kinds:
            counts["titles"], hits["titles"] = _titles(db, files, values, wanted)
        if "people" in kinds:
            counts["people"], hits["people"] = _people(db, values, wanted)
        if "words" in kinds:
            counts["words"], some = _in_order(db, files, schema.SCHEMA, _SAID, values, wanted)
            hits["words"] = _titled(db, some)
        if "memories" in kinds:
            counts["memories"], hits["memories"] = _in_order(db, kept, memories.SCHEMA, _REMEMBERED, values, wanted)
            for hit in hits["memories"]:
                del hit["field"]
    return {
        "run": journal.manifest.get("run"),
        "text": text,
        "found": {kind: min(number, MOST) for kind, number in counts.items()},
        "more": {kind: number > MOST for kind, number in counts.items()},
        **hits,
        "not_there_yet": list(journal.gaps(arm=arm, seed=seed, mind=mind)),
    }


def _titles(
    db: duckdb.DuckDBPyConnection, files: Sequence[Path], values: Mapping[str, Any], wanted: _Page
) -> tuple[int, list[dict[str, Any]]]:
    db.execute(_ITEMS, {"text": values["text"]})
    ((found,),) = db.execute("select count(*) from hit_item").fetchall()
    if not found:
        return 0, []
    met = values["user"] is not None
    db.register("item_sum", item_sums(db, files, values["user"]))
    page = {"met": met, "limit": wanted.limit, "offset": wanted.offset}
    if met:
        ((found,),) = db.execute("select count(*) from hit_item join item_sum using (item_id)").fetchall()
    return found, rows_of(db, _TITLES, page)


def _people(
    db: duckdb.DuckDBPyConnection, values: Mapping[str, Any], wanted: _Page
) -> tuple[int, list[dict[str, Any]]]:
    ((found,),) = db.execute(f"select count(*) from ({_PEOPLE})", dict(values)).fetchall()
    page = {**values, "limit": wanted.limit, "offset": wanted.offset}
    return found, rows_of(db, f"{_PEOPLE} order by user_id limit $limit offset $offset", page)


def _in_order(
    db: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    columns: pa.Schema,
    query: str,
    values: Mapping[str, Any],
    wanted: _Page,
) -> tuple[int, list[dict[str, Any]]]:
    """How many hits there are, as far as it takes to know enough, and those that are wanted."""
    found = 0
    page: list[dict[str, Any]] = []
    for some in _batches(files):
        view_of(db, "looked_at", columns, some, rows=True)
        db.execute(f"create or replace temp table hit as {query}", dict(values))
        ((here,),) = db.execute("select count(*) from hit").fetchall()
        if here and len(page) < wanted.limit and found + here > wanted.offset:
            page += rows_of(
                db,
                "select * exclude (filename, file_row_number) from hit order by list_position($files, filename), "
                "file_row_number, field limit $limit offset $offset",
                {
                    "files": [str(path) for path in some],
                    "limit": wanted.limit - len(page),
                    "offset": max(0, wanted.offset - found),
                },
            )
        found += here
        if found >= wanted.enough:
            break
    return found, page


def _batches(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    """The files in their order: two, then four more, then eight."""
    at, many = 0, 2
    while at < len(files):
        yield files[at : at + many]
        at, many = at + many, 2 * many


def _titled(db: duckdb.DuckDBPyConnection, hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hits with the titles of the items that they are about."""
    about = list({hit["item_id"] for hit in hits if hit["item_id"] is not None})
    known = db.execute(
        "select item_id, title from catalog where item_id in (select unnest($ids::varchar[]))", {"ids": about}
    )
    titles = dict(known.fetchall())
    return [hit | {"title": titles.get(hit["item_id"])} for hit in hits]
