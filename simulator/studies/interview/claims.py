"""What somebody says that they did, checked against the journal.

A claim is an act in the first person together with a title or a place on the last page, within one sentence: "I clicked
Heat", "Alien I skipped", "I spent two hours on the third one".
Each title goes with the verb before it, else with the one after; "would", "might" and "if" make a sentence say nothing
of what happened. Only what the journal contradicts is told; what it cannot know (a film seen years ago, a feeling)
stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from simulator.studies.interview.answer import Subject
from simulator.studies.interview.pointing import NOUN, ORDINALS
from simulator.studies.interview.said import quoted, seconds
from simulator.studies.interview.titles import Titles, all_titles, shown
from simulator.studies.interview.wording import Word, readable, title_words, words
from simulator.studies.solo.lived import Lived, Place

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_ACTS = (
    ("skipped", re.compile(r"^(?:skip|skipped|skipping|ignored|passed|dismissed|rejected)$")),
    (
        "chose",
        re.compile(
            r"^(?:click|clicked|chose|choose|chosen|picked|pick|opened|open|selected|watched|took|tapped|tried|bought)$"
        ),
    ),
    ("rated", re.compile(r"^(?:rated|rate|gave|given)$")),
    ("liked", re.compile(r"^(?:liked|loved|enjoyed|adored)$")),
    ("spent", re.compile(r"^(?:spent|spend)$")),
    ("noticed", re.compile(r"^(?:noticed|notice|saw|see|seen|looked|spotted)$")),
)
_NOT = frozenset(title_words("not never didnt dont havent hadnt wasnt neither nor no without nothing instead"))
_RATHER = _NOT | frozenset(title_words("over than except"))
"""Words between an act and a title that turn it around: "Heat over Alien", "Heat, not Alien"."""
_IF = frozenset(title_words("would could might may should if id ill will maybe perhaps probably want wanted wish hope"))
_NUMBER = re.compile(r"^\d+(?:[.,]\d)?$")
_WORDS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}
_UNITS = (("second", 1.0), ("minute", 60.0), ("hour", 3_600.0), ("day", 86_400.0))
_FACTOR = 2.0
"""By how much a time that is told may be off: people round."""
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,80})[\"”]")


@dataclass(frozen=True, slots=True)
class _Act:
    name: str
    at: int
    negated: bool


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One act that is said to have happened, or not to have."""

    act: str
    """skipped, chose, rated, liked, spent or noticed."""
    item: int
    negated: bool
    rating: float | None = None
    seconds: float | None = None


def contradictions(text: str, subject: Subject) -> tuple[str, ...]:
    """What a text claims that the journal contradicts, and what is so; each in a sentence."""
    found: list[str] = []
    for line in _SENTENCE.split(text[:20_000]):
        said = readable(line.replace("*", " ").replace("_", " "))
        for claim in claims(said, subject):
            if (told := _false(claim, subject)) is not None:
                found.append(told)
        found += _unknown(said, subject)
    return tuple(dict.fromkeys(found))


def claims(said: str, subject: Subject) -> Iterator[Claim]:
    """The claims in one sentence."""
    tokens = words(said)
    texts = [word.text for word in tokens]
    if _IF & set(texts) or said.rstrip().endswith("?"):
        return
    acts = list(_acts(texts))
    if not acts:
        return
    for first, last, items in _named(tokens, subject):
        before = [act for act in acts if act.at < first]
        after = [act for act in acts if act.at >= last]
        act = before[-1] if before else after[0] if after else None
        if act is None or len(items) != 1:
            continue
        rating = _rating(texts, act.at, last) if act.name == "rated" else None
        spent = _seconds(texts) if act.name == "spent" else None
        if (act.name == "rated" and rating is None) or (act.name == "spent" and spent is None):
            continue
        between = _RATHER & set(texts[act.at + 1 : first]) if before else {"instead", "rather"} & set(texts[:first])
        yield Claim(act=act.name, item=items[0], negated=act.negated or bool(between), rating=rating, seconds=spent)


def _acts(texts: list[str]) -> Iterator[_Act]:
    for at, word in enumerate(texts):
        for name, pattern in _ACTS:
            if pattern.match(word) and not (word == "open" and at and texts[at - 1] in ("am", "is", "was")):
                yield _Act(name, at, negated=bool(_NOT & set(texts[max(0, at - 3) : at])))
                break


def _named(tokens: list[Word], subject: Subject) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    near = [place.item for lived in reversed(subject.turns) for place in lived.places]
    pages = Titles(subject.catalog, near)
    taken: set[int] = set()
    for titles, parts in ((pages, True), (all_titles(subject.catalog), False)):
        for name in titles.find(tokens, parts=parts):
            stretch = tokens[name.first : name.last]
            certain = len(stretch) > 1 or stretch[0].quoted or (stretch[0].capital and name.first > 0)
            if taken & set(range(name.first, name.last)) or not (parts or certain):
                continue
            taken |= set(range(name.first, name.last))
            yield name.first, name.last, name.items
    for first, last, item in _pointed([word.text for word in tokens], subject):
        if not taken & set(range(first, last)):
            yield first, last, (item,)


