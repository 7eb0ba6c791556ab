"""Satisfaction with a page, on 1–5: what it gave, against what was expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.behaviour.constants import constant
from simulator.records import F32, Bools

_OLIVER = "form: Oliver, J. Marketing Research 1980; disappointment weighs more: Anderson & Sullivan 1993; size chosen"
_SETS = "ratings of 10,791 five-film sets on item means, within person (benchmarks/fit_laws.py)"


@dataclass(frozen=True)
class Satisfaction:
    """Expectation and disconfirmation: satisfaction = P + w (P - E) + mood - (nothing found), clipped to [1, 5].

    The performance P of a page is the mean expected rating of the noticed items plus `set_offset`, mixed with the mean
    felt level of what was consumed. Sets of films are rated by their mean: neither the best nor the worst film adds
    (coefficients -.02 ± .05 and -.01 ± .03, on films' mean ratings). Disappointment weighs more than a pleasant
    surprise (Anderson & Sullivan, Marketing Science 1993). The expectation then moves a share `adapt` towards what was
    experienced (adaptation level).
    """

    set_offset: float = constant(
        -0.11, unit="levels", grade="transferred", source=_SETS, low=-2.0, high=2.0, spread=0.05
    )
    consumed: float = constant(
        0.5,
        unit="share",
        grade="assumed",
        source="weight of what was consumed against the page as a whole; chosen",
        low=0.0,
        high=1.0,
        spread=0.2,
    )
    surprise: float = constant(0.3, unit="levels per level", grade="assumed", source=_OLIVER, low=0.0, high=3.0)
    disappointment: float = constant(0.6, unit="levels per level", grade="assumed", source=_OLIVER, low=0.0, high=3.0)
    mood: float = constant(
        0.25,
        unit="levels per unit of valence",
        grade="assumed",
        source="direction: mood as information, Schwarz & Clore 1983; size chosen",
        low=0.0,
        high=2.0,
    )
    mood_carried: float = constant(
        0.5,
        unit="share per page",
        grade="assumed",
        source="emotional inertia, Kuppens, Allen & Sheeber, Psychological Science 2010; size chosen",
        low=0.0,
        high=0.99,
        spread=0.2,
    )
    nothing_found: float = constant(
        0.25,
        unit="levels",
        grade="assumed",
        source="direction: pages without a click satisfy less, Hassan et al. 2013; size chosen",
        low=0.0,
        high=4.0,
    )
    adapt: float = constant(
        0.1,
        unit="share per page",
        grade="assumed",
        source="adaptation level, Helson 1964; size chosen",
        low=0.0,
        high=1.0,
    )
    pace: float = constant(
        0.3,
        unit="share per page",
        grade="assumed",
        source="how fast overall satisfaction follows the last page; chosen",
        low=0.0,
        high=1.0,
    )

    def ordinary(self, rating_level: F32) -> F32:
        """Level expected of an ordinary page by people whose ratings have this mean level. (n,)."""
        level: F32 = np.clip(rating_level + np.float32(self.set_offset), 1.0, 5.0).astype(np.float32)
        return level

    def performance(self, slate: F32, consumed: F32, expectation: F32) -> F32:
        """What the page gave, levels (n,). A page on which nothing was noticed confirms the expectation.

        `slate`: mean expected level of the noticed items, `consumed`: mean felt level; NaN where there were none.
        """
        page = np.where(np.isnan(slate), expectation, slate + np.float32(self.set_offset))
        share = np.where(np.isnan(consumed), np.float32(0), np.float32(self.consumed))
        return (page + share * (np.nan_to_num(consumed) - page)).astype(np.float32)

    def level(self, performance: F32, expectation: F32, mood: F32, found: Bools) -> F32:
        """Satisfaction with the page, 1–5. All (n,); `mood` in [-1, 1], `found`: something was chosen."""
        gap = performance - expectation
        weight = np.where(gap < 0, np.float32(self.disappointment), np.float32(self.surprise))
        level = performance + weight * gap + np.float32(self.mood) * mood
        level -= np.float32(self.nothing_found) * ~found
        clipped: F32 = np.clip(level, 1.0, 5.0).astype(np.float32)
        return clipped

    def next_mood(self, mood: F32, appraised: F32) -> F32:
        """Valence after the page: what is carried over, and what the page did. All in [-1, 1], (n,)."""
        carried = np.float32(self.mood_carried)
        mixed: F32 = carried * mood + (1 - carried) * appraised
        return mixed
