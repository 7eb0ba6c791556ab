"""From what a model states on scales of its own to logits, and to ratings on a person's own scale."""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from simulator.population import Population
from simulator.records import F32, I32
from simulator.traits import LIMIT

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


def on_own_scale(stated: F32, people: Population, rows: I32) -> F32:
    """Expected ratings on the log's scale from ratings stated on 1-5, which gather about 4 whoever is asked.

        z = (stated - centre) / spread,  rating = mean + reliability x own spread x z

    with centre and spread between the model's usual ones and the person's own (`FOLLOWED`). What the person then feels
    passes through their own thresholds, so a model that says 4 of everything, as most do, leaves people nearly their
    own histogram (on MovieLens-1M within a total variation of .09 a person; .28 if it says 3, .33 if 5, which are far
    from what models usually state). `stated` (n, k), `rows` (n,) of `people`; (n, k).
    """
    unit = np.float32(people.rating_unit)
    mean, own = people.rating_mean[rows], people.rating_spread[rows]
    centre = STATED_MEAN + FOLLOWED * (mean / unit - STATED_MEAN)
    spread = STATED_SPREAD + FOLLOWED * (own / unit - STATED_SPREAD)
    z = np.clip((stated - centre[:, None]) / spread[:, None], -LIMIT, LIMIT)
    expected: F32 = (mean[:, None] + RELIABILITY * own[:, None] * z).astype(np.float32)
    return expected
