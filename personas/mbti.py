"""MBTI types as a short form of four of the Big Five: the expected scores of people of a type, and no more than that.

A type cuts four continuous scales in two. Each scale correlates with one of the Big Five (McCrae & Costa 1989, 267 men,
NEO-PI self-reports; the same four pairs in 900 people: Furnham, Moutafi & Crump 2003). With r the correlation, and the
letter the side of a normal scale on which a person stands, the expected standard score is E[z | side] = ±r √(2/π), that
is ±.798 r. There presets stand, nearer to the mean than the portraits of types suggest, because a letter says little.
Neuroticism has no letter and stays at the mean. The smaller correlations (such as perceiving with openness, .30) are
left out.

Types are not reliable. Half of the people got another type after five weeks (McCarley & Carskadon 1983) and 35 % after
four (Myers et al. 1998), both as cited in Pittenger 2005; the scores have one peak, not two, so that most people stand
near a cut (Pittenger 1993; McCrae & Costa 1989). Give the Big Five themselves where you can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import ceil, pi, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from personas.sampling import big_five
from personas.traits import BIG_FIVE as BIG_FIVE
from personas.traits import LIMIT
from simulator.records import UserInputError

F64 = npt.NDArray[np.float64]

CAVEAT = (
    "An MBTI type is a coarse guess at four of the Big Five and says nothing of neuroticism. About half of all people "
    "get another type when they are asked again after five weeks (McCarley & Carskadon 1983, in Pittenger 2005), and "
    "most stand near the middle of the scales that the type cuts in two (McCrae & Costa 1989). State the Big Five "
    "where you know them."
)
"""What is said wherever a type is shown."""
HALF = sqrt(2 / pi)
"""Mean of a standard normal above zero."""
UNLIKELY = 0.10
"""A stated score contradicts a letter that fewer than this share of the people with that score have. Assumed."""


@dataclass(frozen=True, kw_only=True)
class Preference:
    """One pair of letters and the Big-Five trait that goes with it."""

    low: str
    high: str
    """The letter of people who have more of the trait."""
    trait: str
    correlation: float
    """Of the continuous preference with the trait (McCrae & Costa 1989, men). Grade: transferred."""
    low_word: str
    high_word: str


PREFERENCES: tuple[Preference, ...] = (
    Preference(low="I", high="E", trait="extraversion", correlation=0.74, low_word="introvert", high_word="extravert"),
    Preference(low="S", high="N", trait="openness", correlation=0.72, low_word="sensing", high_word="intuitive"),
    Preference(low="T", high="F", trait="agreeableness", correlation=0.44, low_word="thinking", high_word="feeling"),
    Preference(
        low="P", high="J", trait="conscientiousness", correlation=0.49, low_word="perceiving", high_word="judging"
    ),
)
TYPES: tuple[str, ...] = tuple("".join(letters) for letters in product("EI", "SN", "TF", "JP"))


def expected_z(code: str) -> dict[str, float]:
    """Expected standard scores of people of a type, by trait. `UserInputError` if there is no such type."""
    z = dict.fromkeys(BIG_FIVE, 0.0)
    for preference, letter in zip(PREFERENCES, _checked(code), strict=True):
        z[preference.trait] = (1 if letter == preference.high else -1) * HALF * preference.correlation
    return z


def preset(code: str, *, means: F64 | None = None, sds: F64 | None = None) -> dict[str, float]:
    """Expected scores in 0-1 of people of a type, by trait. `UserInputError` if there is no such type.

    `means` and `sds` (5,) are the population's, by `BIG_FIVE`; those of `personas.sampling.big_five` if not given.
    """
    mean, sd = _moments(means, sds)
    return {
        name: float(np.clip(mean[nth] + sd[nth] * z, 0.0, 1.0))
        for nth, (name, z) in enumerate(expected_z(code).items())
    }


def contradictions(
    code: str, personality: Mapping[str, float | None], *, means: F64 | None = None, sds: F64 | None = None
) -> list[str]:
    """What stated scores (0-1, by trait) say clearly against a type; empty if nothing does.

    Of people at z on the trait, ndtr(r z / √(1 - r²)) stand on the letter's high side; below `UNLIKELY` it is a
    contradiction. So agreeableness and conscientiousness must be far off, extraversion and openness somewhat.
    """
    mean, sd = _moments(means, sds)
    found = []
    for preference, letter in zip(PREFERENCES, _checked(code), strict=True):
        score = personality.get(preference.trait)
        if score is None:
            continue
        nth, r = BIG_FIVE.index(preference.trait), preference.correlation
        z = float(np.clip((score - mean[nth]) / sd[nth], -LIMIT, LIMIT))
        high = letter == preference.high
        share = float(ndtr((1 if high else -1) * r * z / sqrt(1 - r**2)))
        if share < UNLIKELY:
            word = preference.high_word if high else preference.low_word
            found.append(
                f"{code} says {word} ({letter}), but {preference.trait} is {score:g}, where the mean is "
                f"{mean[nth]:.2f}: of a hundred people with that score fewer than {ceil(100 * share)} are {letter}. "
                f"Change one of the two"
            )
    return found


def _checked(code: str) -> str:
    if code not in TYPES:
        raise UserInputError(f"personality.mbti: {code[:20]!r} is not one of the sixteen types. Write one such as INFP")
    return code


def _moments(means: F64 | None, sds: F64 | None) -> tuple[F64, F64]:
    fitted = big_five.fitted()
    return fitted.mean if means is None else means, fitted.sd if sds is None else sds
