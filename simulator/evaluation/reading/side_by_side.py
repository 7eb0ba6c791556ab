"""One person in two worlds, side by side: the turns of both, and the first in which they part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.database import rows_of
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.page import read_page
from simulator.evaluation.reading.scenario import said
from simulator.evaluation.reading.whereabouts import home
from simulator.evaluation.reading.world import World, world_of
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb

_ROWS = """
select turn, session, page, position, item_id, noticed, examined, clicked, dwell_s, rating, action, action_argument,
       "left", leave_reason, satisfaction
from event where user_id = $user order by turn, position
"""
_SHOWN = ("position", "item_id")
_DONE = ("clicked", "dwell_s", "rating", "action", "action_argument", "left", "leave_reason")
"""What somebody does that a platform could see, item by item."""


def side_by_side(
    journal: Journal,
    user_id: str,
    one: Mapping[str, Any],
    other: Mapping[str, Any],
    *,
    turn: int | None = None,
) -> dict[str, Any]:
    """{run, user_id, layout, one, other, turns, shown_apart, done_apart, turn, pages, not_there_yet}.

    `one` and `other` choose worlds: {arm, seed, mind}, each of them or none, as in `timeline.life`; the answer names
    them whole. `turns` is in order, {turn, one, other, same_items, same_behaviour}: what stands for a world is
    {session, page, shown, clicked, left, satisfaction} or None where the person had no page: then neither is the same.
    Behaviour is what a platform could see: clicks, dwell, ratings, how the page ended. `shown_apart` and `done_apart`
    are the first turns in which items or behaviour differ, or None. `pages` holds both pages, as in `page.page`, of
    `turn`: by default the first turn in which anything differs, else the first of all; None for a person without pages.

    Raises UserInputError for names that the run does not have, or for twice the same world.
    """
    worlds = [_chosen(journal, choice) for choice in (one, other)]
    if worlds[0] == worlds[1] and worlds[0].arm is not None:
        raise UserInputError(
            f"both sides are arm {worlds[0].arm}, seed {worlds[0].seed}, mind {worlds[0].mind}. Name two worlds that "
            "differ in one of them"
        )
    lives: list[dict[int, _Turn]] = []
    for world in worlds:
        with journal.session(home(journal, user_id, world.parts(journal))) as db:
            journal.require_person(db, user_id)
            lives.append(_turns(db, user_id))
    turns = [_beside(number, lives[0].get(number), lives[1].get(number)) for number in sorted({*lives[0], *lives[1]})]
    shown_apart = next((row["turn"] for row in turns if not row["same_items"]), None)
    done_apart = next((row["turn"] for row in turns if not row["same_behaviour"]), None)
    apart = [number for number in (shown_apart, done_apart) if number is not None]
    at = turn if turn is not None else min(apart, default=turns[0]["turn"] if turns else None)
    pages: list[dict[str, Any] | None] = [None, None]
    if at is not None:
        for nth, world in enumerate(worlds):
            with journal.session(home(journal, user_id, world.parts(journal))) as db:
                pages[nth] = read_page(journal, db, user_id, at, world)
    return {
        "run": journal.manifest.get("run"),
        "user_id": user_id,
        "layout": said(journal.folder, "world", "layout"),
        "one": _told(worlds[0]),
        "other": _told(worlds[1]),
        "turns": turns,
        "shown_apart": shown_apart,
        "done_apart": done_apart,
        "turn": at,
        "pages": pages,
        "not_there_yet": list(
            dict.fromkeys(
                gap for world in worlds for gap in journal.gaps(arm=world.arm, seed=world.seed, mind=world.mind)
            )
        ),
    }


_Turn = list[dict[str, Any]]
"""The rows of one page."""


def _chosen(journal: Journal, choice: Mapping[str, Any]) -> World:
    return world_of(journal, arm=choice.get("arm"), seed=choice.get("seed"), mind=choice.get("mind"))


def _told(world: World) -> dict[str, Any]:
    return {"arm": world.arm, "seed": world.seed, "mind": world.mind}


def _turns(db: duckdb.DuckDBPyConnection, user_id: str) -> dict[int, _Turn]:
    found: dict[int, _Turn] = {}
    for row in rows_of(db, _ROWS, {"user": user_id}):
        found.setdefault(row["turn"], []).append(row)
    return found


def _beside(turn: int, one: _Turn | None, other: _Turn | None) -> dict[str, Any]:
    both = one is not None and other is not None
    return {
        "turn": turn,
        "one": _short(one),
        "other": _short(other),
        "same_items": both and _only(one, _SHOWN) == _only(other, _SHOWN),
        "same_behaviour": both and _only(one, _DONE) == _only(other, _DONE),
    }


def _only(rows: _Turn | None, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows or ()]


def _short(rows: _Turn | None) -> dict[str, Any] | None:
    if rows is None:
        return None
    shown = [row for row in rows if row["item_id"] is not None]
    return {
        **{name: rows[0][name] for name in ("session", "page", "left", "satisfaction")},
        "shown": len(shown),
        "clicked": sum(bool(row["clicked"]) for row in shown),
    }
