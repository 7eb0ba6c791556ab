"""How items were rated, and why."""

from __future__ import annotations

from simulator.studies.interview.about_item import would_one
from simulator.studies.interview.asked import Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import grounds_of, outcome_of
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reasons import reasons, turn_of
from simulator.studies.interview.said import listed, some


def why_rating(asked: Asked) -> Said:
    """Why an item got the rating that it got."""
    rated = [one for one in asked.items or asked.focus if one.place is not None and one.place.rating is not None]
    if not rated:
        if asked.items:
            return said(
                f"I did not rate {some(asked.titles(asked.items), 3)}; I rate only some of what I choose",
                grounds=("rating: none",),
                items=asked.items,
            )
        rated = _all_rated(asked)[-1:]
        if not rated:
            return said("I have rated nothing so far", grounds=("ratings given: 0",))
    one = rated[0]
    place = one.place
    assert place is not None and place.rating is not None
    others = [other.place.rating for other in _all_rated(asked) if other.place and other.place.rating is not None]
    mean = sum(others) / len(others)
    found = reasons(asked.subject, place, before=turn_of(asked.subject, one))
    taste = next((reason for reason in found if reason.kind == "taste"), None)
    before = ""
    if taste is not None:
        before = f"Beforehand, {taste.words}" if taste.logits > 0 else f"I had not expected much: {taste.words}"
    level = "I liked it" if place.liked else "I did not really like it"
    return said(
        f"I gave {asked.title(one)} {place.rating:g} because it "
        f"{'pleased me' if place.liked else 'fell short of what I call good'}",
        before,
        "How a thing turns out once it is chosen is partly chance with me",
        grounds=(
            f"rating: {place.rating:g}; mean of my {len(others)} ratings here: {mean:.1f}",
            level,
            *grounds_of(found),
        ),
        items=(one,),
    )


def rating_of(asked: Asked) -> Said:
    """The rating that an item got, or what may be expected of it."""
    items = asked.items or asked.focus[-1:]
    if not items:
        return ratings(asked)
    one = items[0]
    if one.place is not None and one.place.rating is not None:
        return said(
            f"I gave {asked.title(one)} {one.place.rating:g}", grounds=(f"rating: {one.place.rating:g}",), items=items
        )
    if one.place is not None and one.place.clicked:
        felt = "I liked it" if one.place.liked else "I would not say that I liked it"
        return said(f"I did not put a number on {asked.title(one)}; {felt}", grounds=outcome_of(one.place), items=items)
    told = would_one(asked, one)
    return said(
        f"I have not tried {asked.title(one)} here, so I have no rating to give",
        f"Would I take it? {told.text.replace(asked.title(one), 'it', 1)}",
        grounds=told.grounds,
        items=items,
    )


def ratings(asked: Asked) -> Said:
    """Everything that was rated."""
    rated = _all_rated(asked)
    if not rated:
        return said("I have rated nothing so far", grounds=("ratings given: 0",))
    told = [
        f"{asked.title(one)} {one.place.rating:g}" for one in rated[-6:] if one.place and one.place.rating is not None
    ]
    return said(f"I gave {listed(told)}", grounds=(f"ratings given: {len(rated)}",), items=rated[-6:])


def _all_rated(asked: Asked) -> list[Mention]:
    return [
        Mention(item=place.item, lived=lived, position=at)
        for lived in asked.subject.turns
        for at, place in enumerate(lived.places)
        if place.rating is not None
    ]


ANSWERS = {
    Topic.WHY_RATING: why_rating,
    Topic.RATING_OF: rating_of,
    Topic.LIST_RATED: ratings,
}
