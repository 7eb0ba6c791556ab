"""Why somebody wanted an item or not: the terms of the decision by name, the largest first, in the first person.

A term counts by how far it moved the logit of the choice from what is usual for this person: want, novelty, popularity
and what the page says of an item against the median over all that they have noticed in this life; boredom, having seen
it before and pickiness against none. Explanations are of that kind: why this, and not what else there was (Miller,
"Explanation in artificial intelligence: insights from the social sciences", Artificial Intelligence 2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, median

import numpy as np

from simulator.minds.account import Account
from simulator.records import Catalog
from simulator.studies.interview.answer import Subject
from simulator.studies.interview.mentions import Mention
from simulator.studies.interview.said import counted, listed, quoted
from simulator.studies.interview.titles import shown
from simulator.studies.solo.changes import SetItem
from simulator.studies.solo.lived import Lived, Place
from simulator.studies.solo.steps import Changed, Shown

LEAST = 0.1
"""Logits from which a term is worth a word: an even chance moves by 2.5 points."""
OWN_ZERO = ("boredom", "seen before", "pickiness")
"""Terms that are compared with none at all, not with the person's usual."""
_FEWEST = 3
"""Things noticed before "usual" means something."""
STATISTICAL = ("statistical", "fallback", "skipped")
"""Who appraises pages by the models of taste, whose wants have an account."""
_MIDDLING = 0.05
"""Familiarity this near to a half is neither familiar nor new."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One term of a decision."""

    kind: str
    """`taste`, or the name of a pull (`simulator.behaviour.calibrated.PULLS`)."""
    logits: float
    """How far it moved the choice, for (positive) or against it."""
    words: str
    """As it follows "because"."""
    ground: str
    """The fact with its number."""


def reasons(subject: Subject, place: Place, *, before: int | None = None) -> tuple[Reason, ...]:
    """The terms that moved one decision by `LEAST` or more, the largest first.

    `before`: index in `subject.turns` of the page on which it was taken; None: after all of them.
    """
    if math.isnan(place.want):
        return ()
    past = subject.turns if before is None else subject.turns[: before + 1]
    noticed = [one for lived in past for one in lived.places if one.noticed and not math.isnan(one.want)]
    found = [_taste(subject, place, noticed, past[-1] if past else None)]
    for name, value in place.pulls.items():
        others = [one.pulls[name] for one in noticed if name in one.pulls]
        usual = median(others) if name not in OWN_ZERO and len(others) >= _FEWEST else 0.0
        moved = value - usual
        earlier = subject.turns if before is None else subject.turns[:before]
        found.append(
            Reason(
                kind=name,
                logits=moved,
                words=_words(subject, place, name, moved, value, earlier, since=before),
                ground=f"{name}: {value:+.2f} logits" + (f", my usual {usual:+.2f}" if usual else ""),
            )
        )
    kept = [one for one in found if abs(one.logits) >= LEAST and one.words]
    return tuple(sorted(kept, key=lambda one: -abs(one.logits)))


