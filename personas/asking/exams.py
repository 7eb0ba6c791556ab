"""What is told of a history, and what is held back to check what is made of it: never the same things.

(SimUSER proposes its personas from the very items on which it then scores them, so a persona that merely repeats its
history wins.)
"""

from __future__ import annotations

from dataclasses import dataclass

from personas.asking.asker import Asker
from personas.asking.evidence import Evidence, Seen, Thing
from personas.asking.shelf import Shelf

FEWEST = 4
"""Fewest things held back, and fewest told: a difference over three pairs has no standard error worth the name."""
LONGEST = 160
"""Most characters of what is said of one thing."""
LARGEST_SHARE = 3
"""At most one in so many of a person's things is held back, so that most of a short history is told. Assumed."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the person chose, and things as popular that they are not known to have chosen."""

    own: Seen
    others: tuple[Thing, ...]


@dataclass(frozen=True, kw_only=True)
class Exam:
    """A history in two parts."""

    told: tuple[Seen, ...]
    questions: tuple[Question, ...]


def hold_back(
    asker: Asker,
    evidence: Evidence,
    shelf: Shelf,
    purpose: str,
    *,
    told: int,
    held_back: int,
    others: int,
    on_one_page: bool,
    last: bool = False,
) -> Exam | None:
    """Hold back `held_back` choices, each with `others` matched ones, and tell up to `told` of the rest; None where
    there are fewer than `FEWEST` of either, or no matched things.

    Both are drawn by lot. With `last`, and where the order of the choices is known, the last ones are held back, and
    those just before them told, in their order. `on_one_page`: no thing is matched with two of them.
    """
    seen, n = evidence.seen, min(held_back, len(evidence.seen) // LARGEST_SHARE)
    if n < FEWEST:
        return None
    in_order = list(range(len(seen)))
    if not (last and evidence.in_time):
        in_order = asker.order(f"{purpose}: parts", (one.thing.item_id for one in seen))
    earlier, later = in_order[: len(seen) - n], in_order[len(seen) - n :]
    taken = {one.thing.item_id for one in seen}
    questions = []
    for place in later:
        own = seen[place]
        lot = asker.lot(f"{purpose}: others of {own.thing.item_id}", shelf.keys)
        matched = shelf.matched(own.thing, taken, others, lot)
        if len(matched) == others:
            taken |= {thing.item_id for thing in matched} if on_one_page else set()
            questions.append(Question(own, matched))
    kept = earlier[max(0, len(earlier) - told) :]
    if len(questions) < FEWEST or len(kept) < FEWEST:
        return None
    return Exam(told=tuple(seen[place] for place in kept), questions=tuple(questions))


def in_words(asker: Asker, evidence: Evidence, told: tuple[Seen, ...]) -> list[str]:
    """A line for each thing: how the person took to it, its words as quoted data, and their rating."""
    lines = []
    for one in told:
        rating = "" if one.rating is None else f" ({one.rating:g})"
        verb = "you chose" if one.rating is None else evidence.told(one)
        lines.append(f"{verb} {asker.fence.quoted(one.thing.words, LONGEST)}{rating}")
    return lines


def too_little(evidence: Evidence, shelf: Shelf) -> str:
    """Why there is no exam."""
    return f"{len(evidence.seen):,} choices are known, of {len(shelf):,} things that anybody chose"
