"""Acts that somebody tells of themselves: which, of whom, and with what numbers. All in words as `title_words` has
them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from simulator.studies.interview.wording import title_words

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
    (
        "",
        re.compile(
            r"^(?:left|leave|found|thought|felt|knew|heard|considered|compared|expected|missed|avoided|hated|disliked|"
            r"remembered|remember|finished|got|reached|started|wondered|read|preferred|kept|put|meant|went)$"
        ),
    ),
)
"""The last are acts that nothing is checked of: what they are said of is said of no other."""
_NO_ACT_AFTER = {"open": ("am", "is", "was"), "click": ("my", "a", "the", "no", "one", "single")}
"""Words that are no verbs behind these."""
_AUXILIARIES = frozenset(title_words("have had ve ever really did just also actually do"))
_ANY_OF = frozenset(
    title_words(
        "what whatever thing things item items film films movie movies title titles one ones those all everything "
        "anything few most some rest only"
    )
)
"""Words that "I clicked" tells apart and says of no thing by name: "what I clicked", "the last one that I clicked"."""
NOT = frozenset(title_words("not never didnt dont havent hadnt wasnt neither nor no without nothing instead than"))
ME = frozenset(title_words("i ive im we"))
_OTHERS = frozenset(
    title_words(
        "you he she they who people everyone everybody others someone somebody friend friends sister brother mother "
        "father wife husband son daughter colleague partner kids critics reviewers nobody"
    )
)
PARTICLES = frozenset(title_words("on at over up past by with straight right"))
_STARS = frozenset(title_words("star stars out points of to and but because since as for though full"))
_WORDS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}
_NUMBER = re.compile(r"^\d+(?:[.,]\d)?$")
_UNITS = (("second", 1.0), ("minute", 60.0), ("hour", 3_600.0), ("day", 86_400.0))


@dataclass(frozen=True, slots=True)
class Act:
    """One act that is told."""

    name: str
    """skipped, chose, rated, liked, spent or noticed; empty for one that nothing is checked of."""
    at: int
    """Its verb."""
    negated: bool


def acts_in(texts: list[str]) -> Iterator[Act]:
    """The acts in a sentence, whoever did them."""
    for at, word in enumerate(texts):
        for name, pattern in _ACTS:
            if pattern.match(word) and not (at and texts[at - 1] in _NO_ACT_AFTER.get(word, ())):
                negated = bool(NOT & set(texts[max(0, at - 3) : at])) or texts[at + 1 : at + 2] == ["none"]
                yield Act(name, at, negated=negated)
                break


def is_mine(texts: list[str], at: int) -> bool:
    """Whether an act is of who speaks: the nearest person before it is, or there is none."""
    who = next((word for word in reversed(texts[:at]) if word in ME or word in _OTHERS), "i")
    return who in ME


def tells_apart(texts: list[str], act: Act, breaks: set[int]) -> bool:
    """Whether an act tells things apart: "what I have chosen before", "the 5 that I looked at", "the one I clicked".
    `breaks`: the words before which a mark stands."""
    at = act.at - 1
    while at >= 0 and texts[at] in _AUXILIARIES:
        at -= 1
    if at < 1 or texts[at] not in ME:
        return False
    at -= 1
    at -= texts[at] in ("that", "which") and at > 0
    if breaks & set(range(at + 1, act.at + 1)):
        return False
    return texts[at] in _ANY_OF or texts[at].isdigit() or texts[at] == "which"


def leads_on(texts: list[str], act: Act) -> bool:
    """Whether an act that tells things apart goes on to which they are: "the one I clicked was"."""
    return next((word for word in texts[act.at + 1 :] if word not in PARTICLES), "") in ("was", "is", "were")


def seconds_in(texts: list[str]) -> float | None:
    """The first stretch of time in a clause."""
    for number, unit in pairwise(texts):
        size = next((size for name, size in _UNITS if unit.startswith(name)), None)
        told = 1.0 if number in ("a", "an") else figure(number)
        if size is not None and told is not None:
            return told * size
    return None


def rating_in(texts: list[str], act: int, end: int) -> float | None:
    """The number of a rating, which nothing follows but what may follow one: not "one chance"."""
    for at in (*range(max(act + 1, end), min(end + 6, len(texts))), *range(act + 1, min(act + 4, len(texts)))):
        after = texts[at + 1] if at + 1 < len(texts) else ""
        told = figure(texts[at])
        if told is not None and (not after or after in _STARS):
            return told
    return None


def figure(word: str) -> float | None:
    """A number in figures or words."""
    return float(word.replace(",", ".")) if _NUMBER.match(word) else _WORDS.get(word)
