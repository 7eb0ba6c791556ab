"""What was changed in a life after a page was lived: how things are now is then not how they were."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.studies.interview.answer import Subject
from simulator.studies.solo.changes import Change, SetBelief, SetItem, SetMood, SetTrait
from simulator.studies.solo.steps import Changed, Shown


def changes_since(subject: Subject, turn: int | None) -> Iterator[Change]:
    """The changes after a page. `turn`: index of the page; None: nothing was lived since."""
    pages = -1
    for step in subject.steps:
        pages += isinstance(step, Shown)
        if turn is not None and pages >= turn and isinstance(step, Changed):
            yield step.change


def changed_since(subject: Subject, item: int, fact: str, turn: int | None) -> bool:
    """Whether a fact of an item was changed."""
    return any(
        isinstance(change, SetItem) and (change.item, change.field) == (item, fact)
        for change in changes_since(subject, turn)
    )


def another_since(subject: Subject, trait: str, turn: int | None) -> bool:
    """Whether a trait was changed."""
    return any(isinstance(change, SetTrait) and change.name == trait for change in changes_since(subject, turn))


def taste_since(subject: Subject, turn: int | None) -> bool:
    """Whether what they like was changed."""
    return any(isinstance(change, SetBelief) for change in changes_since(subject, turn))


def mood_since(subject: Subject, turn: int) -> bool:
    """Whether their mood was set by hand."""
    return any(isinstance(change, SetMood) for change in changes_since(subject, turn))
