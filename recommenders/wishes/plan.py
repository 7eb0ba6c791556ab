"""What all that a person has said means for each item: how much is added to it, and what stays off the page.

Wishes are taken in the order in which they were said, and later words win: a wish takes the place of an earlier one
about the same, and what is asked for is no longer ruled out by what was said before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recommenders.wishes.grammar import understand
from recommenders.wishes.lexicon import Lexicon
from recommenders.wishes.wish import Wish
from simulator.records import F32, Bools

EFFECT = 0.5
"""What a wish adds to the relevance (0 to 1 over the pool) of an item that meets it, or takes from it. Assumed: a good
item that is wanted passes a better one that is not, and half of the pool lies between them."""
SEARCHED = 1.0
"""The same for what was searched for on the page before: it brings the worst of the pool to its top. Assumed."""
MOST = 1.0
"""Bound of the sum of all wishes on an item."""
_MEETS = 0.5
"""An item meets a wish that rules out, or that lets in alone, if it matches by more than this."""


@dataclass(frozen=True, eq=False)
class Plan:
    """For every item of the catalogue."""

    shift: F32
    """Added to relevance, from -`MOST` to `MOST`. (n_items,)."""
    rank: F32
    """0 for what may come first, 1 for what was not asked for where only something else was, 2 for what is ruled out.
    (n_items,)."""

    @property
    def excludes(self) -> bool:
        """Whether anything must come last."""
        return bool(self.rank.any())


def plan_of(lexicon: Lexicon, instruction: str, now: int, query: str, known: F32) -> Plan | None:
    """The plan of somebody who said the lines of `instruction`, the last `now` of them in the open session, and
    searched for `query`; None if nothing of it was understood. `known`: how many people chose each item. (n_items,)."""
    wishes = list(_standing(lexicon, instruction.splitlines(), now))
    searched = understand(query, lexicon, searched=True).wishes if query else ()
    if not wishes and not searched:
        return None
    shift = np.zeros(known.size, dtype=np.float32)
    never: Bools = np.zeros(known.size, dtype=np.bool_)
    only: dict[tuple[str, ...], tuple[int, Bools]] = {}
    for line, wish in wishes:
        match = _match(lexicon, wish, known)
        meets = match > _MEETS
        scale = all(target.kind == "scale" for target in wish.targets)
        if wish.polarity == "never":
            never |= meets
        elif wish.polarity == "only":
            kinds = tuple(sorted({target.kind for target in wish.targets}))
            said, before = only.get(kinds, (line, meets))
            only[kinds] = (line, before | meets if said == line else meets)
            never &= ~meets
        elif wish.polarity == "less":
            shift -= EFFECT * match
        elif scale:
            shift += EFFECT * (2 * match - 1)
        else:
            shift += EFFECT * match
            never &= ~meets
            only = {kinds: (said, allowed | meets) for kinds, (said, allowed) in only.items()}
    shift = np.clip(shift, -MOST, MOST)
    for wish in searched:
        shift += SEARCHED * _match(lexicon, wish, known)
    others = ~np.logical_and.reduce([allowed for _, allowed in only.values()]) if only else np.zeros_like(never)
    rank = np.where(never, np.float32(2), others.astype(np.float32))
    return Plan(np.clip(shift, -MOST, MOST), rank)


def _standing(lexicon: Lexicon, lines: list[str], now: int) -> Iterator[tuple[int, Wish]]:
    """The wishes that hold, in the order in which they were said, each with the number of its line."""
    kept: dict[tuple[object, ...], tuple[int, Wish]] = {}
    for number, line in enumerate(lines):
        heard = understand(line, lexicon)
        kept = {} if heard.forgets else kept
        for wish in heard.wishes:
            if wish.momentary and number < len(lines) - now:
                continue
            if wish.polarity == "open":
                kept = {about: one for about, one in kept.items() if set(wish.about).isdisjoint(one[1].about)}
                continue
            kept.pop(wish.about, None)
            kept[wish.about] = (number, wish)
    yield from kept.values()


def _match(lexicon: Lexicon, wish: Wish, known: F32) -> F32:
    """How far each item meets all targets of a wish. Whoever wants more like a title, or less, means what is like it;
    whoever rules it out, the title. (n_items,)."""
    parts = [
        lexicon.like(target)
        if target.kind == "title" and wish.polarity in ("more", "less")
        else lexicon.matching(target, known)
        for target in wish.targets
    ]
    match: F32 = np.minimum.reduce(parts)
    return match
