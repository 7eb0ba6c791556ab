"""What several answers about an item have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reasons import Reason
from simulator.studies.interview.said import listed
from simulator.studies.solo.lived import Place

NAMED = 2
"""Reasons that an answer names."""


def in_a_row(found: Sequence[Reason]) -> str:
    """Reasons, one after another."""
    return ", and ".join(reason.words for reason in found)


def each(asked: Asked, items: Sequence[Mention], answer: Callable[[Asked, Mention], Said]) -> Said:
    """The same answer for each of up to three items."""
    parts = [answer(asked, one) for one in items[:3]]
    texts = [part.text for part in parts]
    if len(items) > 3:
        texts.append(f"That is the first three of {len(items)}; ask about the others by number.")
    return said(*texts, grounds=[one for part in parts for one in part.grounds], items=items)


def nothing_named(asked: Asked) -> Said:
    """The question is about an item, and none was named."""
    if asked.page is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    titles = asked.titles(asked.page.places[:3])
    return said(
        f"I am not sure which one you mean. Say its number or its title: on this page were {listed(titles)}"
        + (f" and {len(asked.page.places) - 3} more" if len(asked.page.places) > 3 else ""),
        understood=False,
    )


def never_met(asked: Asked, one: Mention) -> Said:
    return said(
        f"{asked.title(one)} was on none of my pages, so there was nothing to choose",
        "It is among what I chose before" if one.item in asked.subject.chosen_before else "",
        grounds=("not on any page of this life",),
        items=(one,),
    )


def times_noticed(asked: Asked, item: int) -> int:
    return sum(any(p.item == item and p.noticed for p in lived.places) for lived in asked.subject.turns)


def grounds_of(found: Sequence[Reason]) -> list[str]:
    return [reason.ground for reason in found[:4]]


def chance_of(place: Place) -> list[str]:
    return [] if math.isnan(place.chance) else [f"chance of choosing it once looked at: {place.chance:.3f}"]


def outcome_of(place: Place) -> list[str]:
    rating = "none" if place.rating is None else f"{place.rating:g}"
    return [f"liked: {yes(place.liked)}; {place.dwell_s:.0f} s; rating: {rating}"]


def yes(value: bool) -> str:
    return "yes" if value else "no"
