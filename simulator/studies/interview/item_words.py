"""What several answers about an item have in common."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reasons import Reason, against, reasons
from simulator.studies.interview.said import listed
from simulator.studies.solo.lived import Lived, Place

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


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What spoke against several things of a page: one kind of term, in the words that fit most of them."""

    kind: str
    words: str
    items: tuple[int, ...]
    """Those that these words are true of, as places of the page."""
    logits: float
    """Of all terms of the kind that spoke against something there, together."""


def against_several(asked: Asked, lived: Lived, places: Sequence[int]) -> list[Shared]:
    """What spoke against things that were looked at, the strongest first. Each of the words holds for just the things
    that it is told of: a kind of term may mean something else with each of them."""
    turn = next(nth for nth, one in enumerate(asked.subject.turns) if one is lived)
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    size: dict[str, float] = defaultdict(float)
    for at in places:
        place = lived.places[at]
        if not place.examined or math.isnan(place.want):
            continue
        for reason in against(reasons(asked.subject, place, before=turn)):
            found[reason.kind][reason.words].append(at)
            size[reason.kind] += reason.logits
    out = []
    for kind, by_words in found.items():
        words, at_places = max(by_words.items(), key=lambda one: len(one[1]))
        out.append(Shared(kind=kind, words=words, items=tuple(at_places), logits=size[kind]))
    return sorted(out, key=lambda one: one.logits)


def grounds_of(found: Sequence[Reason]) -> list[str]:
    return [reason.ground for reason in found[:4]]


def chance_of(place: Place) -> list[str]:
    return [] if math.isnan(place.chance) else [f"chance of choosing it once looked at: {place.chance:.3f}"]


def outcome_of(place: Place) -> list[str]:
    rating = "none" if place.rating is None else f"{place.rating:g}"
    return [f"liked: {yes(place.liked)}; {place.dwell_s:.0f} s; rating: {rating}"]


def yes(value: bool) -> str:
    return "yes" if value else "no"
