"""What the terms of a decision mean, in the first person, as it follows "because": of the page as it was then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simulator.minds.account import Account
from simulator.studies.interview.answer import Subject
from simulator.studies.interview.changing import another_since
from simulator.studies.interview.cue_words import LEANINGS, cue_words
from simulator.studies.interview.said import counted, listed, quoted
from simulator.studies.interview.titles import shown
from simulator.studies.solo.lived import Lived, Place

LEAST = 0.1
"""Logits from which a term is worth a word: an even chance moves by 2.5 points."""
_PAST = ("linear", "factor", "neighbour")
"""Families of taste that rest on past choices, and say the same: it goes with them, or it does not."""
_MIDDLING = 0.05
"""Familiarity this near to a half is neither familiar nor new."""


def like_it(subject: Subject, place: Place, earlier: Sequence[Lived]) -> tuple[int, str]:
    """Of which of its kinds the person looked at most things on earlier pages, and at how many.

    Those of the visit that the last of these pages belongs to; where there is none, those of all visits.
    """
    visit = [lived for lived in earlier if lived.session == earlier[-1].session] if earlier else []
    for pages in (visit, earlier):
        looked = [one for lived in pages for one in lived.places if one.examined and one.item != place.item]
        shares = {name: sum(name in one.categories for one in looked) for name in place.categories}
        if any(shares.values()):
            kind = max(shares, key=lambda name: shares[name])
            return shares[kind], kind
    return 0, ""


def met_before(place: Place, earlier: Sequence[Lived]) -> int:
    """On how many earlier pages the person noticed it."""
    return sum(any(one.item == place.item and one.noticed for one in lived.places) for lived in earlier)


def because_of(subject: Subject, account: Account | None, most: int = 2) -> list[str]:
    """Titles of past choices that speak for an item by `LEAST` or more."""
    if account is None:
        return []
    return [f"“{shown(subject.catalog[item])}”" for item, told in account.taste.because[:most] if told >= LEAST]


def taste_words(
    subject: Subject,
    place: Place,
    account: Account | None,
    parts: Mapping[str, float],
    moved: float,
    *,
    then: bool,
    now: bool,
) -> str:
    """What sets a want apart, as it follows "because".

    `parts`: the terms of the want; `then`: whether they have changed since, so that no account of today tells; `now`:
    whether it is about today and not about a page that was lived.
    """
    kinds = listed(place.categories[:2])
    parts = _by_source(parts)
    appealed, not_appeal = ("appeals", "does not appeal") if now else ("appealed", "did not appeal")
    was, wanted = ("is", "want") if now else ("was", "wanted")
    if account is None and then:
        side = "more" if moved > 0 else "less"
        return f"it was {side} to my taste then than most of what I saw, and I have changed since"
    if account is None:
        return f"it {was} {'more' if moved > 0 else 'less'} to my taste than most of what I see"
    if moved > 0:
        near = because_of(subject, account)
        best = max(parts, key=lambda name: parts[name])
        if best == "past" and parts[best] > 0:
            return f"it goes with {listed(near) + ', which I chose' if near else 'what I have chosen'} before"
        if best == "personal" or parts[best] <= 0:
            return f"it just {appealed} to me, for no reason that I could name"
        if best == "content":
            return f"it is my kind of thing ({kinds})" if kinds else "it is the sort of thing that I choose"
        if best == "popularity":
            return "it is something that most people go for, and so do I"
        return "it is what I look for" if best == "stated" else "it went with what I like to have at that hour"
    worst = min(parts, key=lambda name: parts[name])
    if parts[worst] >= 0:
        return f"I {wanted} it less than what else I see"
    return {
        "routine": "it was not what I like to have at that hour",
        "stated": _dislike(subject, place),
        "personal": f"it just {not_appeal} to me, for no reason that I could name",
        "content": f"it is not my kind of thing ({kinds})" if kinds else "it is not the sort of thing that I choose",
        "popularity": "it is rather obscure",
    }.get(worst, "it does not go with what I have chosen before")


def _by_source(parts: Mapping[str, float]) -> dict[str, float]:
    """The terms of a want by what they rest on: the families that all rest on past choices are one."""
    rest = {name: value for name, value in parts.items() if name not in _PAST}
    return {"past": sum(parts.get(name, 0.0) for name in _PAST), **rest} if parts else {}


def _dislike(subject: Subject, place: Place) -> str:
    """What of the person's own words rules an item out."""
    persona = subject.persona
    if persona is None:
        return "it is what I have said I do not want"
    item = subject.catalog[place.item]
    said = {name.casefold() for name in persona.tastes.genres.disliked}
    kinds = [name for name in item.categories if name.casefold() in said]
    if kinds:
        return f"I dislike {listed(kinds)}"
    if item.creator and item.creator.casefold() in {name.casefold() for name in persona.tastes.creators.disliked}:
        return f"I do not care for {item.creator}"
    told = f"{item.title} {item.text}".casefold()
    themes = [name for name in persona.tastes.themes.disliked if name.casefold() in told]
    if themes:
        return f"I do not care for things about {listed([quoted(name, 40)[1:-1] for name in themes[:2]])}"
    avoided = {name.casefold() for one in persona.instructions for name in one.avoid}
    kinds = [name for name in item.categories if name.casefold() in avoided]
    return f"I told the service that I want no {listed(kinds)}" if kinds else "it is what I have said I do not want"


