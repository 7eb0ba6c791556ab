"""One person's life in a run, page by page; and a run's life, turn by turn."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.database import plain, rows_of, view_of
from simulator.evaluation.reading.journal import ALL, FIRST, Journal
from simulator.evaluation.reading.kept import Kept, states_of
from simulator.evaluation.reading.whereabouts import home
from simulator.evaluation.reading.world import world_of
from simulator.journal.schema import SCHEMA
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb

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

_TURNS = f"""
select filename as file, arm::varchar as arm, turn, count(*) filter ({FIRST}) as pages,
       count(*) filter ({FIRST} and page = 0) as begun, count(item_id) as shown, count(*) filter (clicked) as clicked,
       count(rating) as rated, sum(satisfaction) filter ({FIRST} and not isnan(satisfaction)) as satisfaction,
       count(satisfaction) filter ({FIRST} and not isnan(satisfaction)) as satisfied,
       count(*) filter ({FIRST} and "left") as gone
from event_row where appraised_by is distinct from 'skipped' group by all
"""
# A page is counted when somebody lived it: pages that a mind skipped are no behaviour, and in no rate. A file is one
# block of one world, so no page is in two of them but a living block's, whose files hold other turns each.
_SUMS = ("pages", "begun", "shown", "clicked", "rated", "satisfaction", "satisfied", "gone")

_MOST_PAGES = f"""
select user_id::varchar as user_id, count(*) as pages from event where {FIRST}
group by 1 order by pages desc, user_id limit 1
"""


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
    world = world_of(journal, arm=arm, seed=seed, mind=mind)
    with journal.session(home(journal, user_id, world.parts(journal))) as db:
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
    files, _ = journal.files(journal.chosen(arm=arm, seed=seed, mind=mind))
    with journal.session_over(files) as db:
        found = _turns(_of_files.of_files(files, lambda lacking: _reckoned(db, lacking)), turn)
        most = _most_pages.get(states_of(files), lambda: rows_of(db, _MOST_PAGES))
    found.sort(key=lambda row: (journal.arms.index(row["arm"]), row["turn"]))
    return {
        "run": journal.manifest.get("run"),
        "seed": seed,
        "mind": named,
        "turns": found,
        "most_pages": most[0] if most else None,
        "not_there_yet": list(journal.gaps(arm=arm, seed=seed, mind=mind)),
    }


_of_files: Kept[list[dict[str, Any]]] = Kept(8192)
_most_pages: Kept[list[dict[str, Any]]] = Kept(64)


def _reckoned(db: duckdb.DuckDBPyConnection, files: list[Path]) -> dict[Path, list[dict[str, Any]]]:
    """The sums of each file by arm and turn."""
    view_of(db, "event_row", SCHEMA, files, rows=True)
    found: dict[Path, list[dict[str, Any]]] = {path: [] for path in files}
    for row in rows_of(db, _TURNS):
        found[Path(row["file"])].append(row)
    return found


def _turns(of_files: Iterable[list[dict[str, Any]]], turn: int | None) -> list[dict[str, Any]]:
    """Files added up: one row an arm and turn."""
    sums: dict[tuple[str, int], dict[str, Any]] = {}
    for row in (row for rows in of_files for row in rows if turn is None or row["turn"] == turn):
        known = sums.setdefault((row["arm"], row["turn"]), dict.fromkeys(_SUMS, 0))
        for name in _SUMS:
            known[name] += row[name] or 0
    return [
        {
            "arm": arm,
            "turn": number,
            "open_sessions": one["pages"],
            "begun": one["begun"],
            "impressions": int(one["shown"]),
            "clicks": int(one["clicked"]),
            "click_rate": plain(one["clicked"] / one["shown"]) if one["shown"] else None,
            "ratings": int(one["rated"]),
            "satisfaction": plain(one["satisfaction"] / one["satisfied"]) if one["satisfied"] else None,
            "left": one["gone"],
            "leave_rate": plain(one["gone"] / one["pages"]) if one["pages"] else None,
        }
        for (arm, number), one in sums.items()
    ]


def _page(rows: list[dict[str, Any]]) -> dict[str, Any]:
    items = [{name: row[name] for name in _PLACE} for row in rows if row["item_id"] is not None]
    return {name: rows[0][name] for name in _PAGE} | {"items": items}
