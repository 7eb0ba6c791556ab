"""What is known of one person's choices, in plain records: titles, facts, and the person's own ratings.

Give it what people remember (P and M of a split), never what is held out (V).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from personas.estimation.ratings import DEFAULT_SHARES

LIKED_SHARE, DISLIKED_SHARE = float(DEFAULT_SHARES[3:].sum()), float(DEFAULT_SHARES[:2].sum())
"""Share of ratings of 4 and more, and of less than 3, on five levels: MovieLens-1M. SimUSER calls the first liked, the
second disliked (arXiv 2504.12722)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """Something that can be chosen. `facts`: what else a prompt may say of it; `chosen_by`: how many people did."""

    item_id: str
    title: str
    facts: str = ""
    chosen_by: int = 0

    @property
    def words(self) -> str:
        """Title and facts on one line: not quoted, so not safe in a prompt by itself."""
        return f"{self.title}; {self.facts}" if self.facts else self.title


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Something that the person chose, and the rating that they gave it, on any scale; None: none."""

    thing: Thing
    rating: float | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The choices of one person, each thing once. `in_time`: whether they stand in the order of their times."""

    seen: tuple[Seen, ...] = ()
    in_time: bool = False

    @cached_property
    def cuts(self) -> tuple[float, float] | None:
        """Below which rating the person dislikes and from which on they like, by their own use of the scale; None
        without ratings. See `cuts`."""
        rated = [one.rating for one in self.seen if one.rating is not None]
        return cuts(rated) if rated else None

    def likes(self, one: Seen) -> bool:
        """Whether the person likes it. What was chosen and not rated is liked: nothing says otherwise."""
        return self.cuts is None or one.rating is None or one.rating >= self.cuts[1]

    def dislikes(self, one: Seen) -> bool:
        """Whether the person dislikes it."""
        return self.cuts is not None and one.rating is not None and one.rating < self.cuts[0]

    def told(self, one: Seen) -> str:
        """How the person took to it, in a word."""
        return "disliked" if self.dislikes(one) else "liked" if self.likes(one) else "found middling"


def cuts(ratings: Sequence[float]) -> tuple[float, float]:
    """The rating below which somebody dislikes, and the one from which on they like; there must be one rating at least.

    SimUSER's 3 and 4 suit those who rate as most people do. Somebody who gives nothing below 4 dislikes things too, and
    somebody who hardly gives a 4 likes some. So the cuts are the levels at which the shares of the person's own ratings
    come nearest to those that 3 and 4 cut off among people (`DISLIKED_SHARE` below, `LIKED_SHARE` from there on). Any
    scale will do. Who gives everything the same rating likes it all.
    """
    given = np.sort(np.asarray(ratings, dtype=np.float64))
    levels = np.unique(given)
    below = np.searchsorted(given, levels, side="left") / given.size
    dislikes = int(np.argmin(np.abs(below - DISLIKED_SHARE)))
    likes = dislikes + int(np.argmin(np.abs(1 - below[dislikes:] - LIKED_SHARE)))
    return float(levels[dislikes]), float(levels[likes])
