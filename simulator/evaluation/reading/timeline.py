"""One person's life in a run, page by page; and a run's life, turn by turn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from simulator.evaluation.reading.journal import ALL, Journal, Part, rows_of
from simulator.records import UserInputError

_PAGE = (
    "session",
    "turn",
    "page",
    "sim_time",
    "appraised_by",
    "failure",
    "satisfaction",
    "fatigue",
    "mood",
    "action",
    "action_argument",
    "left",
    "leave_reason",
    "return_gap_s",
    "reason",
    "feeling",
    "stated_satisfaction",
    "interview",
    "interview_reason",
)
"""Columns of the journal that are about a page as a whole."""
_PLACE = ("position", "item_id", "title", "noticed", "examined", "clicked", "dwell_s", "rating", "liked", "item_reason")
"""What a page holds for each item shown."""

_LIFE = f"""
select {", ".join(f'event."{name}"' for name in _PAGE)},
       {", ".join(f'event."{name}"' for name in _PLACE if name != "title")}, catalog.title
from event left join catalog using (item_id)
where user_id = $user and ($turn is null or turn = $turn)
order by turn, position
"""

_TURNS = """
with page as (
    select arm, seed, mind, user_id, turn, any_value(session) as session, any_value(page) as page,
           count(item_id) as shown, count(*) filter (clicked) as clicked, count(rating) as rated,
           any_value(satisfaction) as satisfaction, any_value("left") as gone
    from event where appraised_by is distinct from 'skipped' and ($turn is null or turn = $turn)
    group by arm, seed, mind, user_id, turn)
select arm::varchar as arm, turn, count(*) as open_sessions, count(*) filter (page = 0) as begun,
       coalesce(sum(shown), 0)::bigint as impressions, coalesce(sum(clicked), 0)::bigint as clicks,
       sum(clicked) / nullif(sum(shown), 0) as click_rate, coalesce(sum(rated), 0)::bigint as ratings,
       avg(satisfaction) filter (not isnan(satisfaction)) as satisfaction,
       count(*) filter (gone) as "left", avg(gone::integer) as leave_rate
from page group by arm, turn order by arm, turn
"""
# A page is counted when somebody lived it: pages that a mind skipped are no behaviour, and in no rate.

_MOST_PAGES = """
select user_id::varchar as user_id, count(distinct (arm, seed, turn)) as pages from event
group by user_id order by pages desc, user_id limit 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where a life is lived; None for what the run does not know yet."""

    arm: str | None
    seed: int | None
    mind: str | None


def life(
    journal: Journal,
    user_id: str,
    *,
    arm: str | None = None,
    seed: int | None = None,
    mind: str | None = None,
    turn: int | None = None,
) -> dict[str, Any]:
    """{run, arm, seed, mind, user_id, pages, not_there_yet, other_arms}: a person's pages in one world, oldest first.

    Unless chosen, the world is the control's (or the first arm's that is there), the first seed's, the named mind's.
    Each page holds the page's columns of the journal and `items`, from top to bottom. Raises UserInputError for a
    name that the run does not have.
    """
    parts = journal.chosen(arm=arm, seed=seed, mind=mind)
    world = _world(journal, parts, arm, seed, mind)
    lived = [part for part in parts if part.world == (world.arm, world.seed, world.mind)]
    with journal.session(lived) as db:
        journal.require_person(db, user_id)
        rows = rows_of(db, _LIFE, {"user": user_id, "turn": turn})
    return {
        "run": journal.manifest.get("run"),
        "arm": world.arm,
        "seed": world.seed,
        "mind": world.mind,
        "user_id": user_id,
        "pages": [_page(list(some)) for _, some in groupby(rows, key=lambda row: row["turn"])],
        "not_there_yet": list(journal.gaps(arm=world.arm, seed=world.seed, mind=world.mind)),
        "other_arms": [name for name in journal.arms if name != world.arm],
    }


def turns(
    journal: Journal,
    *,
    arm: str | None = None,
    seed: int | None = None,
    mind: str | None = None,
    turn: int | None = None,
) -> dict[str, Any]:
    """{run, seed, mind, turns, most_pages, not_there_yet}: each turn of each arm, over the seeds unless one is chosen.

    A turn has `open_sessions` (people in front of a page), `begun` (of these, sessions that began), impressions,
    clicks, `click_rate` (clicks an impression), ratings, mean satisfaction (1-5), and how many `left` with the page.
    """
    named = mind or next(iter(journal.minds), None)
    if named == ALL:
        raise UserInputError("--mind all: the minds' turns are not added up. Name one mind")
    parts = journal.chosen(arm=arm, seed=seed, mind=mind)
    with journal.session(parts) as db:
        found = rows_of(db, _TURNS, {"turn": turn})
        most = rows_of(db, _MOST_PAGES)
    found.sort(key=lambda row: (journal.arms.index(row["arm"]), row["turn"]))
    return {
        "run": journal.manifest.get("run"),
        "seed": seed,
        "mind": named,
        "turns": found,
        "most_pages": most[0] if most else None,
        "not_there_yet": list(journal.gaps(arm=arm, seed=seed, mind=mind)),
    }


def _world(journal: Journal, parts: tuple[Part, ...], arm: str | None, seed: int | None, mind: str | None) -> World:
    if mind == ALL:
        raise UserInputError("--mind all: a life is lived under one mind. Name one")
    first = min(parts, key=lambda part: journal.arms.index(part.arm), default=None)
    if first is not None:
        return World(arm=first.arm, seed=first.seed, mind=first.mind)
    known = (next(iter(journal.arms), None), next(iter(journal.seeds), None), next(iter(journal.minds), None))
    return World(arm=arm or known[0], seed=known[1] if seed is None else seed, mind=mind or known[2])


def _page(rows: list[dict[str, Any]]) -> dict[str, Any]:
    items = [{name: row[name] for name in _PLACE} for row in rows if row["item_id"] is not None]
    return {name: rows[0][name] for name in _PAGE} | {"items": items}
