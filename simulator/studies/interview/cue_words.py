"""What the cues of a page mean, as it follows "because", in the words of who heeds them more than most people, or less.

What a cue does to everybody is part of the want; its pull is how this person differs (`simulator.behaviour.cues`). So
whoever heeds a cue less is not driven away by it: it only counts less with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from simulator.behaviour.cues import CUES, TRAITS
from simulator.records import Catalog
from simulator.studies.interview.answer import Subject
from simulator.studies.interview.changing import another_since, changed_since
from simulator.studies.solo.lived import Place

LEANINGS = {"conformity": "conformity", **dict(zip(CUES, TRAITS, strict=True))}
"""The trait that each pull of what a page tells acts through."""


@dataclass(frozen=True, slots=True)
class _Cue:
    name: str
    """As it follows "that"."""
    draws: str
    """It draws people, and this one too."""
    deters: str
    """It keeps people away, and this one too."""
    draws_less: str
    """It draws people, and this one less."""
    deters_less: str
    """It keeps people away, and this one less."""


_LESS = "with me than with most people"
_POPULAR = _Cue(
    "how many go for it",
    "it is popular, which counts with me",
    "few people go for it",
    f"that many people go for it counts less {_LESS}",
    "I mind less than most people do that few go for it",
)
_WORDS = {
    "price": _Cue(
        "its price",
        "{told} is a good price",
        "{told} was more than I like to pay",
        f"a good price counts less {_LESS}",
        "I mind a high price less than most people do",
    ),
    "reviews": _Cue(
        "what its reviews say",
        "its reviews are good{told}",
        "its reviews are not so good{told}",
        f"good reviews{{told}} count less {_LESS}",
        "I mind poor reviews{told} less than most people do",
    ),
    "headline": _Cue(
        "its headline",
        "its headline got me",
        "its headline did nothing for me",
        f"a catchy headline counts less {_LESS}",
        "I mind a dull headline less than most people do",
    ),
    "thumbnail": _Cue(
        "its picture",
        "its picture drew me in",
        "its picture did nothing for me",
        f"a picture with people in it counts less {_LESS}",
        "I mind a picture without people less than most people do",
    ),
    "popularity": _POPULAR,
    "conformity": _POPULAR,
}


def cue_words(subject: Subject, place: Place, name: str, *, good: bool, since: int | None) -> str:
    """What a cue meant on a page. `good`: whether it spoke for the item; `since`: index of the page, None: today."""
    words, leaning = _WORDS[name], subject.traits.get(LEANINGS[name], 0.0)
    plain = f"{words.name} spoke {'for' if good else 'against'} it"
    if another_since(subject, LEANINGS[name], since) or leaning == 0:
        return f"{plain} then" if leaning else plain
    ways = (words.draws, words.deters) if leaning > 0 else (words.deters_less, words.draws_less)
    told = _told(subject, place, name, since)
    if told is None or (name == "price" and not _fits(subject, place, draws=good)):
        return plain
    return ways[0 if good else 1].format(told=told)


def _told(subject: Subject, place: Place, name: str, since: int | None) -> str | None:
    """The fact behind a cue, as the words have it; None where it was another on the page, and no words fit."""
    item = subject.catalog[place.item]
    if name == "reviews":
        known = item.review_mean is not None and not changed_since(subject, place.item, "review_mean", since)
        return f" ({item.review_mean:g} on average)" if known else ""
    if name != "price":
        return ""
    usual = usual_price(subject.catalog)
    if item.price is None or usual is None or changed_since(subject, place.item, "price", since):
        return None
    return f"{item.price:g} for it, where most cost about {usual:g},"


def _fits(subject: Subject, place: Place, *, draws: bool) -> bool:
    """Whether a price that speaks for an item with who minds it, or against it, is on that side of the usual one."""
    price, usual = subject.catalog[place.item].price, usual_price(subject.catalog)
    heeds = subject.traits.get(LEANINGS["price"], 0.0) > 0
    return price is not None and usual is not None and (price <= usual) == (draws == heeds)


@lru_cache(maxsize=4)
def usual_price(catalog: Catalog) -> float | None:
    """Median price of the items that have one."""
    known = [item.price for item in catalog if item.price is not None and item.price > 0]
    return median(known) if known else None
