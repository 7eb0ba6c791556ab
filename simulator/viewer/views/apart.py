"""One person in two arms, side by side: the turns of both, and the pages of one turn, first where the lives part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.evaluation.reading.side_by_side import side_by_side
from simulator.viewer import drawing
from simulator.viewer.address import NotHereError
from simulator.viewer.desk import Crumb, Desk, View
from simulator.viewer.drawing import Line
from simulator.viewer.screen import screen
from simulator.viewer.sheets import Sheet
from simulator.viewer.views.page import SCALES
from simulator.viewer.views.person import user_of

_OF_TURN = ("session", "page", "shown", "clicked", "left", "satisfaction")


def view(desk: Desk) -> View:
    """Two arms beside each other."""
    user = user_of(desk)
    arm, seed, mind = desk.world
    against = _against(desk, arm)
    turn = desk.asked.number("turn", least=0)
    found = side_by_side(
        desk.journal,
        user,
        {"arm": arm, "seed": seed, "mind": mind},
        {"arm": against, "seed": seed, "mind": mind},
        turn=turn,
    )
    turns = found["turns"]
    at = found["turn"]
    numbers = [row["turn"] for row in turns]
    apart = [number for number in (found["shown_apart"], found["done_apart"]) if number is not None]
    pages = found["pages"]
    return View(
        template="apart.html.j2",
        title=f"{arm} beside {against}",
        crumbs=[
            Crumb(text="People", href=desk.link("people")),
            Crumb(text=user, href=desk.link("person", user=user)),
        ],
        values={
            "user": user,
            "arm": arm,
            "against": against,
            "found": found,
            "turns": turns,
            "turn": at,
            "parted": min(apart, default=None),
            "before": max((number for number in numbers if at is not None and number < at), default=None),
            "after": min((number for number in numbers if at is not None and number > at), default=None),
            "sides": [
                {
                    "arm": name,
                    "page": page,
                    "shown": None if page is None else screen(found["layout"], page["items"]),
                    "elsewhere": None if other is None else {item["item_id"] for item in other["items"]},
                }
                for name, page, other in ((arm, pages[0], pages[1]), (against, pages[1], pages[0]))
            ],
            "scales": SCALES,
            "figure": _figure(desk, arm, against, turns, at),
        },
        sheet=Sheet(
            name=f"{desk.slug}-beside",
            columns=(
                *("user_id", "seed", "mind", "turn", "same_items", "same_behaviour"),
                *(f"{name} ({side})" for side in (arm, against) for name in _OF_TURN),
            ),
            rows=list(_rows(found, user, seed, mind, arm, against)),
        ),
    )


def _against(desk: Desk, arm: str) -> str:
    """The other arm: of the address, else the first that is not the one looked at. Raises NotHereError."""
    arms = desk.journal.arms
    against = desk.asked.text("against") or next((name for name in arms if name != arm), None)
    if against is None:
        raise NotHereError("This run has one arm, so there is nothing to set beside it. Look at the person's pages")
    if against not in arms:
        raise NotHereError(f"This run has no arm {against[:80]!r}. It has: {', '.join(arms)}")
    if against == arm:
        raise NotHereError(f"Both sides are arm {arm}. Choose another one for one side")
    return against


def _figure(desk: Desk, arm: str, against: str, turns: list[dict[str, Any]], at: int | None) -> Any:
    lines = [
        Line(
            name=name,
            row=desk.row(name),
            points=[(row["turn"], row[side]["satisfaction"]) for row in turns if row[side] is not None],
        )
        for name, side in ((arm, "one"), (against, "other"))
    ]
    lines = [line for line in lines if line.points]
    return drawing.curves(lines, title="Satisfaction", x="turn", low=1.0, high=5.0, mark=at, digits=1)


def _rows(
    found: Mapping[str, Any], user: str, seed: int, mind: str, arm: str, against: str
) -> Iterator[dict[str, Any]]:
    for row in found["turns"]:
        yield {
            "user_id": user,
            "seed": seed,
            "mind": mind,
            **{name: row[name] for name in ("turn", "same_items", "same_behaviour")},
            **{f"{name} ({arm})": (row["one"] or {}).get(name) for name in _OF_TURN},
            **{f"{name} ({against})": (row["other"] or {}).get(name) for name in _OF_TURN},
        }
