"""What a text in the first person claims: acts, and the things that they are said of.

An act and a title, or a place of the page, within one clause: "I clicked Heat", "Alien I skipped", "I spent two hours
on the third one". "It", "that one", "them" and "both" stand for what was named before, where only that can be meant:
in the same sentence, else in the sentence before, else in the question. Where two things may be meant, nothing is
claimed; so it is with what is only supposed ("would", "almost", "usually"), with what others did, and with what was
long ago.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from simulator.studies.interview.acts import (
    ME,
    NOT,
    PARTICLES,
    Act,
    acts_in,
    figure,
    is_mine,
    leads_on,
    rating_in,
    seconds_in,
    tells_apart,
)
from simulator.studies.interview.answer import Subject
from simulator.studies.interview.pointing import NOUN, ORDINALS
from simulator.studies.interview.titles import ORDINARY, Titles, all_titles
from simulator.studies.interview.wording import Word, readable, title_words, words
from simulator.studies.solo.lived import Lived

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_RATHER = NOT | frozenset(title_words("over except"))
"""Words between an act and a title that turn it around: "Heat over Alien", "Heat, not Alien"."""
_BELIEVED = re.compile(r"\b(?:thought|believed|assumed) (?:that )?i\b", re.IGNORECASE)
_SUPPOSED = frozenset(
    title_words(
        "would could might may should if id ill will maybe perhaps probably want wanted wish hope wouldnt couldnt "
        "shouldnt cant cannot wont nearly almost tempted going usually often sometimes generally always normally tend"
    )
)
"""A sentence with one of these, or with what was `_BELIEVED`, says nothing of what happened."""
_LONG_AGO = frozenset(title_words("ago years childhood child kid cinema theater theatre school"))
_ENDS_CLAUSE = frozenset(
    title_words(
        "because since while whereas but although though so when which who as like unlike after before seeing having "
        "despite of by from about where until"
    )
)
_OF = frozenset(title_words("instead none all each both either one some any rather"))
"""Words whose "of" leads to what an act is said of."""
_MANY = frozenset(("them", "both", "neither", "those", "these"))
_GOES_ON = frozenset(
    title_words(
        "and but because since so at on first right straight immediately after too either then without in for with "
        "though although while quickly twice right away yesterday today"
    )
)
"""Words after a pronoun that leave it the object of the act: not "I liked it here", "I took it easy"."""
_ELSEWHERE = frozenset(("page", "visit", "session"))
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,80})[\"”]")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One act that is said to have happened, or not to have."""

    act: str
    """skipped, chose, rated, liked, spent or noticed."""
    item: int
    negated: bool
    rating: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Name:
    first: int
    last: int
    items: tuple[int, ...]


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of a text, readable."""
    for line in _SENTENCE.split(text):
        yield readable(line.replace("*", " ").replace("_", " "))


def claims(text: str, subject: Subject, *, about: Sequence[int] = (), page: Lived | None = None) -> Iterator[Claim]:
    """The claims of a text. `about`: the items that the question names; `page`: the one that its places are of, the
    last one unless another is given."""
    focus, here = tuple(dict.fromkeys(about)), page or (subject.turns[-1] if subject.turns else None)
    for said in sentences_of(text):
        tokens = words(said)
        texts = [word.text for word in tokens]
        if _ELSEWHERE & set(texts) and not {"this", "last"} & set(texts):
            here = None  # places are from here on of a page that is not known
        names = list(_named(tokens, subject))
        names += [one for one in _pointed(texts, here, names, focus) if not _overlap(one, names)]
        names.sort(key=lambda one: one.first)
        if not (_SUPPOSED & set(texts) or _BELIEVED.search(said) or said.rstrip().endswith("?")):
            breaks = {at for at, pair in enumerate(pairwise(tokens), 1) if _apart(said[pair[0].end : pair[1].start])}
            long_ago = bool(_LONG_AGO & set(texts))
            found = _of_sentence(texts, names, focus, breaks)
            yield from (one for one in found if one.act == "skipped" or not long_ago)
        focus = _spoken_of(said, texts, names, focus, subject)


def unknown_titles(said: str, subject: Subject) -> Iterator[str]:
    """Titles in quotation marks in a sentence that tells of an act, that nothing in the catalogue has."""
    texts = [word.text for word in words(said)]
    if not _SUPPOSED & set(texts) and any(one.name in ("chose", "skipped", "rated") for one in acts_in(texts)):
        yield from _strange(said, subject)


def _strange(said: str, subject: Subject) -> Iterator[str]:
    near = Titles(subject.catalog, [place.item for lived in subject.turns for place in lived.places])
    for found in _QUOTED.finditer(said):
        name = found[1].strip(" .,!?")
        told = words(f'"{name}"')
        if not name[:1].isupper() or len(name.split()) > 8 or not told:
            continue
        if not all_titles(subject.catalog).find(told, parts=False) and not near.find(told, parts=True):
            yield name


def _apart(between: str) -> bool:
    """Whether two words are set apart by a mark."""
    return any(mark in ",:()–—" for mark in between) or " - " in between


def _of_sentence(texts: list[str], names: list[_Name], focus: tuple[int, ...], breaks: set[int]) -> Iterator[Claim]:
    """The claims of one sentence, clause by clause. `breaks`: the words before which a mark stands."""
    inside = {at for name in names for at in range(name.first, name.last)}
    ends = [at for at, word in enumerate(texts) if at not in inside and _ends_clause(texts, at)]
    for start, end in pairwise([0, *ends, len(texts)]):
        acts = [
            act for act in acts_in(texts) if start <= act.at < end and act.at not in inside and is_mine(texts, act.at)
        ]
        free: list[Act] = []
        for act in acts:
            if tells_apart(texts, act, breaks):
                free += [act] if leads_on(texts, act) else []
                continue
            place = _pronoun(texts, act, end, breaks)
            if place is None:
                free.append(act)
            if not place:
                continue
            for item in _meant(texts[place], [one for one in names if one.last <= place], focus):
                negated = act.negated or texts[place] == "neither"
                yield from _claim(texts[:end], act, item, place + 1, negated=negated)
        here = [name for name in names if start <= name.first < end]
        for name in here:
            if len(name.items) == 1 and (found := _act_of(texts, name, free, here, breaks)):
                act = found
                between = _RATHER & set(texts[act.at + 1 : name.first]) if act.at < name.first else set()
                between = set() if {"nothing", "except"} <= between else between
                turned = between or (act.at > name.first and {"instead", "rather"} & set(texts[start : name.first]))
                stretch = _stretch(texts, act, name, here, end)
                yield from _claim(stretch, act, name.items[0], name.last, negated=act.negated or bool(turned))


def _stretch(texts: list[str], act: Act, name: _Name, names: Sequence[_Name], end: int) -> list[str]:
    """The words that tell more of an act and a name: up to the next name, with nothing of the name before."""
    before = [one.last for one in names if act.at < one.last <= name.first]
    after = [one.first for one in names if one.first >= name.last]
    words = texts[: min([end, *after])]
    for at in range(act.at + 1, max(before, default=act.at + 1)):
        words[at] = ""
    return words


def _act_of(texts: list[str], name: _Name, acts: list[Act], names: Sequence[_Name], breaks: set[int]) -> Act | None:
    """The act that a name goes with: the one before it, else the one after if no other name follows that; "Heat I
    clicked" is of the one after."""
    after = [act for act in acts if act.at >= name.last and not tells_apart(texts, act, breaks)]
    if after and any(after[0].at < one.first and (len(after) < 2 or one.first < after[1].at) for one in names):
        after = []
    if after and texts[name.last] in ME and after[0].at <= name.last + 3:
        return after[0]
    before = [act for act in acts if act.at < name.first]
    return before[-1] if before else after[0] if after else None


