"""How things are called on the screen: where a page came from, what happened to an item, what was changed, when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.console.text import clean
from simulator.simulated_time import DAY_S, DAYS

if TYPE_CHECKING:
    from simulator.studies.solo.lived import Lived, Place, Source


NO_INTENT = "nothing in particular"
"""Where nothing is known of what somebody is here for."""
ACTS = {
    "next_page": "wants the next page",
    "previous_page": "goes back a page",
    "search": "searches",
    "instruct": "tells the service",
    "leave": "leaves",
}
LEFT = {
    "tired": "too tired to go on",
    "bored": "bored",
    "dissatisfied": "not satisfied",
    "sated": "has had enough",
    "nothing_shown": "nothing was shown",
    "intended": "meant to leave anyway",
}
_WEAK = {"tired": "tiredness", "bored": "boredom", "dissatisfied": "dissatisfaction", "sated": "having had enough"}
"""What may be the strongest of reasons none of which is strong."""


def source_in_words(source: Source) -> str:
    """Where a page came from."""
    name = clean(source.name)
    return {
        "recommender": f"recommended by {name or 'a recommender'}",
        "search": f"found by “{name}”",
        "hand": "picked by hand",
        "journal": f"from the journal{': ' + name if name else ''}",
    }[source.kind]


def deed(place: Place) -> str:
    """The most that happened to an item, in a word."""
    if place.clicked:
        return "chosen"
    if place.examined:
        return "examined"
    return "noticed" if place.noticed else "unseen"


def facts(place: Place) -> list[str]:
    """What else is known of an item on a page."""
    told = []
    if place.dwell_s >= 1:
        told.append(duration(place.dwell_s))
    if place.rating is not None:
        told.append(f"rated {place.rating:.3g}")
    if place.liked:
        told.append("liked")
    return told


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `1 h 40 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def ending(lived: Lived) -> str:
    """What they did at the end of a page, as a clause."""
    told = ACTS.get(lived.action, clean(lived.action))
    if lived.argument:
        told += f" “{clean(lived.argument)}”"
    if not lived.left:
        return told
    told = told if lived.action == "leave" else f"{told}, then leaves"
    told += f" ({why_left(lived)})"
    if lived.return_gap_s is not None:
        told += f", back after {gap(lived.return_gap_s)}"
    return told


def why_left(lived: Lived) -> str:
    """Why they left, in a few words; that there was no strong reason, where there was none."""
    if lived.simply_over:
        weak = _WEAK.get(lived.leave_reason) if lived.drives.get(lived.leave_reason, 0.0) > 0 else None
        return "the visit was simply over" + (f"; {weak} was the strongest of weak reasons" if weak else "")
    return LEFT.get(lived.leave_reason, clean(lived.leave_reason))


def gap(seconds: float) -> str:
    """`1 hour`, `5 hours`, `3.2 days`."""
    hours = round(seconds / 3600)
    if hours < 36:
        return f"{hours} hour" + ("" if hours == 1 else "s")
    return f"{seconds / DAY_S:.1f} days"


def moment(second: float) -> str:
    """Of simulated time: `day 1, Monday 20:15`."""
    day, left = divmod(int(second), int(DAY_S))
    return f"day {day + 1}, {DAYS[day % 7]} {left // 3600:02d}:{left % 3600 // 60:02d}"


def in_short(lived: Lived) -> str:
    """A page in one sentence."""
    chosen = [clean(place.title) for place in lived.places if place.clicked]
    seen = sum(place.noticed for place in lived.places)
    what = "; ".join(chosen) if chosen else "nothing"
    return f"{len(lived.places)} items {source_in_words(lived.source)}: saw {seen}, chose {what}; {ending(lived)}"