def _pointed(texts: list[str], subject: Subject) -> Iterator[tuple[int, int, int]]:
    """Places of the last page that are told by number: "number 4", "the fourth one"."""
    if not subject.turns or {"page", "visit", "session"} & set(texts):
        return
    places = subject.turns[-1].places
    for at, word in enumerate(texts[:-1]):
        after = texts[at + 1]
        if word in ("number", "item", "result") and after.isdigit():
            nth = int(after)
        elif word in ORDINALS and re.fullmatch(NOUN, after):
            nth = ORDINALS.index(word) + 1
        else:
            continue
        if 0 < nth <= len(places):
            yield at, at + 2, places[nth - 1].item


def _seconds(texts: list[str]) -> float | None:
    """The first stretch of time in a sentence."""
    for number, unit in pairwise(texts):
        size = next((size for name, size in _UNITS if unit.startswith(name)), None)
        told = 1.0 if number in ("a", "an") else _WORDS.get(number) or (float(number) if number.isdigit() else None)
        if size is not None and told is not None:
            return told * size
    return None


def _rating(texts: list[str], act: int, end: int) -> float | None:
    for word in texts[max(act + 1, end) : end + 6] + texts[act + 1 : act + 4]:
        if _NUMBER.match(word):
            return float(word.replace(",", "."))
        if word in _WORDS:
            return _WORDS[word]
    return None


def _false(claim: Claim, subject: Subject) -> str | None:
    """What is so, where a claim is not; None where it may be true."""
    met = [
        (nth, at, p)
        for nth, lived in enumerate(subject.turns)
        for at, p in enumerate(lived.places)
        if p.item == claim.item
    ]
    known = claim.item in subject.chosen_before
    title = f"“{shown(subject.catalog[claim.item])}”"
    places = [place for _, _, place in met]
    chosen = any(place.clicked for place in places)
    is_so = _happened(title, subject, met)
    match claim.act:
        case "chose":
            wrong = chosen if claim.negated else not (chosen or known)
        case "skipped":
            passed = any(place.noticed and not place.clicked for place in places)
            wrong = False if claim.negated else not passed and (chosen or not known)
        case "noticed":
            noticed = any(place.noticed for place in places)
            wrong = noticed if claim.negated else bool(places) and not noticed and not known
        case "liked":
            liked = any(place.liked for place in places)
            wrong = False if claim.negated else chosen and not liked and not known
        case "spent":
            told = claim.seconds or 0.0
            times = [place.dwell_s for place in places if place.clicked]
            near = any(time / _FACTOR <= told <= time * _FACTOR for time in times)
            wrong = not claim.negated and not near and not known
            if wrong and times:
                is_so = f"I spent {seconds(max(times))} with {title}"
        case _:
            given = {place.rating for place in places if place.rating is not None}
            wrong = not known and claim.rating not in given and not claim.negated
            if wrong and given:
                is_so = f"I gave {title} {max(given):g}"
            elif wrong:
                is_so = f"I did not rate {title}"
    if not wrong:
        return None
    return f"It was said that I {_said(claim, title)}. In the journal: {is_so}."


def _said(claim: Claim, title: str) -> str:
    """A claim, as it follows "I"."""
    if claim.act == "spent":
        return f"spent {seconds(claim.seconds or 0.0)} with {title}"
    if claim.act == "rated":
        return f"rated {title}" if claim.rating is None else f"gave {title} {claim.rating:g}"
    base = {"chose": "choose", "skipped": "skip", "liked": "like", "noticed": "notice"}[claim.act]
    return f"did not {base} {title}" if claim.negated else f"{claim.act} {title}"


def _happened(title: str, subject: Subject, met: list[tuple[int, int, Place]]) -> str:
    if not met:
        return f"{title} was on none of my pages"
    nth, at, place = next((one for one in reversed(met) if one[2].clicked), met[-1])
    lived: Lived = subject.turns[nth]
    where = f"number {at + 1} of {len(lived.places)} on page {nth + 1}"
    if place.clicked:
        felt = "liked it" if place.liked else "did not come to like it"
        return f"I chose {title} ({where}) and {felt}"
    if place.examined:
        return f"I looked at {title} ({where}) and passed"
    return f"I saw {title} ({where}) only at a glance" if place.noticed else f"I did not notice {title} ({where})"


def _unknown(said: str, subject: Subject) -> Iterator[str]:
    """Titles in quotation marks, behind an act, that nothing in the catalogue has."""
    texts = [word.text for word in words(said)]
    if _IF & set(texts) or not any(act.name in ("chose", "skipped", "rated") for act in _acts(texts)):
        return
    everything = all_titles(subject.catalog)
    for found in _QUOTED.finditer(said):
        name = found[1].strip(" .,!?")
        capital = name[:1].isupper() and len(name.split()) <= 8
        near = Titles(subject.catalog, [p.item for lived in subject.turns for p in lived.places])
        told = words(f'"{name}"')
        if capital and told and not everything.find(told, parts=False) and not near.find(told, parts=True):
            yield f"It was said that I met {quoted(name, 80)}. In the journal: nothing of that name was shown to me."
