"""What one person lived on one page, in plain values: what a session shows, and what questions are answered from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

WEAK = math.log(2)
"""Logits below which all drives to leave together do not double the odds of leaving."""
SourceKind = Literal["recommender", "search", "hand", "journal"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a page came from: a recommender (`name`), a search (`name` is the query), items picked by hand, or a
    journal."""

    kind: SourceKind
    name: str = ""

    def __post_init__(self) -> None:
        # A terminal passes on bytes that are no text, and a session is kept as text.
        object.__setattr__(self, "name", self.name.encode(errors="replace").decode()[:1000])


@dataclass(frozen=True, kw_only=True)
class Condition:
    """How a person is between two pages."""

    mood: float
    """Valence in [-1, 1]."""
    fatigue: float
    """In [0, 1)."""
    satisfaction: float
    """Overall, levels 1-5."""
    expectation: float
    """Level that an ordinary page is expected to reach, 1-5."""
    chosen: int
    """Items chosen in this visit."""
    clock_s: float
    """Simulated seconds since the start."""
    session: int
    """Number of the visit, from 0; -1 before the first."""
    page: int
    """Pages seen in this visit."""
    in_session: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """One item on a page, and what happened to it."""

    item: int
    """Row of the catalogue."""
    item_id: str
    title: str
    categories: tuple[str, ...]
    noticed: bool
    examined: bool
    clicked: bool
    liked: bool
    dwell_s: float
    rating: float | None
    """On the person's own scale; None: not rated."""
    want: float
    """Logit of wanting it if it is examined, tiredness aside; NaN where it was not noticed."""
    pulls: Mapping[str, float] = field(default_factory=dict)
    """What moved the decision beside `want`, in logits by name, such as `boredom`, `novelty`, `conformity`,
    `pickiness`, `price`, `reviews`, `popularity`, `headline`, `thumbnail`, `seen before`. Empty where unknown."""
    chance: float = math.nan
    """Chance of choosing it once examined, 0-1; NaN where unknown."""
    reason: str | None = None
    """In the person's own words, where a language model gave any."""


@dataclass(frozen=True, kw_only=True)
class Lived:
    """One page of one person."""

    turn: int
    session: int
    page: int
    layout: str
    source: Source
    places: tuple[Place, ...]
    """From the top."""
    before: Condition
    after: Condition
    satisfaction: float
    """With this page, levels 1-5."""
    action: str
    """Name of the `Action` in lower case."""
    argument: str | None
    """What was searched for, or told the service."""
    left: bool
    leave_reason: str
    """Name of the `LeaveReason` in lower case; `stayed` while the visit goes on."""
    drives: Mapping[str, float] = field(default_factory=dict)
    """What pushed towards leaving, in logits by name: sated, tired, bored, dissatisfied, intended. Empty where
    unknown."""
    return_gap_s: float | None = None
    """Seconds until the next visit, for who left."""
    recalled: tuple[str, ...] = ()
    """Memories that came to mind in front of the page, the one that matters most first."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What a language model said of the page, by the names of `simulator.turn.WORDS`."""
    appraised_by: str = "statistical"
    """Name of the `AppraisedBy` in lower case."""

    @property
    def simply_over(self) -> bool:
        """Whether the visit more likely ended of itself than for the `leave_reason`, which is the largest drive however
        small: so it is where all drives together did not double the odds of leaving, for then less than half of the
        chance was theirs ((p - p0) / p <= 1 - 1 / odds ratio)."""
        why = self.leave_reason not in ("nothing_shown", "intended")
        return self.left and why and bool(self.drives) and sum(self.drives.values()) < WEAK

    @property
    def clicked(self) -> tuple[Place, ...]:
        """The items that were chosen, from the top."""
        return tuple(place for place in self.places if place.clicked)
