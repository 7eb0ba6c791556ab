"""What somebody remembers at the end of what was lived: the memory records of the journal, applied in order."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from simulator.evaluation.reading.database import rows_of
from simulator.evaluation.reading.journal import Journal
from simulator.memory.records import Kind, Op

_RECORDS = """
select arm, seed, mind, turn, op, id, coalesce(kind, 'episode') as kind, text, coalesce(importance, 0) as importance,
       coalesce(confidence, 1) as confidence, item_id, coalesce(valence, 0) as valence,
       coalesce(evidence, []) as evidence, created, session
from memory where user_id = $user
"""
# In the order of the file, in which records hold; the defaults are those of a memory record.

_KEPT = ("id", "kind", "turn", "session", "created", "text", "importance", "confidence", "valence", "item_id")


def remembered(
    journal: Journal, user_id: str, *, arm: str | None = None, seed: int | None = None, mind: str | None = None
) -> dict[str, Any]:
    """{run, user_id, has_memories, worlds, not_there_yet}: what a person remembers in each world, oldest first.

    A world is {arm, seed, mind, forgotten, memories}; a memory has its text and kind (episode or belief), the turn it
    was made and, for a belief, last `revised`, how often it was `used` (came to mind), importance and confidence (0-1)
    and valence (-1 to 1). A run without a memory has `has_memories` false. Raises UserInputError.
    """
    parts = journal.chosen(arm=arm, seed=seed, mind=mind)
    with journal.session(parts) as db:
        journal.require_person(db, user_id)
        rows = rows_of(db, _RECORDS, {"user": user_id})

    def world(row: dict[str, Any]) -> tuple[str, int, str]:
        return row["arm"], row["seed"], row["mind"]

    lived: list[dict[str, Any]] = []
    order = {part.world: nth for nth, part in enumerate(parts)}
    for (of_arm, of_seed, of_mind), records in groupby(sorted(rows, key=lambda row: order[world(row)]), key=world):
        left, forgotten = _left(list(records))
        lived.append({"arm": of_arm, "seed": of_seed, "mind": of_mind, "forgotten": forgotten, "memories": left})
    return {
        "run": journal.manifest.get("run"),
        "user_id": user_id,
        "has_memories": bool(rows) or any(journal.folder.glob("memories/*.parquet")),
        "worlds": lived,
        "not_there_yet": list(journal.gaps(arm=arm, seed=seed, mind=mind)),
    }


def _left(records: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The memories that are left of one person in one world, and how many were forgotten."""
    left: dict[str, dict[str, Any]] = {}
    forgotten = 0
    for record in records:
        if record["op"] == Op.WRITE:
            left[record["id"]] = {name: record[name] for name in _KEPT} | {
                "evidence": record["evidence"],
                "revised": None,
                "used": 0,
            }
        elif record["op"] == Op.REVISE and record["id"] in left:
            known = left[record["id"]]
            changed = ("text", "importance", "confidence", "valence", "evidence")
            known |= {name: record[name] for name in changed} | {"revised": record["turn"]}
        elif record["op"] == Op.FORGET:
            forgotten += left.pop(record["id"], None) is not None
        elif record["op"] == Op.USE:
            for identity in record["evidence"]:
                if identity in left:
                    left[identity]["used"] += 1
    for memory in left.values():
        if memory["kind"] != Kind.BELIEF:
            memory["confidence"] = None  # of an episode nothing is believed: it happened
    return list(left.values()), forgotten