def for_it(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """Those that speak for the choice."""
    return tuple(one for one in found if one.logits > 0)


def against(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """Those that speak against it."""
    return tuple(one for one in found if one.logits < 0)


def turn_of(subject: Subject, mention: Mention) -> int | None:
    """Index of the page on which an item was met."""
    return next((nth for nth, lived in enumerate(subject.turns) if lived is mention.lived), None)


def like_it(subject: Subject, place: Place, earlier: Sequence[Lived]) -> tuple[int, str]:
    """How many things of the same kind the person looked at on earlier pages, and the kind that most of them share.

    Those of the visit that the last of these pages belongs to; where there is none, those of all visits.
    """
    visit = [lived for lived in earlier if lived.session == earlier[-1].session] if earlier else []
    for pages in (visit, earlier):
        looked = [one for lived in pages for one in lived.places if one.examined and one.item != place.item]
        shares = {name: sum(name in one.categories for one in looked) for name in place.categories}
        number = sum(bool(set(one.categories) & set(place.categories)) for one in looked)
        if number:
            return number, max(shares, key=lambda name: shares[name])
    return 0, place.categories[0] if place.categories else ""


def met_before(place: Place, earlier: Sequence[Lived]) -> int:
    """On how many earlier pages the person noticed it."""
    return sum(any(one.item == place.item and one.noticed for one in lived.places) for lived in earlier)


def account_of(subject: Subject, item: int) -> Account | None:
    """What the want of an item is made of, where the person's mind keeps an account."""
    turns = subject.turns
    return subject.account(item) if not turns or turns[-1].appraised_by in STATISTICAL else None


def because_of(subject: Subject, account: Account | None, most: int = 2) -> list[str]:
    """Titles of past choices that speak for an item by `LEAST` or more."""
    if account is None:
        return []
    return [f"“{shown(subject.catalog[item])}”" for item, told in account.taste.because[:most] if told >= LEAST]


def _parts(account: Account) -> dict[str, float]:
    """The terms of a want, in logits."""
    return {**account.taste.families, "personal": account.personal, "stated": account.stated}


def _compared(subject: Subject, account: Account, page: Lived | None) -> dict[str, float]:
    """The terms of a want less what they are on the whole for what was noticed of a page: what sets it apart there."""
    own = _parts(account)
    near = [] if page is None else [one.item for one in page.places if one.noticed]
    others = [told for item in near if (told := account_of(subject, item)) is not None]
    if len(others) < _FEWEST:
        return own
    return {name: value - fmean(_parts(other)[name] for other in others) for name, value in own.items()}


def _taste(subject: Subject, place: Place, noticed: Sequence[Place], page: Lived | None) -> Reason:
    usual = median(one.want for one in noticed) if len(noticed) >= _FEWEST else float("nan")
    account = account_of(subject, place.item) if not place.reason else None
    if math.isnan(usual):
        usual = account.taste.usual if account is not None else place.want
    moved = place.want - usual
    parts = {} if account is None else _compared(subject, account, page)
    words = (
        f"as I put it, {quoted(place.reason)}" if place.reason else _taste_words(subject, place, account, parts, moved)
    )
    ground = f"want: {place.want:+.2f} logits, my usual {usual:+.2f}"
    if account is not None:
        labels = {"personal": "this one thing", "stated": "what I said of myself"}
        order = sorted((one for one in parts.items() if abs(one[1]) >= LEAST), key=lambda one: -abs(one[1]))
        told = [f"{labels.get(name, name)} {value:+.2f}" for name, value in order]
        ground += f" (against the rest of the page: {', '.join(told)})" if told else ""
    return Reason(kind="taste", logits=moved, words=words, ground=ground)


def _taste_words(
    subject: Subject, place: Place, account: Account | None, parts: Mapping[str, float], moved: float
) -> str:
    kinds = listed(place.categories[:2])
    if account is None:
        return "it was more to my taste than most of what I see" if moved > 0 else "it is less to my taste than most"
    if moved > 0:
        near = because_of(subject, account)
        best = max(parts, key=lambda name: parts[name])
        if best in ("linear", "factor", "neighbour") and near:
            return f"it goes with {listed(near)}, which I chose before"
        if best == "personal" or parts[best] <= 0:
            return "it just appealed to me, for no reason that I could name"
        if best == "content":
            return f"it is my kind of thing ({kinds})" if kinds else "it is the sort of thing that I choose"
        if best == "popularity":
            return "it is something that most people go for, and so do I"
        if best == "stated":
            return "it is what I look for"
        return "it goes with what I have chosen before"
    worst = min(parts, key=lambda name: parts[name])
    if parts[worst] >= 0:
        return "I wanted it less than what else I see"
    return {
        "stated": _dislike(subject, place),
        "personal": "it just did not appeal to me, for no reason that I could name",
        "content": f"it is not my kind of thing ({kinds})" if kinds else "it is not the sort of thing that I choose",
        "popularity": "it is rather obscure",
    }.get(worst, "it does not go with what I have chosen before")


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


def _words(
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
    good, traits, item = moved > 0, subject.traits, subject.catalog[place.item]
    match name:
        case "boredom":
            number, kind = like_it(subject, place, earlier)
            if not number:
                return "I had enough of that kind of thing"
            what = f" ({kind})" if kind else ""
            return f"I had already looked at {counted(number, 'thing')} like it{what}"
        case "seen before":
            number = met_before(place, earlier)
            times = {1: "once", 2: "twice"}.get(number, f"{number} times")
            if good:
                return f"I had seen it {times} before, and it had grown on me" if number else ""
            return f"I had been shown it {times} before" if number else "I had been shown it before"
        case "novelty":
            near = familiarity(subject, place)
            if near is None or abs(near - 0.5) < _MIDDLING:
                return "it suited my mood" if good else "I was in the mood for something else"
            if good:
                return "it was something different, and I was open to that" if near < 0.5 else (
                    "it was familiar ground, and that was what I wanted"
                )  # fmt: skip
            return "it was too much of what I always choose" if near > 0.5 else "it was too far from what I know"
        case "pickiness":
            return "I am easily pleased" if good else "I am picky, and want less of anything than most people"
        case "conformity" | "popularity":
            leaning = traits.get("conformity" if name == "conformity" else "trust_in_popularity", 0.0)
            if leaning == 0:
                return ""
            popular = (value > 0) == (leaning > 0)
            if good:
                return (
                    "it is popular, and that counts with me" if popular else "it is off the beaten track, which I like"
                )
            return "everybody goes for it, which puts me off" if popular else "few people go for it"
        case "price":
            if changed_since(subject, place.item, "price", since):
                return "its price spoke for it then" if good else "its price put me off then"
            return _price(subject.catalog, place, traits.get("price_sensitivity", 0.0), good, value)
        case "reviews":
            told = item.review_mean is not None and not changed_since(subject, place.item, "review_mean", since)
            mean = f" ({item.review_mean:g} on average)" if told else ""
            better = (value > 0) == (traits.get("trust_in_reviews", 0.0) > 0)
            if good:
                return f"its reviews are good{mean}" if better else f"I think little of reviews, and its are poor{mean}"
            return f"its reviews are poor{mean}" if not better else f"good reviews{mean} make me suspicious"
        case "headline":
            return "its headline got me" if good else "its headline put me off"
        case "thumbnail":
            return "its picture drew me in" if good else "its picture did nothing for me"
    return f"of {name}"


def changed_since(subject: Subject, item: int, fact: str, turn: int | None) -> bool:
    """Whether a fact of an item was changed after a page was lived, so that what it says now is not what it said then.
    `turn`: index of the page; None: nothing was lived since."""
    if turn is None:
        return False
    pages = -1
    for step in subject.steps:
        pages += isinstance(step, Shown)
        change = step.change if isinstance(step, Changed) else None
        if pages >= turn and isinstance(change, SetItem) and (change.item, change.field) == (item, fact):
            return True
    return False


def _price(catalog: Catalog, place: Place, leaning: float, good: bool, value: float) -> str:
    price, usual = catalog[place.item].price, usual_price(catalog)
    if price is None or usual is None or leaning == 0:
        return ""
    dear = (value < 0) == (leaning > 0)
    told = f"{price:g} for it, where most cost about {usual:g},"
    if good:
        return f"{told} is a good price" if not dear else f"{told} sounded like quality"
    return f"{told} was more than I like to pay" if dear else f"{told} seemed too cheap to be good"


def familiarity(subject: Subject, place: Place) -> float | None:
    """Cosine of the item's categories with those of all that the person is known to have chosen; None: unknown."""
    if not subject.history:
        return None
    table = subject.catalog.categories
    profile = table[np.array(subject.history)].mean(axis=0)
    length = float(np.sqrt((profile * profile).sum()))
    return float(table[place.item] @ profile) / length if length > 0 else None


@lru_cache(maxsize=4)
def usual_price(catalog: Catalog) -> float | None:
    """Median price of the items that have one."""
    known = [item.price for item in catalog if item.price is not None and item.price > 0]
    return median(known) if known else None


def without(place: Place, kind: str, *, usual: float = 0.0) -> float:
    """Chance of choosing an item once examined, had one pull been what is usual. 0-1."""
    odds = (
        math.log(place.chance / (1 - place.chance)) if 0 < place.chance < 1 else math.copysign(20, place.chance - 0.5)
    )
    return 1 / (1 + math.exp(-(odds - (place.pulls.get(kind, 0.0) - usual))))
