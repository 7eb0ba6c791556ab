"""What a question asks: its topic, found by the form of its words. English; what fits no form is not understood.

The forms stand in `forms.txt`, as regular expressions that are tried in order, the more particular ones first. They
read the plain text of a sentence, in which `MARK` stands for every item that was spoken of
(`simulator.studies.interview.mentions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

from simulator.studies.interview import pointing
from simulator.studies.interview.spelling import words_of
from simulator.studies.interview.titles import ORDINARY


class Topic(StrEnum):
    """What may be asked."""

    HELLO = "hello"
    THANKS = "thanks"
    BYE = "bye"
    HELP = "help"
    REAL = "real"
    MORE = "more"
    WHY_NOT = "why_not"
    WHY_CLICK = "why_click"
    WHY_RATING = "why_rating"
    RATING_OF = "rating_of"
    THINK_OF = "think_of"
    WOULD = "would"
    WHICH = "which"
    NEAREST = "nearest"
    BEST = "best"
    WORST = "worst"
    COMPARE = "compare"
    HAVE_SEEN = "have_seen"
    NOTICED = "noticed"
    LIST_CLICKED = "list_clicked"
    LIST_SEEN = "list_seen"
    LIST_SKIPPED = "list_skipped"
    LIST_RATED = "list_rated"
    LIST_LIKED = "list_liked"
    REMEMBER = "remember"
    HOW_MANY = "how_many"
    HOW_LONG = "how_long"
    WHY_LEFT = "why_left"
    WHY_STAY = "why_stay"
    RETURN = "return"
    FEELING = "feeling"
    WHY_FEELING = "why_feeling"
    TIRED = "tired"
    BORED = "bored"
    SATISFIED = "satisfied"
    PUT_OFF = "put_off"
    LIKES = "likes"
    DISLIKES = "dislikes"
    CATEGORY = "category"
    WHO = "who"
    NAME = "name"
    AGE = "age"
    WORK = "work"
    PLACE = "place"
    GENDER = "gender"
    LANGUAGE = "language"
    TRAIT = "trait"
    LOOKING_FOR = "looking_for"
    SHOW_ME = "show_me"
    MAKE_STAY = "make_stay"
    THINK_PAGE = "think_page"
    CHANGED = "changed"
    CUE = "cue"
    FACTORS = "factors"
    WHAT_IF = "what_if"
    BEFORE = "before"
    SUMMARY = "summary"
    REACH = "reach"
    UNSEEN = "unseen"
    WOULD_LEAVE = "would_leave"
    SURE = "sure"
    ABOUT = "about"
    """Something about an item that fits no form: all that is known of it is told."""
    WHAT_ABOUT = "what_about"
    """"And number 3?": what was asked before, of something else."""
    WHY = "why"
    """"Why?", "why not?": of what was spoken of last."""


_FORMS = Path(__file__).with_name("forms.txt")
_LOOSELY = "= loosely ="
_LONGEST = 12
"""Words of a sentence that may be taken at one of its words."""
Forms = tuple[tuple[Topic, re.Pattern[str]], ...]

NEEDS_ITEM = frozenset(
    (
        Topic.WHY_NOT,
        Topic.WHY_CLICK,
        Topic.RATING_OF,
        Topic.THINK_OF,
        Topic.WOULD,
        Topic.COMPARE,
        Topic.HAVE_SEEN,
        Topic.NOTICED,
    )
)
"""Topics that are about an item: where none is named, that is asked for, or found in what was spoken of before."""


def topic_of(text: str) -> Topic | None:
    """The topic of a plain sentence; None: it fits no form."""
    return next((topic for topic, form in _forms()[0] if form.search(text)), None)


def loosely(text: str) -> Topic | None:
    """The topic that one word of a short question suggests, where its form says nothing."""
    if len(text.split()) > _LONGEST:
        return None
    return next((topic for topic, form in _forms()[1] if form.search(text)), None)


@cache
def known_words(names: tuple[str, ...]) -> frozenset[str]:
    """The words that questions are made of; `names`: of the catalogue's categories."""
    ordinals = " ".join((*pointing.ORDINALS, *pointing.CARDINALS, pointing.NOUN, *pointing.DID.values()))
    return words_of(_FORMS.read_text("utf-8"), " ".join(ORDINARY), ordinals, " ".join(names))


@cache
def _forms() -> tuple[Forms, Forms]:
    """The forms, and the words that are taken where none of them fits, compiled once: one pattern a topic and place."""
    strict, _, loose = _FORMS.read_text("utf-8").partition(_LOOSELY)
    lists: dict[str, str] = {}
    return tuple(_compiled(strict, lists)), tuple(_compiled(loose, lists))


def _compiled(text: str, lists: dict[str, str]) -> Iterator[tuple[Topic, re.Pattern[str]]]:
    for head, lines in _sections(text):
        if head.startswith("<"):
            parts = [part.strip(" ") for line in lines for part in line.split(" | ")]
            lists[head] = f"(?:{'|'.join(parts)})"
        else:
            whole = "|".join(f"(?:{line})" for line in lines)
            for name, words in lists.items():
                whole = whole.replace(name, words)
            yield Topic(head.strip("[]")), re.compile(whole)


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each head with its lines; a line that is indented goes on from the one before."""
    head, lines = "", list[str]()
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("    "):
            lines[-1] += line[4:]
        elif re.fullmatch(r"\[\w+\]|<\w+>", line):
            if head:
                yield head, lines
            head, lines = line, []
        else:
            lines.append(line)
    if head:
        yield head, lines