def _claim(texts: list[str], act: Act, item: int, last: int, *, negated: bool) -> Iterator[Claim]:
    """`texts`: as far as they tell of the act; `last`: behind what it is said of."""
    if not act.name:
        return
    rating = rating_in(texts, act.at, last) if act.name == "rated" else None
    spent = seconds_in(texts[act.at :]) if act.name == "spent" else None
    if (act.name == "rated" and rating is None) or (act.name == "spent" and spent is None):
        return
    yield Claim(act=act.name, item=item, negated=negated, rating=rating, seconds=spent)


def _ends_clause(texts: list[str], at: int) -> bool:
    if texts[at] == "of" and at and texts[at - 1] in _OF:
        return False
    return texts[at] in _ENDS_CLAUSE


def _pronoun(texts: list[str], act: Act, end: int, breaks: set[int]) -> int | None:
    """Where the pronoun stands that an act is said of; 0: of an "it" that is no thing, None: of no pronoun."""
    at = act.at + 1
    if act.name == "spent":
        places = [nth for nth in range(at, end) if texts[nth - 1] in ("on", "with")]
        at = places[0] if places else end
    while at < end and texts[at] in PARTICLES:
        at += 1
    if at >= end or breaks & set(range(act.at + 1, at + 1)):
        return None
    after = texts[at + 1] if at + 1 < len(texts) and at + 1 not in breaks else ""
    if texts[at] in ("this", "that", "these", "those") and re.fullmatch(NOUN, after or "-"):
        return at
    if texts[at] not in ("it", *_MANY) or (texts[at] in ("these", "those") and after):
        return None
    told = act.name == "rated" and (after in ("a", "an") or figure(after) is not None)
    return at if not after or after in _GOES_ON or told else 0


