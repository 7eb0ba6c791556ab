"""One page of one person, whole: what stood where, what became of it, what was remembered, what a model was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.asked import calls_of
from simulator.evaluation.reading.database import rows_of
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.page_memories import page_memories
from simulator.evaluation.reading.scenario import said
from simulator.evaluation.reading.whereabouts import home
from simulator.evaluation.reading.world import World, world_of
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb

ABOUT = (
    "session",
    "turn",
    "page",
    "sim_time",
    "action",
    "action_argument",
    "left",
    "leave_reason",
    "return_gap_s",
    "appraised_by",
    "failure",
    "reason",
    "feeling",
    "stated_satisfaction",
    "interview",
    "interview_reason",
    "llm_model",
    "prompt_id",
    "cached",
)
"""Columns of the journal that are about a page as a whole."""
PLACE = (
    "position",
    "item_id",
    "noticed",
    "examined",
    "clicked",
    "dwell_s",
    "rating",
    "liked",
    "want",
    "taste",
    "score",
    "propensity",
    "item_reason",
)
"""What a page holds for each item shown."""
STATE = ("satisfaction", "fatigue", "mood")
"""How somebody is after a page: satisfaction with it (1-5), fatigue (0-1), mood (-1 to 1)."""

_ROWS = """
select event.*, catalog.* exclude (item_id) from event left join catalog using (item_id)
where user_id = $user and turn = $turn order by position
"""
_BEFORE = """
select turn, session, page, sim_time, satisfaction, fatigue, mood from event
where user_id = $user and turn < $turn order by turn desc, position limit 1
"""
_NEXT = "select min(turn) as turn from event where user_id = $user and turn > $turn"


def page(
    journal: Journal,
    user_id: str,
    turn: int,
    *,
    arm: str | None = None,
    seed: int | None = None,
    mind: str | None = None,
) -> dict[str, Any]:
    """{run, arm, seed, mind, user_id, turn, layout, page, not_there_yet}; `page` is None if they had none in that turn.

    A page holds the columns `ABOUT`; `before` and `after`, {satisfaction, fatigue, mood}, the former with the turn,
    session, page and sim_time of the page before, or None on the first; `previous_turn` and `next_turn` of this person;
    `items` from top to bottom, {`PLACE`, title, categories, popularity, and where the run keeps them creator, year,
    price, headline, image_caption, review_count, review_mean, duration_s}; `memories` (`page_memories.page_memories`);
    `calls` (`asked.calls_of`), None with the reason in `calls_lost` where their file is damaged; and `cost`:
    {tokens_in, tokens_out, calls, usd, latency_s}, None where nothing is known.

    The world is that of `timeline.life`. Raises UserInputError for names that the run does not have.
    """
    world = world_of(journal, arm=arm, seed=seed, mind=mind)
    with journal.session(home(journal, user_id, world.parts(journal))) as db:
        journal.require_person(db, user_id)
        found = read_page(journal, db, user_id, turn, world)
    return {
        "run": journal.manifest.get("run"),
        "arm": world.arm,
        "seed": world.seed,
        "mind": world.mind,
        "user_id": user_id,
        "turn": turn,
        "layout": said(journal.folder, "world", "layout"),
        "page": found,
        "not_there_yet": list(journal.gaps(arm=world.arm, seed=world.seed, mind=world.mind)),
    }


def read_page(
    journal: Journal, db: duckdb.DuckDBPyConnection, user_id: str, turn: int, world: World
) -> dict[str, Any] | None:
    """The `page` of a session over the world's parts; None if the person had none in that turn."""
    values = {"user": user_id, "turn": turn}
    rows = rows_of(db, _ROWS, values)
    if not rows:
        return None
    first = rows[0]
    before = rows_of(db, _BEFORE, values)
    lost = None
    try:
        calls = calls_of(journal, user_id, turn, arm=world.arm, seed=world.seed, mind=world.mind)
    except UserInputError as damaged:  # everything else of the page is there
        calls, lost = None, str(damaged)
    facts = [name for name in first if name not in _JOURNAL]
    return {
        **{name: first[name] for name in ABOUT},
        "before": before[0] if before else None,
        "after": {name: first[name] for name in STATE},
        "previous_turn": before[0]["turn"] if before else None,
        "next_turn": rows_of(db, _NEXT, values)[0]["turn"],
        "items": [{name: row[name] for name in (*PLACE, *facts)} for row in rows if row["item_id"] is not None],
        "memories": page_memories(db, user_id, turn),
        "calls": calls,
        "calls_lost": lost,
        "cost": _cost(rows, calls),
    }


def _cost(rows: list[dict[str, Any]], calls: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What the journal says of tokens, and the transcript of the rest."""
    of_rows = {name: sum(row[name] or 0 for row in rows) for name in ("tokens_in", "tokens_out")}
    if calls is None:
        return {**of_rows, "calls": None, "usd": None, "latency_s": None}
    prices = [call["usd"] for call in calls]
    return {
        **{name: sum(call[name] for call in calls) for name in of_rows},
        "calls": len(calls),
        "usd": None if None in prices else sum(prices),
        "latency_s": max((call["latency_s"] for call in calls), default=None),
    }


def _journal_columns() -> frozenset[str]:
    from simulator.journal.schema import SCHEMA

    return frozenset(SCHEMA.names)


_JOURNAL = _journal_columns()
