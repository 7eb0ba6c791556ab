"""From the text of a question to what it asks, one question a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.studies.interview.answer import Subject
from simulator.studies.interview.examples import examples
from simulator.studies.interview.grammar import Topic, loosely, topic_of
from simulator.studies.interview.mention import Mention, Referred
from simulator.studies.interview.mentions import referred
from simulator.studies.interview.wording import MARK, sentences, title_words

CATEGORY_MARK = "¤"
NEAR = 0.5
"""Likeness from which a question is taken for an example. Of the examples themselves, each left out in turn, 38% have
another that is so near, and of these it is one of the same topic for 64%."""
_ORDER = re.compile(r"^(?:show|find|get|play) (?:me|us)\b(?!.*\byou)(?! the \w+$)")
"""Asks for something to be done, and for nothing that the person could tell: "show me horror"."""
_POLITE = (Topic.HELLO, Topic.THANKS)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One sentence of what was asked."""

    said: str
    topic: Topic | None
    """None: not understood."""
    referred: Referred
    categories: tuple[str, ...] = ()
    """Categories of the catalogue that it names."""
    guessed: bool = False
    """Whether the topic is taken from one of its words, or from the item alone, because it fits no form."""


def read(text: str, subject: Subject, focus: Sequence[Mention]) -> tuple[Question, ...]:
    """The questions in a text, at most three; a greeting before a question is none."""
    questions: list[Question] = []
    for said in sentences(text):
        about = referred(
            said, subject, tuple(questions[-1].referred.items) if questions and questions[-1].referred.items else focus
        )
        marked, categories = _categories(about.text, subject)
        topic = examples().exactly(marked) or topic_of(marked) or (topic_of(about.text) if categories else None)
        guessed = topic is None and not _ORDER.search(about.text)
        if guessed:
            topic = _nearly(marked) or (Topic.ABOUT if about.items and not about.group else loosely(about.text))
            guessed = topic is not None
        questions.append(Question(said=said, topic=topic, referred=about, categories=categories, guessed=guessed))
    if len(questions) > 1 and questions[0].topic is Topic.ABOUT and _names_alone(questions[0]):
        questions = questions[1:]  # "The second, the fourth … any of those for you?" is one question
    why = (Topic.WHY_NOT, Topic.WHY_CLICK, Topic.WHY_LEFT, Topic.WHY_RATING)
    if len(questions) > 1 and questions[-1].topic is Topic.WHY and questions[-2].topic in why:
        questions.pop()  # "You never opened the fourth one. Why?" is one question
    if len(questions) > 1:
        asked = [one for one in questions if one.topic not in _POLITE and one.topic is not None]
        questions = asked or questions[:1]
    return tuple(questions)


def _names_alone(question: Question) -> bool:
    """Whether a sentence names items and says nothing of them."""
    return set(question.referred.text.split()) <= {MARK, "and", "or"}


def _nearly(text: str) -> Topic | None:
    near = examples().nearest(text)
    return None if near is None or near.likeness < NEAR else near.topic


def _categories(text: str, subject: Subject) -> tuple[str, tuple[str, ...]]:
    """The text with `CATEGORY_MARK` where a category is named, and which."""
    found: list[str] = []
    for name in sorted(subject.catalog.category_names, key=len, reverse=True):
        spelt = _spelt(name)
        pattern = (
            rf"\b{spelt}\b(?: (?:movies?|films?|books?|ones|stuff|things|articles|songs|genre))?" if spelt else None
        )
        if pattern and re.search(pattern, text):
            found.append(name)
            text = re.sub(pattern, CATEGORY_MARK, text, count=1)
    return text, tuple(found)


def _spelt(name: str) -> str:
    """How a category may be written: as it is, in the plural, and the short names that everybody uses."""
    words = title_words(name)
    if not words:
        return ""
    whole = r"[ -]".join(map(re.escape, words))
    many = rf"{whole[:-1]}ies" if whole.endswith("y") else rf"{whole}(?:s|es)"
    also = _ALSO.get(" ".join(words), "")
    return rf"(?:{many}|{whole}{'|' + also if also else ''})"


_ALSO = {
    "science fiction": r"sci[ -]?fi|sf",
    "sci fi": r"science fiction|sf|scifi",
    "scifi": r"science fiction|sci[ -]fi|sf",
    "animation": r"animated|cartoons?",
    "romance": r"romantic|rom[ -]?coms?",
    "documentary": r"docs|docus?",
    "thriller": r"suspense",
}
