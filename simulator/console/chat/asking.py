"""Questions to the person, and what their answers rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import counted
from simulator.console.chat.events import Answered, Asked, Event, Piece, Table, Told
from simulator.console.text import clean
from simulator.records import UserInputError

if TYPE_CHECKING:
    from simulator.console.chat.session import Session

LETTERS = "abcdefghi"
LONGEST = 4_000
"""Characters of one question that are passed on: more than anybody asks, and no prompt is flooded by a slip."""


def ask(session: Session, text: str) -> Iterator[Event]:
    """The person answers, in pieces as they come."""
    question = _in_words(session, text)
    if question != text:
        yield Asked(question)
    if len(question) > LONGEST:
        yield Told(f"Only the first {LONGEST:,} of {counted(len(question), 'character')} are asked.")
        question = question[:LONGEST]
    session.asked = True
    for piece in session.interview.ask(question):
        yield Piece(piece)
    yield Answered(session.interview.last)


def why(session: Session, text: str) -> Iterator[Event]:
    """The facts behind the last answer, and which of its claims the journal contradicts."""
    if not session.asked:
        raise UserInputError("nothing has been asked yet. Ask something first, such as: how do you feel?")
    answer = session.interview.last
    rows = [("fact", clean(each)) for each in answer.grounds] + [("not so", clean(each)) for each in answer.corrected]
    if not rows:
        yield Told("The last answer rests on no fact of this session.")
        return
    yield Table(title="What the last answer rests on", headings=("what", "says"), rows=tuple(rows))


def _in_words(session: Session, text: str) -> str:
    """A letter is an offered question, a number asks about that item; everything else is asked as it stands."""
    if len(text) == 1 and text in LETTERS[: len(session.questions)]:
        return session.questions[LETTERS.index(text)]
    if not text.isdecimal() or len(text) > 3:
        return text
    item = session.picked(text)[0]
    if session.listing is not None:
        return f"Would you choose “{session.title(item)}”?"
    page = session.page
    assert page is not None
    did = next(("choose" if place.clicked else "skip") for place in page.places if place.item == item)
    return f"Why did you {did} “{session.title(item)}”?"
