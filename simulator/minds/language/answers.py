"""The shape of an answer about a page: one required key for each slot, so that every noticed item gets its appraisal.

Nothing outside the shape refuses an answer. Numbers beyond their range are clipped, long texts cut, unknown keys left
out, and acts without words taken for the next page; how often, is told (`Said.corrected`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, create_model

from simulator.llm.fencing import clean
from simulator.llm.shapes import one_of, some_of, whole_number
from simulator.turn import Action

ACTS: Mapping[str, Action] = {
    "next": Action.NEXT_PAGE,
    "previous": Action.PREVIOUS_PAGE,
    "search": Action.SEARCH,
    "instruct": Action.INSTRUCT,
    "leave": Action.LEAVE,
}
WANT, RATING, MOOD, SATISFACTION, EXIT = (0, 10), (1, 5), (-2, 2), (1, 5), (1, 10)
_WHY, _LINE, _NOTE = 60, 80, 120
"""Most characters of a reason, of other short texts, and of a note."""


Want, Rating, Mood, Satisfaction, Exit = map(whole_number, (WANT, RATING, MOOD, SATISFACTION, EXIT))


class SlotAnswer(BaseModel):
    """What is said about one item."""

    want: Want  # type: ignore[valid-type]
    rating: Rating  # type: ignore[valid-type]
    why: str


class Musing(BaseModel):
    """Self-questions between the first answer and the last (`deliberation: multi_round`)."""

    what_draws: str
    otherwise: str
    doubt: str


def slot_names(n: int) -> tuple[str, ...]:
    """The keys of n slots: i1 … in."""
    return tuple(f"i{j}" for j in range(1, n + 1))


@lru_cache(maxsize=256)
def page_answer(slots: int, *, brief: bool = False, notes: bool = False) -> type[BaseModel]:
    """The model of an answer about a page of so many noticed items.

    `brief`: thoughts come first. `notes`: what will be remembered of the page comes last.
    """
    names = slot_names(slots)
    fields: dict[str, Any] = {"thinking": (str, ...)} if brief else {}
    fields |= dict.fromkeys(names, (SlotAnswer, ...))
    fields |= {
        "feeling": (str, ...),
        "mood": (Mood, ...),
        "satisfaction": (Satisfaction, ...),
        "open": (some_of(*names), ...),
        "act": (one_of(*ACTS), ...),
        "words": (str, ...),
        "because": (str, ...),
        "exit": (Exit, ...),
        "exit_why": (str, ...),
    }
    if notes:
        fields["note"] = (str, ...)
    model: type[BaseModel] = create_model("PageAnswer", **fields)
    return model


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer about one page, within bounds. Lists go by slot."""

    want: tuple[int, ...]
    rating: tuple[int, ...]
    why: tuple[str, ...]
    open: frozenset[int] = field(default_factory=frozenset)
    """Slots, from 0."""
    feeling: str
    mood: float
    """Valence in [-1, 1]."""
    satisfaction: int
    action: Action
    argument: str | None
    """The query or instruction."""
    because: str
    interview: int
    interview_reason: str
    note: str | None
    corrected: int
    """How many values were out of range, unknown or inconsistent."""


def read(answer: BaseModel, slots: int, *, first_page: bool) -> Said:
    """What an answer of `page_answer` says. On the first page of a session there is no previous one to go to."""
    told = _Reading(answer)
    names = slot_names(slots)
    items = [_Reading(getattr(answer, name)) for name in names]
    opened = told.value("open")
    known = {name: slot for slot, name in enumerate(names)}
    act = told.value("act")
    action, argument = ACTS.get(act, Action.NEXT_PAGE), told.text("words", _LINE) or None
    wordless = action in (Action.SEARCH, Action.INSTRUCT) and argument is None
    impossible = wordless or (action == Action.PREVIOUS_PAGE and first_page)
    return Said(
        want=tuple(item.number("want", WANT) for item in items),
        rating=tuple(item.number("rating", RATING) for item in items),
        why=tuple(item.text("why", _WHY) for item in items),
        open=frozenset(known[name] for name in opened if name in known),
        feeling=told.text("feeling", _LINE),
        mood=told.number("mood", MOOD) / MOOD[1],
        satisfaction=told.number("satisfaction", SATISFACTION),
        action=Action.NEXT_PAGE if impossible else action,
        argument=argument if action in (Action.SEARCH, Action.INSTRUCT) else None,
        because=told.text("because", _LINE),
        interview=told.number("exit", EXIT),
        interview_reason=told.text("exit_why", _LINE),
        note=told.text("note", _NOTE) if hasattr(answer, "note") else None,
        corrected=told.clipped
        + sum(item.clipped for item in items)
        + sum(name not in known for name in opened)
        + (impossible or act not in ACTS),
    )


class _Reading:
    """Reads the fields of one object and counts the numbers that it had to clip."""

    def __init__(self, answer: BaseModel) -> None:
        self._answer, self.clipped = answer, 0

    def value(self, name: str) -> Any:
        return getattr(self._answer, name)

    def text(self, name: str, cap: int) -> str:
        return clean(self.value(name), cap)

    def number(self, name: str, bounds: tuple[int, int]) -> int:
        value: int = self.value(name)
        clipped = min(max(value, bounds[0]), bounds[1])
        self.clipped += clipped != value
        return clipped
