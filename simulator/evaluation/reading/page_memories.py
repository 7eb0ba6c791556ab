"""What memory did on one page: what came to mind, and what was written, revised and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.database import rows_of
from simulator.memory.records import Op

if TYPE_CHECKING:
    import duckdb

_RECORDS = """
select turn, op, id, coalesce(kind, 'episode') as kind, text, coalesce(importance, 0) as importance,
       coalesce(confidence, 1) as confidence, item_id, coalesce(valence, 0) as valence,
       coalesce(evidence, []) as evidence, session
from memory where user_id = $user and turn <= $turn
"""
# In the order of the file, in which records hold; the defaults are those of a memory record.
_KEPT = ("id", "kind", "turn", "session", "text", "importance", "confidence", "valence", "item_id", "evidence")
_REVISED = ("text", "importance", "confidence", "valence", "evidence")


def page_memories(db: duckdb.DuckDBPyConnection, user_id: str, turn: int) -> dict[str, Any]:
    """{recalled, written, revised, forgotten, reflected} of one person's page, from a session over one world.

    A memory is {id, kind (episode or belief), turn (in which it was made), session, text, importance and confidence
    (0-1), valence (-1 to 1), item_id, evidence}. Those that came to mind are as they were then; `revised` ones are
    {before, after}. `recalled` holds what the record of the page names, at most what was retrieved for its prompt.
    """
    known: dict[str, dict[str, Any]] = {}
    page: dict[str, Any] = {"recalled": [], "written": [], "revised": [], "forgotten": [], "reflected": False}
    for record in rows_of(db, _RECORDS, {"user": user_id, "turn": turn}):
        _apply(record, known, page if record["turn"] == turn else None)
    return page


def _apply(record: dict[str, Any], known: dict[str, dict[str, Any]], page: dict[str, Any] | None) -> None:
    """One record; `page` takes note of what it does, if it is of that page."""
    identity, told = record["id"], {} if page is None else page
    match record["op"]:
        case Op.WRITE:
            known[identity] = {name: record[name] for name in _KEPT}
            told.get("written", []).append(dict(known[identity]))
        case Op.REVISE if identity in known:
            before = dict(known[identity])
            known[identity] |= {name: record[name] for name in _REVISED}
            told.get("revised", []).append({"before": before, "after": dict(known[identity])})
        case Op.FORGET if identity in known:
            told.get("forgotten", []).append(known.pop(identity))
        case Op.USE:
            told.get("recalled", []).extend(dict(known[one]) for one in record["evidence"] if one in known)
        case Op.REFLECT:
            told["reflected"] = True
