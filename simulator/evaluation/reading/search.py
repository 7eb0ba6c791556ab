"""Full text over a run: titles, people's ids, what people said, and what they remember.

The text that is looked for is a value and never a pattern: `%` and `_` mean themselves. Case does not matter.
"""

from __future__ import annotations

from typing import Any

from simulator.evaluation.reading.journal import Journal, require_text, rows_of
from simulator.records import UserInputError

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

_TITLES = f"""
with met as (select item_id::varchar as item_id, count(*) as shown, count(*) filter (clicked) as clicked
             from event where item_id is not null and {_WHO} group by 1)
select catalog.item_id, title, coalesce(shown, 0) as shown, coalesce(clicked, 0) as clicked
from catalog left join met on met.item_id = catalog.item_id
where ({_MATCH.format("title")} or {_MATCH.format("catalog.item_id")}) and ($user is null or shown > 0)
order by clicked desc, shown desc, catalog.item_id
"""

_PEOPLE = f"""
select user_id::varchar as user_id from people where {_MATCH.format("user_id")} and {_WHO} order by 1
"""

_MEMORIES = f"""
select arm, seed, mind, user_id, turn, coalesce(kind, 'episode') as kind, text
from memory where op in ('write', 'revise') and {_MATCH.format("text")} and {_WHO}
order by arm, seed, mind, user_id, turn, id
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

_WORDS = f"""
select said.*, catalog.title from ({_SAID}) as said left join catalog using (item_id)
order by arm, seed, mind, user_id, turn, field, position
"""


def search(
    journal: Journal,
    text: str,
    *,
    arm: str | None = None,
    user: str | None = None,
    mind: str | None = None,
    limit: int = 20,
) -> dict[str, Any]:
    """{run, text, found, titles, people, words, memories, not_there_yet}: where a text stands in a run.

    `found` counts all hits of each of the four; each list holds at most `limit` of them. With `user`, titles are those
    that were shown to this person. Raises UserInputError for an empty text and for names that the run does not have.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        raise UserInputError(f"the text to look for is {'empty' if not text.strip() else 'too long'}. Give some words")
    require_text(text, "the text to look for,")
    values: dict[str, Any] = {"text": text, "user": user}
    with journal.session(journal.chosen(arm=arm, mind=mind)) as db:
        if user is not None:
            journal.require_person(db, user)
        hits = {
            "titles": rows_of(db, _TITLES, values),
            "people": rows_of(db, _PEOPLE, values),
            "words": rows_of(db, _WORDS, values),
            "memories": rows_of(db, _MEMORIES, values),
        }
    return {
        "run": journal.manifest.get("run"),
        "text": text,
        "found": {kind: len(rows) for kind, rows in hits.items()},
        **{kind: rows[:limit] for kind, rows in hits.items()},
        "not_there_yet": list(journal.gaps(arm=arm, mind=mind)),
    }
