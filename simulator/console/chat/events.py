"""What a session has to show, as values: the session decides what, each screen how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.console.chat.portrait import Portrait
    from simulator.studies.interview.answer import Answer
    from simulator.studies.solo.life import Candidate
    from simulator.studies.solo.lived import Lived, Source


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Items to pick from, numbered from 1; nobody has seen them yet."""

    candidates: tuple[Candidate, ...]
    source: Source


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """Somebody is met: who they are in one line, and what one might ask them first."""

    introduction: str
    questions: tuple[str, ...]
    """Asked by the letters a, b, c …"""


@dataclass(frozen=True)
class Asked:
    """What was asked, where it was written shorter."""

    question: str


@dataclass(frozen=True)
class Piece:
    """Words of the person, as they come."""

    text: str


@dataclass(frozen=True)
class Answered:
    """The answer is whole."""

    answer: Answer


@dataclass(frozen=True)
class PageLived:
    """The person has been in front of a page."""

    lived: Lived
    number: int
    """Of the pages on this branch, from 1."""
    new: bool = True
    """False: it is only looked at again."""


@dataclass(frozen=True)
class Listed:
    """There is something to pick from."""

    listing: Listing


@dataclass(frozen=True)
class Told:
    """What was done, or is so, in one sentence."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """Facts in rows, under a title. The rows are as long as the headings."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The last column takes the room that is left."""


@dataclass(frozen=True)
class Mistake:
    """What cannot be done, why, and what can: one line. The session goes on."""

    text: str


@dataclass(frozen=True)
class Stage:
    """Something that takes a while has begun."""

    text: str


@dataclass(frozen=True)
class Refresh:
    """The person or what is on the screen is another now."""

    portrait: Portrait


@dataclass(frozen=True)
class Over:
    """The human leaves."""


Event = Greeting | Asked | Piece | Answered | PageLived | Listed | Told | Table | Mistake | Stage | Refresh | Over
