"""Answers about how far a page was looked at: what was seen, what was not, where the looking stopped."""

from __future__ import annotations

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, mentions, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.said import counted, some
from simulator.studies.solo.lived import Lived

_MARKED = 0.7
"""Standard deviations from which the habit of looking at the first places only is worth a word, as any trait."""


def list_seen(asked: Asked) -> Said:
    """What was noticed on the page, the first things first."""
    lived = asked.page
    if lived is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    at = [nth for nth, place in enumerate(lived.places) if place.noticed]
    looked = [nth for nth in at if lived.places[nth].examined]
    if not at:
        return said("I noticed nothing on that page", grounds=(f"noticed: 0 of {len(lived.places)}",))
    closer = [lived.places[nth] for nth in looked]
    glance = [lived.places[nth] for nth in at if nth not in looked]
    return said(
        f"I looked at {some(asked.titles(closer), 10)}" if closer else "I looked closely at nothing",
        f"At a glance I also saw {some(asked.titles(glance), 10)}" if glance else "",
        f"The other {len(lived.places) - len(at)} I did not notice" if len(at) < len(lived.places) else "",
        grounds=_grounds(lived),
        items=mentions(lived, at),
    )


def unseen(asked: Asked) -> Said:
    """What was on the page and not looked at."""
    lived = asked.page
    if lived is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    glance = [nth for nth, place in enumerate(lived.places) if place.noticed and not place.examined]
    missed = [nth for nth, place in enumerate(lived.places) if not place.noticed]
    if not glance and not missed:
        return said("I looked at everything on that page", grounds=_grounds(lived))
    return said(
        f"Only at a glance I saw {some(asked.titles([lived.places[nth] for nth in glance]), 8)}" if glance else "",
        f"I did not notice {some(asked.titles([lived.places[nth] for nth in missed]), 8)} at all" if missed else "",
        grounds=_grounds(lived),
        items=mentions(lived, sorted((*glance, *missed))),
    )


def reach(asked: Asked) -> Said:
    """How far down the page was looked at."""
    lived = asked.page
    if lived is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    looked = [nth for nth, place in enumerate(lived.places) if place.examined]
    seen = [nth for nth, place in enumerate(lived.places) if place.noticed]
    size = len(lived.places)
    if not looked:
        return said(f"I looked closely at none of the {size}", grounds=_grounds(lived))
    habit = asked.subject.traits.get("position_habit", 0.0)
    nature = "I hardly look past the first few, as a rule" if habit > 0 else "As a rule I read a page to its end"
    return said(
        f"The last one that I looked at closely was number {looked[-1] + 1} of {size}; in all I looked at "
        f"{counted(len(looked), 'thing')}",
        f"At a glance I saw as far as number {seen[-1] + 1}" if seen[-1] > looked[-1] else "",
        nature if abs(habit) >= _MARKED else "",
        grounds=(*_grounds(lived), f"habit of looking at the first places only: {habit:+.1f} sd"),
        items=mentions(lived, looked[-1:]),
    )


def _grounds(lived: Lived) -> tuple[str, ...]:
    looked, seen = (sum(getattr(place, name) for place in lived.places) for name in ("examined", "noticed"))
    return (f"noticed: {seen} of {len(lived.places)}; examined: {looked}",)


ANSWERS = {
    Topic.LIST_SEEN: list_seen,
    Topic.UNSEEN: unseen,
    Topic.REACH: reach,
}
