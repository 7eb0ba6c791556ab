"""What passes between the eight verbs of a turn, as arrays over the n people whose session is open.

Shapes: n people, k places on the page. Empty places hold item -1; their other values are False, 0 or NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from simulator.randomness import U64
from simulator.records import F32, I32, Bools

I8 = npt.NDArray[np.int8]
F64 = npt.NDArray[np.float64]


WORDS = (
    "action_argument",
    "reason",
    "llm_model",
    "prompt_id",
    "item_reasons",
    "testimony",
    "failure",
    "usage",
    "memories",
)
"""Texts that a page may carry beside its numbers. `item_reasons`: JSON list of k texts or nulls. `testimony`: JSON
{feeling, satisfaction (1-5), interview (1-10), interview_reason, note}. `failure`: a `FailureKind`. `usage`: JSON
{tokens_in, tokens_out, cached}. `memories`: JSON list of memory records (`simulator.memory.records`)."""


class Action(IntEnum):
    """What a person does at the end of a page."""

    NEXT_PAGE = 0
    LEAVE = 1
    PREVIOUS_PAGE = 2
    SEARCH = 3
    INSTRUCT = 4


class LeaveReason(IntEnum):
    """Why a session ended; STAYED while it goes on."""

    STAYED = 0
    TIRED = 1
    BORED = 2
    DISSATISFIED = 3
    SATED = 4
    NOTHING_SHOWN = 5
    INTENDED = 6


class AppraisedBy(IntEnum):
    """Where a page's appraisal came from."""

    STATISTICAL = 0
    LLM = 1
    FALLBACK = 2
    SKIPPED = 3
    PLUGIN = 4
    HUMAN = 5


@dataclass(frozen=True, slots=True)
class Recollection:
    """What one person remembers in front of one page."""

    memories: tuple[str, ...] = ()
    """Texts, the one that matters most first."""
    evidence: Mapping[int, str] = field(default_factory=dict)
    """By catalogue row: what speaks for or against an item that the person does not know, in words."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What somebody holds to be so of their own taste or of the service."""

    id: str
    text: str
    confidence: float
    """0-1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A person who has reason to reflect after a page. Texts are data: on one line, capped, without markup."""

    index: int
    """Row of the page: 0 … n-1."""
    row: int
    """Row of the block's people."""
    level: Literal["session", "span"]
    """What is looked back on: the visit that just ended, or the last visits together."""
    episodes: tuple[str, ...]
    """What happened, oldest first."""
    episode_ids: tuple[str, ...]
    beliefs: tuple[Belief, ...]
    """What the person holds to be so by now, the surest first."""


@dataclass(frozen=True, slots=True)
class Thought:
    """One belief that a reflection brought."""

    text: str
    confidence: float
    """0-1, as stated."""
    revises: str | None = None
    """Id of the belief of the task that it speaks of."""
    contradicts: bool = False
    """Whether it speaks against that belief."""


@dataclass(frozen=True, slots=True)
class Thoughts:
    """What came of one `Task`."""

    beliefs: tuple[Thought, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene:
    """A batch of people in front of their pages: all that a mind may look at."""

    people: Any
    """The block's `Population`; `rows` index it."""
    state: Any
    """The block's `PeopleState` before this page; `rows` index it."""
    rows: I32
    keys: U64
    turn: int
    items: I32
    """Catalogue rows on the page. (n, k)."""
    noticed: Bools
    page: I32
    session: I32
    layout: str = "list"
    memories: tuple[Recollection, ...] | None = None
    """What each person remembers, (n,); None where nobody has a memory."""


@dataclass(eq=False, kw_only=True)
class Appraisal:
    """How much people want what they noticed, and how the page makes them feel. Values at unnoticed places are
    unused."""

    want: F32
    """Logit of wanting the item if it is examined, tiredness aside. (n, k)."""
    taste: F32
    """Calibrated logit that the item is among the person's held-out choices, without the person's own
    luck; NaN where the person already knows the item, or where the mind has no calibration. (n, k)."""
    rating: F32
    """Expected rating on the person's own scale, were the item consumed. (n, k)."""
    mood: F32
    """Valence in [-1, 1] after looking at the page. (n,)."""
    source: I8
    """`AppraisedBy`. (n,)."""
    action: I8 | None = None
    """The `Action` that the mind intends, or None. (n,)."""
    action_argument: npt.NDArray[np.object_] | None = None
    reason: npt.NDArray[np.object_] | None = None
    clicks: Bools | None = None
    """The items that the mind says it would click, for `behaviour: literal`. (n, k)."""
    words: Mapping[str, npt.NDArray[np.object_]] = field(default_factory=dict)
    """What a language model said and what it took, by the names of `WORDS`: text or None. (n,) each."""


@dataclass(eq=False, kw_only=True)
class Page:
    """Everything that happened on one page of each of n people: exactly what the journal keeps, and all that the next
    state of a person is computed from. A turn read back from the journal is therefore as good as one just lived."""

    rows: I32
    session: I32
    page: I32
    items: I32
    score: F32
    propensity: F32
    noticed: Bools
    examined: Bools
    clicked: Bools
    dwell_s: F32
    rating: F32
    liked: Bools
    want: F32
    taste: F32
    action: I8
    satisfaction: F32
    fatigue: F32
    mood: F32
    left: Bools
    leave_reason: I8
    appraised_by: I8
    return_gap_s: F32
    """Seconds until the next visit, for those who left; NaN for the others. (n,)."""
    sim_time: F64
    """Simulated seconds since the start of the run, at the beginning of the page. (n,)."""
    extra: dict[str, npt.NDArray[np.object_]] = field(default_factory=dict)
    """Words by the names of `WORDS`, where there are any. (n,) each."""

    def __len__(self) -> int:
        return int(self.rows.size)

    @property
    def shown(self) -> Bools:
        """Which places held an item. (n, k)."""
        return self.items >= 0
