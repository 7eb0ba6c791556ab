"""What the cues of a page mean, as it follows "because", in the words of who heeds them more than most people, or less.

What a cue does to everybody is part of the want; its pull is how this person differs (`simulator.behaviour.cues`). So
whoever heeds a cue less is not driven away by it: it only counts less with them. And a pull that moved the choice is
one that differs from what is usual: reviews that are good, but less so than those of most that was seen, speak against
a thing, and are not called poor.
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
PLAINLY = 0.1
"""Logits from which a cue is good or bad in itself, and not only beside others."""


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
    better: str
    """Of who heeds it, beside most of what they saw."""
    worse: str


_LESS = "with me than with most people"
_MOST = "most of what I saw"
_WORDS = {
    "price": _Cue(
        "its price",
        "{told} is a good price",
        "{told} {was} more than I like to pay",
        f"a good price counts less {_LESS}",
        "I mind a high price less than most people do",
        f"it {{was}} cheaper than {_MOST}",
        f"it {{was}} dearer than {_MOST}",
    ),
    "reviews": _Cue(
        "what its reviews say",
        "its reviews are good{told}",
        "its reviews are not so good{told}",
        f"good reviews{{told}} count less {_LESS}",
        "I mind poor reviews{told} less than most people do",
        f"its reviews are better than those of {_MOST}",
        f"its reviews are not as good as those of {_MOST}",
    ),
    "headline": _Cue(
        "its headline",
        "its headline {got} me",
        "its headline {did} nothing for me",
        f"a catchy headline counts less {_LESS}",
        "I mind a dull headline less than most people do",
        f"its headline {{was}} catchier than {_MOST}",
        f"its headline {{was}} duller than {_MOST}",
    ),
    "thumbnail": _Cue(
        "its picture",
        "its picture {drew} me in",
        "its picture {did} nothing for me",
        f"a picture with people in it counts less {_LESS}",
        "I mind a picture without people less than most people do",
        f"its picture {{did}} more for me than {_MOST}",
        f"its picture {{did}} less for me than {_MOST}",
    ),
    "popularity": _Cue(
        "how many have reviewed it",
        "many have reviewed it, which counts with me",
        "few have reviewed it",
        f"that many have reviewed it counts less {_LESS}",
        "I mind less than most people do that few have reviewed it",
        f"more people have reviewed it than {_MOST}",
        f"fewer people have reviewed it than {_MOST}",
    ),
    "conformity": _Cue(
        "how many go for it",
        "it is popular, which counts with me",
        "few people go for it",
        f"that many people go for it counts less {_LESS}",
        "I mind less than most people do that few go for it",
        f"it is more popular than {_MOST}",
        f"it is less popular than {_MOST}",
    ),
}
_THEN = {"was": "was", "got": "got", "did": "did", "drew": "drew"}
_NOW = {"was": "is", "got": "gets", "did": "does", "drew": "draws"}


def cue_words(subject: Subject, place: Place, name: str, *, value: float, moved: float, since: int | None) -> str:
    """What a cue meant on a page.

    `value`: its pull, in logits; `moved`: that less what is usual for the person; `since`: index of the page, None:
    today.
    """
    words, leaning, good = _WORDS[name], subject.traits.get(LEANINGS[name], 0.0), moved > 0
    tense = _NOW if since is None else _THEN
    plainly = value * moved > 0 and abs(value) >= PLAINLY
    bare = f"{words.name} {_plain(value, moved, plainly=plainly)}"
    if another_since(subject, LEANINGS[name], since) or leaning == 0:
        return f"{bare} then" if leaning else bare
    told = _told(subject, place, name, since)
    if not plainly:
        other = told is None or (name == "price" and value == 0)
        return bare if leaning < 0 or other else (words.better if good else words.worse).format(**tense)
    ways = (words.draws, words.deters) if leaning > 0 else (words.deters_less, words.draws_less)
    if told is None or (name == "price" and not _fits(subject, place, draws=good)):
        return bare
    return ways[0 if good else 1].format(told=told, **tense)


def _plain(value: float, moved: float, *, plainly: bool) -> str:
    """Which way a cue spoke, and how much beside others where it is not plain in itself."""
    if plainly:
        return f"spoke {'for' if moved > 0 else 'against'} it"
    if moved > 0:
        return f"spoke {f'more for it than for {_MOST}' if value > 0 else f'less against it than against {_MOST}'}"
    return f"spoke {f'more against it than against {_MOST}' if value < 0 else f'less for it than for {_MOST}'}"


def _told(subject: Subject, place: Place, name: str, since: int | None) -> str | None:
    """The fact behind a cue, as the words have it; None where it was another on the page, and no words fit."""
    item = subject.catalog[place.item]
    if name == "reviews":
        known = item.review_mean is not None and not changed_since(subject, place.item, "review_mean", since)
        return f" ({item.review_mean:.1f} on average)" if known else ""
    if name != "price":
        return ""
    usual = usual_price(subject.catalog)
    if item.price is None or usual is None or changed_since(subject, place.item, "price", since):
        return None
    return f"{amount(item.price)} for it, where most cost about {amount(usual)},"


def amount(price: float) -> str:
    """A price without its currency, which nothing tells: "7", "7.25", "1,200,000"."""
    return f"{price:,.2f}".removesuffix(".00")


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
