"""Whether what a page says of an item, or where it stands, moved the decision, and how close that was."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.cue_words import LEANINGS, PLAINLY, cue_words
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import chance_of
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reasons import turn_of, without
from simulator.studies.interview.said import chance, some

_CUE_WORDS = (
    ("price", ("price", "pric", "cost", "cheap", "expensive", "dear", "pay", "free")),
    ("reviews", ("review", "stars", "star rating", "rating of other", "ratings of other")),
    ("headline", ("headline", "wording", "title")),
    ("thumbnail", ("thumbnail", "picture", "image", "cover", "poster", "photo", "artwork")),
    ("popularity", ("popular", "others", "other people", "crowd")),
    (
        "position",
        (
            "position",
            "placement",
            "rank",
            "order",
            "layout",
            "place",
            "where it",
            "on top",
            "the top",
            "very top",
            "first",
            "down",
            "low",
            "higher up",
            "high",
        ),
    ),
)


_PARTS = {"popularity": ("conformity", "popularity")}
_HEEDS = 0.3
"""Standard deviations of a trait below which somebody is like most people in it."""


def cue(asked: Asked) -> Said:
    """Whether what the page says of an item, or where it stands, moved the decision."""
    text = asked.question.referred.text
    name = next((cue for cue, words in _CUE_WORDS if any(word in text for word in words)), "price")
    named = asked.items or asked.focus
    items = [one for one in named if one.place is not None and (one.place.noticed or name == "position")]
    if not items and asked.items:
        return said(
            f"I did not notice {some(asked.titles(asked.items), 3)}, so nothing that is told of "
            f"{'it' if len(asked.items) == 1 else 'them'} came into it",
            grounds=("noticed: no",),
            items=asked.items,
        )
    if not items and asked.page is not None:
        page = asked.page
        items = [Mention(item=p.item, lived=page, position=n) for n, p in enumerate(page.places) if p.noticed]
    if not items:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,)) if asked.page is None else said("I noticed none of it")
    if name == "position":
        return _position(asked, items)
    return _cue(asked, name, items)


def _position(asked: Asked, items: Sequence[Mention]) -> Said:
    one = items[0]
    lived = one.lived
    assert lived is not None
    looked = sum(place.examined for place in lived.places)
    seen = sum(place.noticed for place in lived.places)
    return said(
        f"Where a thing stands decides whether I look at it, not whether I want it: of {len(lived.places)} places I "
        f"noticed {seen} and looked closer at {looked}",
        f"{asked.title(one)} was number {one.position + 1}, and I "
        + ("looked at it" if one.place is not None and one.place.examined else "did not look closer"),
        grounds=(
            f"layout: {lived.layout}; examined {looked} of {len(lived.places)}",
            f"habit of looking at the first places only: {asked.subject.traits.get('position_habit', 0.0):+.1f} sd",
        ),
        items=items,
    )


def _cue(asked: Asked, name: str, items: Sequence[Mention]) -> Said:
    plural = name == "reviews"
    label = {"popularity": "how popular it is", "thumbnail": "the picture"}.get(name, f"the {name}")
    # How popular a thing is acts twice: as what everybody knows, and as the number that the page shows.
    parts = _PARTS.get(name, (name,))
    told = [one for one in items if one.place is not None and any(part in one.place.pulls for part in parts)]
    if not told:
        layout = items[0].lived.layout if items[0].lived is not None else asked.subject.layout
        return said(
            f"No: nothing was told me there of {label}, so {'they' if plural else 'it'} did not come into it",
            grounds=(f"layout: {layout}; no pull of {name} was there",),
            items=items,
        )
    size = {one.item: sum(one.place.pulls.get(part, 0.0) for part in parts) for one in told if one.place is not None}
    way = _asked_way(asked, told)
    most = max(told, key=lambda one: way * size[one.item] if way else abs(size[one.item]))
    pull = size[most.item]
    place = most.place
    assert place is not None
    grounds = [f"{name}: {size[one.item]:+.2f} logits on {asked.title(one)}" for one in told[:3]]
    if abs(pull) < 0.05:
        return said(_hardly(asked, most, name, label, plural=plural), grounds=grounds, items=[most])
    part = max(parts, key=lambda part: abs(place.pulls.get(part, 0.0)))
    if asked.subject.traits.get(LEANINGS[part], 0.0) < 0 and abs(place.pulls[part]) >= PLAINLY:
        return _counts_less(asked, most, part, grounds)
    spoke = f"spoke {'for' if pull > 0 else 'against'} it"
    verdict = f"{label} of {asked.title(most)} {spoke}"
    if name == "popularity":
        verdict = f"that {spoke.removesuffix('it')}{asked.title(most)}"
    odds = without(place, parts)
    known = not math.isnan(place.chance)
    small = abs(pull) < 0.3 or (known and chance(odds) == chance(place.chance))
    strength = "a little" if small else "a good deal"
    verdict = f"No, {verdict}, if anything" if way * pull < 0 else f"{strength}: {verdict}"
    otherwise = ""
    if known:
        otherwise = f"With {_ORDINARY[name]} the chance that I take it would have been {_odds(odds, place.chance)}"
        grounds.append(f"chance with it {place.chance:.3f}, without it {odds:.3f}")
    return said(verdict, otherwise, grounds=grounds, items=[most])


def _counts_less(asked: Asked, one: Mention, name: str, grounds: Sequence[str]) -> Said:
    """What a cue did where it counts less than with most people: good reviews drive nobody away."""
    place = one.place
    assert place is not None
    pull = place.pulls[name]
    words = cue_words(asked.subject, place, name, value=pull, moved=pull, since=turn_of(asked.subject, one))
    odds = without(place, (name,))
    return said(
        f"With {asked.title(one)}, {words}",
        ""
        if math.isnan(place.chance)
        else f"Were I like most people in that, the chance that I take it would have been {_odds(odds, place.chance)}",
        grounds=(*grounds, f"chance with it {place.chance:.3f}, without it {odds:.3f}"),
        items=[one],
    )


_ORDINARY = {
    "price": "an ordinary price",
    "reviews": "ordinary reviews",
    "headline": "an ordinary headline",
    "thumbnail": "an ordinary picture",
    "popularity": "ordinary popularity",
}
_DREW = re.compile(
    r"\b(?:catch|caught|attract\w*|dr[ae]w\w*|help\w*|convinc\w*|[gs]ot you|get you|hook\w*|lur\w*|good)\b"
)
_DETERRED = re.compile(r"\b(?:put\w* .*off|put off|deter\w*|bother\w*|too|hurt|stop\w*|scar\w*|bad|against)\b")
_REASON = re.compile(r"^(?:was|is) (?:it|that|§)|\b(?:because|due|reason)\b")


def _asked_way(asked: Asked, items: Sequence[Mention]) -> int:
    """Whether the question has it that a cue spoke for (1) or against (-1) what was done; 0: neither."""
    text = asked.question.referred.text
    if _DETERRED.search(text):
        return -1
    if _DREW.search(text):
        return 1
    if not _REASON.search(text):
        return 0
    return 1 if any(one.place is not None and one.place.clicked for one in items) else -1


def _hardly(asked: Asked, one: Mention, name: str, label: str, *, plural: bool) -> str:
    """That a cue did next to nothing: for it is nothing to the person, or nothing out of the ordinary there."""
    heeds = max(abs(asked.subject.traits.get(LEANINGS[part], 0.0)) for part in _PARTS.get(name, (name,)))
    if heeds < _HEEDS:
        return f"Hardly: {label} {'count' if plural else 'counts'} with me about as much as with most people"
    be = "are" if plural else "is"
    of = f"how popular {asked.title(one)} is" if name == "popularity" else f"{label} of {asked.title(one)}"
    return f"Hardly: {of} {be} nothing out of the ordinary"


def _odds(one: float, other: float) -> str:
    """Two chances beside each other."""
    if max(one, other) >= 0.1:
        return f"{100 * one:.0f} in 100 instead of {100 * other:.0f}"
    texts = chance(one), chance(other)
    return f"much the same, {texts[0]}" if texts[0] == texts[1] else f"{texts[0]} instead of {texts[1]}"


_SO = (
    "What I told you of what I did is so, it is written down. Ask about one of the things on the page, and I tell you "
    "how close that was"
)
_SO_GROUND = "acts come from the journal; reasons from the terms of the decision"
_DOUBT = re.compile(r"\b(?:ly?ing|liar|lie|made up|mak\w+ .*up|believe|truth|bs|bullshit|nonsense)\b")
"""Words of who doubts the answers, and asks of no item."""


def sure(asked: Asked) -> Said:
    """How close a decision was."""
    items = [one for one in asked.items or asked.focus if one.place is not None]
    if not items or _DOUBT.search(asked.question.referred.text):
        return said(_SO, grounds=(_SO_GROUND,))
    one = items[0]
    place = one.place
    assert place is not None
    if not place.examined:
        return said(
            f"I did not look at {asked.title(one)} closely; whether I look that far down is partly chance",
            grounds=("examined: no",),
            items=items,
        )
    if math.isnan(place.chance):
        return said(
            f"I decided about {asked.title(one)} as I said; there is no number for it",
            grounds=("chance: none",),
            items=items,
        )
    did = "took it" if place.clicked else "left it"
    right = place.chance if place.clicked else 1 - place.chance
    how = (
        "so that was clear"
        if right >= 0.85
        else "and that was the likelier way"
        if right >= 0.6
        else "so it was a toss-up"
        if right >= 0.4
        else "so it could well have gone the other way, and that was luck"
    )
    return said(
        f"Once I looked at {asked.title(one)}, the chance that I take it was {chance(place.chance)}; I {did}, {how}",
        grounds=chance_of(place),
        items=items,
    )


ANSWERS = {
    Topic.CUE: cue,
    Topic.SURE: sure,
}
