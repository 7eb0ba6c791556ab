"""Who somebody is beyond what they did in a run: their persona, and what they had chosen before."""

from __future__ import annotations

from typing import Any

from simulator.evaluation.reading.database import rows_of
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.persona_names import persona_of

PARTS = {"P": "platform", "M": "mind", "V": "held_out"}
"""Who knew of an earlier choice: the recommenders, the minds too, or nobody, so that the run can be judged by it."""
CHOSEN = 60
"""Earlier choices that are named."""

_BEFORE = """
select item_id::varchar as item_id, title, part from history left join catalog using (item_id)
where user_id = $source
"""


def who(journal: Journal, user_id: str) -> dict[str, Any]:
    """{user_id, source_id, persona_id, persona, chose, before}: somebody of a run.

    `source_id` is the person of the log whose history they have, None for strangers; `persona` what the persona's file
    says now, None where there is none. `chose` counts earlier choices by who knew of them, {platform, mind, held_out};
    `before` names the first `CHOSEN` of them, {item_id, title, part}. Raises UserInputError for somebody who is not
    there.
    """
    with journal.session(()) as db:
        journal.require_person(db, user_id)
        (row,) = rows_of(db, "select * from people where user_id = $user limit 1", {"user": user_id}) or ({},)
        source = str(row.get("source_id") or user_id)
        rows = rows_of(db, _BEFORE, {"source": source})
    persona_id = row.get("persona_id")
    return {
        "user_id": user_id,
        "source_id": source if rows else None,
        "persona_id": persona_id,
        "persona": None if persona_id is None else persona_of(journal, str(persona_id)),
        "chose": {name: sum(one["part"] == part for one in rows) for part, name in PARTS.items()},
        "before": [one | {"part": PARTS.get(str(one["part"]))} for one in rows[:CHOSEN]],
    }
