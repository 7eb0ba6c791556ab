"""One page of one person: how it looked, what they noticed and did, what it did to them, and what a model was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.evaluation.reading.page import page as read_page
from simulator.viewer.address import NotHereError
from simulator.viewer.desk import Crumb, Desk, View
from simulator.viewer.screen import screen
from simulator.viewer.sheets import Sheet
from simulator.viewer.views.person import user_of

SCALES = (("satisfaction", "Satisfaction", 1.0, 5.0), ("mood", "Mood", -1.0, 1.0), ("fatigue", "Fatigue", 0.0, 1.0))
"""What a person's state holds, and between which values."""
NUMBERS = (
    "position",
    "item_id",
    "title",
    "noticed",
    "examined",
    "clicked",
    "dwell_s",
    "rating",
    "liked",
    "want",
    "taste",
)
_FURTHER = ("score", "propensity", "popularity", "item_reason")


def view(desk: Desk) -> View:
    """A page of a person."""
    user = user_of(desk)
    turn = desk.asked.number("turn", least=0)
    if turn is None:
        raise NotHereError("The address names no turn (turn=…). Choose a page of the person")
    arm, seed, mind = desk.world
    found = read_page(desk.journal, user, turn, arm=arm, seed=seed, mind=mind)
    lived = found["page"]
    if lived is None:
        raise NotHereError(
            f"{user[:80]} had no page in turn {turn} of arm {arm}: they were not there, or it is not lived yet. "
            "Choose one of their pages"
        )
    world = {"arm": arm, "seed": seed, "mind": mind, "user_id": user, "turn": turn}
    return View(
        template="page.html.j2",
        title=f"Visit {lived['session'] + 1}, page {lived['page'] + 1}",
        crumbs=[
            Crumb(text="People", href=desk.link("people")),
            Crumb(text=user, href=desk.link("person", user=user)),
        ],
        values={
            "user": user,
            "found": found,
            "page": lived,
            "turn": turn,
            "shown": screen(found["layout"], lived["items"]),
            "scales": SCALES,
            "others": [name for name in desk.journal.arms if name != arm],
        },
        sheet=Sheet(
            name=f"{desk.slug}-page",
            columns=(*world, *NUMBERS, *_FURTHER),
            rows=list(_rows(world, lived)),
        ),
    )


def _rows(world: Mapping[str, Any], page: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in page["items"]:
        yield {**item, **world}
