"""From what a model states on scales of its own to logits, and to ratings on a person's own scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from personas.estimation import LIMIT
from simulator.population import Population
from simulator.records import F32, I32

STATED_MEAN, STATED_SPREAD = 4.09, 0.49
"""Mean and standard deviation of the ratings that models state of anything. Transferred: the 6,512 ratings that
Agent4Rec (gpt-3.5-turbo on MovieLens-1M) published: 509 threes, 4,900 fours, 1,103 fives."""
FOLLOWED = 0.5
"""Share by which a model's ratings follow the scale that the person is told to have: 1 would mean that they are the
person's own ratings already, 0 that all people rate like the model. Assumed."""
RELIABILITY = 0.56
"""Correlation of expected and felt ratings within a person, so that expectation and luck together have the person's own
spread (`behaviour.rating`). Assumed to be that of a factor model on MovieLens-1M: a language model's is not known."""
MIDDLE_WANT = 5.0
"""What the prompt calls "like what you usually see"."""
_WANTS = 11
LEAST_SPREAD = 0.25
"""In levels. What spreads less is taken to spread this much, or crumbs of a level would decide. Assumed."""


@dataclass(frozen=True, slots=True)
class StatedScale:
    """How a model uses 1-5 when it speaks for people: centre and spread of what it states for somebody who rates with
    mean m and spread s are `mean + followed (m - own_mean)` and `spread + followed (s - own_spread)`. In levels."""

    mean: float
    spread: float
    own_mean: float
    """Of the people it was learnt from, and …"""
    own_spread: float
    """… as they rate themselves."""
    followed: float

    @classmethod
    def of(cls, stated: npt.NDArray[np.float64], own_mean: F32, own_spread: F32) -> StatedScale:
        """Learnt from ratings stated of what people really chose, for those are what they rate: then what is stated as
        usual of a choice is a rating as usual. All (m,), one entry a choice, m ≥ 2, in levels."""
        apart = own_mean.astype(np.float64) - own_mean.mean()
        varied = float((apart**2).sum())
        followed = float(np.clip((apart * (stated - stated.mean())).sum() / varied, 0, 1)) if varied > 0 else 0.0
        spread = float((stated - stated.mean() - followed * apart).std())
        return cls(
            float(stated.mean()), max(LEAST_SPREAD, spread), float(own_mean.mean()), float(own_spread.mean()), followed
        )

    def centre(self, own_mean: F32) -> F32:
        """Elementwise."""
        return np.float32(self.mean) + np.float32(self.followed) * (own_mean - np.float32(self.own_mean))

    def width(self, own_spread: F32) -> F32:
        """Elementwise; never less than half of `spread`."""
        moved = np.float32(self.spread) + np.float32(self.followed) * (own_spread - np.float32(self.own_spread))
        width: F32 = np.maximum(moved, np.float32(self.spread / 2))
        return width


TRANSFERRED = StatedScale(STATED_MEAN, STATED_SPREAD, STATED_MEAN, STATED_SPREAD, FOLLOWED)
"""Of a model that nobody calibrated: half-way between Agent4Rec's and the person's own scale."""


def uncalibrated(want: F32, usual: F32) -> F32:
    """Logits of stated wants without calibration: logit((want + 1/2) / 11), shifted by each person's usual logit.

    So 5, which the prompt calls "like what you usually see", is the person's usual chance of wanting an item, and each
    step moves the odds by the same factor for everybody. How far is assumed: that is what calibration is for. `want`
    0-10 (n, k), `usual` chances (n,); (n, k).
    """
    logits: F32 = (logit((want + 0.5) / _WANTS) + logit(usual)[:, None]).astype(np.float32)
    return logits


def moved(want: F32, bound: float) -> F32:
    """Logits by which a stated want moves a statistical one: (want - 5) / 5 x bound, never more than `bound`."""
    step = (want - np.float32(MIDDLE_WANT)) / np.float32(MIDDLE_WANT) * np.float32(bound)
    clipped: F32 = np.clip(step, np.float32(-bound), np.float32(bound))
    return clipped


def on_own_scale(stated: F32, people: Population, rows: I32, scale: StatedScale = TRANSFERRED) -> F32:
    """Expected ratings on the log's scale from ratings stated on 1-5, which gather about 4 whoever is asked.

        z = (stated - centre) / spread,  rating = mean + reliability x own spread x z

    with centre and spread of what the model states for such a person (`scale`). What the person then feels passes
    through their own thresholds, so a model that says 4 of everything, as most do, leaves people nearly their own
    histogram (uncalibrated on MovieLens-1M within a total variation of .09 a person; .28 if it says 3, .33 if 5, which
    are far from what models usually state). `stated` (n, k), `rows` (n,) of `people`; (n, k).
    """
    unit = np.float32(people.rating_unit)
    mean, own = people.rating_mean[rows], people.rating_spread[rows]
    centre, width = scale.centre(mean / unit), scale.width(own / unit)
    z = np.clip((stated - centre[:, None]) / width[:, None], -LIMIT, LIMIT)
    expected: F32 = (mean[:, None] + RELIABILITY * own[:, None] * z).astype(np.float32)
    return expected
