"""Behavioural traits of people, drawn given the Big Five, age and gender: what the links lead to expect, plus chance.

Chance is as large as makes each trait's variance 1 among people, so that its percentiles are even; given the Big Five,
traits are independent of each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from personas import links
from personas.traits import sd_to_activity
from simulator.randomness import U64, Stream, slot_keys

F64 = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

AGE_SD = 1.58
"""Standard deviation of age between people, in decades: that of the marginals that ship."""


def draw(scores: F64, age: npt.ArrayLike, gender: Texts, *, seed: int, keys: U64) -> F64:
    """Traits in standard deviations, by `links.TRAITS`, keyed by seed and person. (n, n_traits).

    `scores` (n, 5): the Big Five in 0-1.
    """
    decades = (np.asarray(age, dtype=np.float64) - links.TYPICAL_AGE) / 10
    female = np.where(gender == "female", 1.0, np.where(gender == "male", 0.0, np.nan))
    expected = links.expected_sd(links.standard_scores(scores), decades, female)
    left = np.sqrt(1 - links.explained(age_sd=AGE_SD, female_share=links.FEMALE_SHARE))
    luck = Stream.of(seed, "population", "behaviour").normal(keys, things=slot_keys(len(links.TRAITS)))
    drawn: F64 = expected + left * luck
    return drawn


def as_written(z: F64) -> dict[str, F64]:
    """Columns of a persona's `behaviour`: visits a day for activity, percentiles for the others, to three digits."""
    return {
        name: np.round(np.maximum(sd_to_activity(column), 0.001) if name == "activity" else ndtr(column), 3)
        for name, column in zip(links.TRAITS, z.T, strict=True)
    }