def _meant(pronoun: str, before: Sequence[_Name], focus: tuple[int, ...]) -> tuple[int, ...]:
    """The items that a pronoun stands for; none where it may be one or another."""
    if any(len(name.items) != 1 for name in before):
        return ()
    named = tuple(dict.fromkeys(name.items[0] for name in before)) or focus
    many = pronoun in _MANY
    if pronoun in ("both", "neither"):
        return named if len(named) == 2 else ()
    return named if (len(named) > 1) == many and named else ()


def _spoken_of(
    said: str, texts: list[str], names: Sequence[_Name], focus: tuple[int, ...], subject: Subject
) -> tuple[int, ...]:
    """What a pronoun of the next sentence may stand for."""
    if any(_strange(said, subject)) or any(len(name.items) != 1 for name in names):
        return ()
    if names:
        return tuple(dict.fromkeys(name.items[0] for name in names))
    return focus if {"it", *_MANY} & set(texts) else ()


def _named(tokens: list[Word], subject: Subject) -> Iterator[_Name]:
    """The titles in a sentence, the longest first. Whoever names one writes it with a capital letter."""
    kinds = {word for name in subject.catalog.category_names for word in title_words(name)} | ORDINARY | {"and", "of"}
    near = [place.item for lived in reversed(subject.turns) for place in lived.places]
    pages, everything = Titles(subject.catalog, near), all_titles(subject.catalog)
    found = [(name, True) for name in pages.find(tokens, parts=True)]
    found += [(name, False) for name in everything.find(tokens, parts=False)]
    taken: set[int] = set()
    for name, here in sorted(found, key=lambda one: one[0].first - one[0].last):
        stretch = tokens[name.first : name.last]
        told = any(word.quoted for word in stretch) or (
            any(word.capital for word in stretch) and (here or not all(word.text in kinds for word in stretch))
        )
        certain = here or len(stretch) > 1 or stretch[0].quoted or name.first > 0
        if told and certain and not taken & set(range(name.first, name.last)):
            taken |= set(range(name.first, name.last))
            yield _Name(name.first, name.last, name.items)


def _overlap(one: _Name, names: Sequence[_Name]) -> bool:
    return any(one.first < other.last and other.first < one.last for other in names)


def _pointed(texts: list[str], page: Lived | None, names: Sequence[_Name], focus: tuple[int, ...]) -> Iterator[_Name]:
    """Places of a page that are told by number: "number 4", "the fourth one", "the second and the third"."""
    if page is None:
        return
    places = [place.item for place in page.places]
    for at, word in enumerate(texts):
        after = texts[at + 1] if at + 1 < len(texts) else ""
        length = 2
        if word in ("number", "item", "result") and after.isdigit():
            nth = int(after)
        elif word in ORDINALS or word == "last":
            noun = bool(re.fullmatch(NOUN, after or "-"))
            if not noun and (not at or texts[at - 1] != "the" or after not in ("", "and", "but")):
                continue
            nth = len(places) if word == "last" else ORDINALS.index(word) + 1
            length = 2 if noun else 1
        else:
            continue
        if texts[at + length : at + length + 1] in (["that"], ["which"], ["i"], ["you"]):
            continue  # "the last one that I looked at" is the last of those
        start = at - (at > 0 and texts[at - 1] == "the")
        if not 0 < nth <= len(places) or (start and texts[start - 1] in ("was", "is", "being", "as")):
            continue  # "it was number 4" tells where a thing stood, and of no other
        told = [name.items[0] for name in names if name.last <= at] or list(focus)
        listed = told[nth - 1] if word != "number" and len(told) > 1 and nth <= len(told) else places[nth - 1]
        if listed == places[nth - 1]:  # else it may be the second of those that were named, or of the page
            yield _Name(at, at + length, (places[nth - 1],))
