"""One question to one person, with what every answer needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.studies.interview.answer import Subject
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reading import Question
from simulator.studies.interview.said import Tongue, joined
from simulator.studies.interview.titles import shown
from simulator.studies.solo.lived import Lived, Place

NO_PAGE = "I have not been shown a page yet, so there is nothing that I could say about one."
_YES_OR_NO = re.compile(
    r"^(?:are|is|was|were|do|did|does|have|has|had|would|will|can|could|you|still|getting|feeling)\b|^\w+$"
)
NO_PAGE_GROUND = "pages lived: 0"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One answer to one question."""

    text: str
    grounds: tuple[str, ...] = ()
    items: tuple[Mention, ...] = ()
    """What it speaks of: "it" and "them" of the next question."""
    understood: bool = True


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, and whom it is put to."""

    subject: Subject
    question: Question
    tongue: Tongue
    nth: int
    """Number of the question in the conversation."""
    focus: tuple[Mention, ...] = ()
    """What was spoken of before."""

    @property
    def items(self) -> tuple[Mention, ...]:
        return self.question.referred.items

    @property
    def page(self) -> Lived | None:
        """The page that the question is about."""
        return self.question.referred.page

    @property
    def chosen(self) -> list[int]:
        """Catalogue rows of all that they chose, before this life and in it."""
        return [*self.subject.chosen_before, *(p.item for lived in self.subject.turns for p in lived.clicked)]

    @property
    def yes_or_no(self) -> bool:
        """Whether the question wants a yes or a no first."""
        return bool(_YES_OR_NO.search(self.question.referred.text))

    def title(self, one: Mention | Place | int) -> str:
        """The title of an item, in quotation marks."""
        item = one if isinstance(one, int) else one.item
        return f"“{shown(self.subject.catalog[item])}”"

    def titles(self, some: Sequence[Mention | Place]) -> list[str]:
        return [self.title(one) for one in some]

    def pick(self, about: str, *options: str) -> str:
        """One of several ways to say the same."""
        return self.tongue.one_of(f"{self.nth}/{about}", options)


def said(*sentences: str, grounds: Sequence[str] = (), items: Sequence[Mention] = (), understood: bool = True) -> Said:
    """Sentences as an answer."""
    return Said(
        text=joined(*sentences),
        grounds=tuple(dict.fromkeys(one for one in grounds if one)),
        items=tuple(items),
        understood=understood,
    )


def mentions(lived: Lived, places: Sequence[int]) -> tuple[Mention, ...]:
    """Places of a page as what is spoken of."""
    return tuple(Mention(item=lived.places[at].item, lived=lived, position=at) for at in places)
