"""Full text over a run: titles, people's ids, what people said, and what they remember.

The text that is looked for is a value and never a pattern: `%` and `_` mean themselves. Case does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.database import rows_of
from simulator.evaluation.reading.journal import Journal, require_text
from simulator.evaluation.reading.whereabouts import home
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb

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

_MATCH = "contains(lower({}), lower($text))"
_WHO = "($user is null or user_id = $user)"

_ITEMS = f"""
create temp table hit_item as
select item_id::varchar as item_id, title from catalog
where {_MATCH.format("title")} or {_MATCH.format("catalog.item_id")}
"""
_TITLES = f"""
with met as (select item_id::varchar as item_id, count(*) as shown, count(*) filter (clicked) as clicked
             from event where item_id in (select item_id from hit_item) and {_WHO} group by 1)
select hit_item.item_id, title, coalesce(shown, 0) as shown, coalesce(clicked, 0) as clicked
from hit_item left join met using (item_id) where $user is null or shown > 0
"""
# Items first: what was shown is counted for those alone.

_PEOPLE = f"""
select user_id::varchar as user_id from people where {_MATCH.format("user_id")} and {_WHO}
"""

_MEMORIES = f"""
select arm, seed, mind, user_id, turn, coalesce(kind, 'episode') as kind, text, id
from memory where op in ('write', 'revise') and {_MATCH.format("text")} and {_WHO}
"""

_SAID = " union all ".join(
    f"""
select distinct arm::varchar as arm, seed, mind::varchar as mind, user_id::varchar as user_id, turn,
       {"position" if name == "item_reason" else "null::smallint"} as position,
       {"item_id::varchar" if name == "item_reason" else "null::varchar"} as item_id,
       '{name}' as field, {name}::varchar as text
from event where {_MATCH.format(name)} and {_WHO}"""
    for name in WORDS
)
# Distinct, because what was said of a page stands on each of its rows.

_ORDER = {
    "titles": "clicked desc, shown desc, item_id",
    "people": "user_id",
    "words": "arm, seed, mind, user_id, turn, field, position",
    "memories": "arm, seed, mind, user_id, turn, id",
}
KINDS = tuple(_ORDER)
"""What a text is looked for in."""
_HITS = {"titles": _TITLES, "people": _PEOPLE, "words": _SAID, "memories": _MEMORIES}


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
    """{run, text, found, titles, people, words, memories, not_there_yet}: where a text stands in a run.

    `found` counts all hits of each of the four; each list holds at most `limit` of them, from number `offset` on. With
    `user`, titles are those that were shown to this person. `kinds` of `KINDS` that are not asked for are not looked
    for. Raises UserInputError for an empty text and for names that the run does not have.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        raise UserInputError(f"the text to look for is {'empty' if not text.strip() else 'too long'}. Give some words")
    require_text(text, "the text to look for,")
    values: dict[str, Any] = {"text": text, "user": user}
    parts = journal.chosen(arm=arm, seed=seed, mind=mind)
    with journal.session(parts if user is None else home(journal, user, parts)) as db:
        if user is not None:
            journal.require_person(db, user)
        db.execute(_ITEMS, {"text": text})
        found, hits = {}, {}
        for kind in KINDS:
            found[kind], hits[kind] = _hits(db, kind, values, limit, offset) if kind in kinds else (0, [])
    return {
        "run": journal.manifest.get("run"),
        "text": text,
        "found": found,
        **hits,
        "not_there_yet": list(journal.gaps(arm=arm, seed=seed, mind=mind)),
    }


def _hits(
    db: duckdb.DuckDBPyConnection, kind: str, values: dict[str, Any], limit: int, offset: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many there are of a kind, and those of one page."""
    used = values if kind != "titles" else {"user": values["user"]}
    db.execute(f"create temp table hit_{kind} as {_HITS[kind]}", used)
    ((found,),) = db.execute(f"select count(*) from hit_{kind}").fetchall()
    title, of = (", catalog.title", " left join catalog using (item_id)") if kind == "words" else ("", "")
    left_out = " exclude (id)" if kind == "memories" else ""
    page = {"limit": max(0, limit), "offset": max(0, offset)}
    some = f"(select * from hit_{kind} order by {_ORDER[kind]} limit $limit offset $offset) as hit"
    return found, rows_of(db, f"select hit.*{left_out}{title} from {some}{of} order by {_ORDER[kind]}", page)