def pull_words(
    subject: Subject,
    place: Place,
    name: str,
    moved: float,
    value: float,
    earlier: Sequence[Lived],
    *,
    since: int | None,
) -> str:
    """What a pull means, as it follows "because"; empty where nothing honest can be said."""
    good, now = moved > 0, since is None
    had, was = ("have", "is") if now else ("had", "was")
    match name:
        case "boredom":
            number, kind = like_it(subject, place, earlier)
            if not number:
                return f"I {had} {'had ' if now else ''}enough of that kind of thing"
            return f"I {had} already looked at {counted(number, 'thing')} like it ({kind})"
        case "seen before":
            number = met_before(place, earlier)
            times = {1: "once", 2: "twice"}.get(number, f"{number} times")
            if good:
                return (
                    f"I {had} seen it {times} before, and it {had.replace('have', 'has')} grown on me" if number else ""
                )
            return f"I {had} seen it {times} before" if number else f"I {had} seen it before"
        case "novelty":
            near = familiarity(subject, place)
            if near is None or abs(near - 0.5) < _MIDDLING or value == 0:
                after = "what I am after" if now else "what I was after then"
                return f"it {was} {'just' if good else 'not'} {after}"
            seeking = (value > 0) == (near < 0.5)
            if good:
                am = "am" if now else "was"
                return (
                    f"it {was} something different, and I {am} open to that"
                    if seeking
                    else f"it {was} familiar ground, and that {was} what I {'want' if now else 'wanted'}"
                )
            return f"it {was} too much of what I always choose" if seeking else f"it {was} too far from what I know"
        case "pickiness":
            if another_since(subject, name, since):
                return f"I was {'easily pleased' if good else 'hard to please'} then"
            return "I am easily pleased" if good else "I am picky, and want less of anything than most people"
    if name in LEANINGS:
        return cue_words(subject, place, name, value=value, moved=moved, since=since)
    return f"of {name}"


def familiarity(subject: Subject, place: Place) -> float | None:
    """Cosine of the item's categories with those of all that the person is known to have chosen; None: unknown."""
    if not subject.chosen_before:
        return None
    table = subject.catalog.categories
    profile = table[np.array(subject.chosen_before)].mean(axis=0)
    length = float(np.sqrt((profile * profile).sum()))
    return float(table[place.item] @ profile) / length if length > 0 else None
