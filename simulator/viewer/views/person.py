"""One person in one world: how they felt over the turns, and each visit page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from simulator.evaluation.reading import timeline
from simulator.evaluation.reading.who import who
from simulator.viewer import drawing, told_persona
from simulator.viewer.address import NotHereError
from simulator.viewer.desk import Crumb, Desk, View
from simulator.viewer.drawing import Line
from simulator.viewer.sheets import Sheet

_STATE = (
    ("satisfaction", "Satisfaction with the page (1-5)", 1.0, 5.0, 1),
    ("mood", "Mood (−1 to 1)", -1.0, 1.0, 1),
    ("fatigue", "Fatigue (0-1)", 0.0, 1.0, 1),
)
_COLUMNS = (
    *("arm", "seed", "mind", "user_id", "session", "page", "turn", "sim_time", "shown", "noticed", "examined"),
    *("clicked", "dwell_s", "rated", "satisfaction", "mood", "fatigue", "action", "action_argument", "left"),
    *("leave_reason", "return_gap_s", "reason", "feeling", "appraised_by", "failure"),
)


def view(desk: Desk) -> View:
    """A person's visits."""
    user = user_of(desk)
    arm, seed, mind = desk.world
    life = timeline.life(desk.journal, user, arm=arm, seed=seed, mind=mind)
    pages = [page | counted(page) for page in life["pages"]]
    visits = [list(some) for _, some in groupby(pages, key=lambda page: page["session"])]
    row = desk.row(life["arm"])
    figures = [
        {
            "title": f"{title}, by turn",
            "svg": drawing.curves(
                [Line(name=name, row=row, points=[(page["turn"], page[name]) for page in pages])],
                title=title,
                x="turn",
                low=low,
                high=high,
                digits=digits,
            ),
        }
        for name, title, low, high, digits in _STATE
    ]
    world = {"arm": life["arm"], "seed": life["seed"], "mind": life["mind"], "user_id": user}
    known = who(desk.journal, user)
    persona = known["persona"] or {}
    return View(
        template="person.html.j2",
        title=user,
        crumbs=[Crumb(text="People", href=desk.link("people"))],
        values={
            "user": user,
            "life": life,
            "who": known,
            "called": told_persona.in_a_sentence(persona),
            "persona": list(told_persona.lines(persona)),
            "human": any(page["appraised_by"] == "human" for page in pages),
            "visits": visits,
            "pages": pages,
            "clicks": sum(page["clicked"] for page in pages),
            "figures": [figure for figure in figures if figure["svg"]],
        },
        sheet=Sheet(name=f"{desk.slug}-person", columns=_COLUMNS, rows=[world | page for page in pages]),
    )


def user_of(desk: Desk) -> str:
    """The person whom the address names. Raises NotHereError."""
    user = desk.asked.text("user")
    if user is None:
        raise NotHereError("The address names nobody (user=…). Choose somebody from the list of people")
    return user


def counted(page: Mapping[str, Any]) -> dict[str, Any]:
    """How many places of a page were shown, noticed, read, clicked and rated, and how long it was looked at."""
    items: Sequence[Mapping[str, Any]] = page["items"]
    return {
        "shown": len(items),
        "noticed": sum(bool(item["noticed"]) for item in items),
        "examined": sum(bool(item["examined"]) for item in items),
        "clicked": sum(bool(item["clicked"]) for item in items),
        "rated": sum(item["rating"] is not None for item in items),
        "dwell_s": sum(item["dwell_s"] or 0.0 for item in items),
    }
