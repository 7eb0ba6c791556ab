"""Links: how behavioural traits go with the Big Five, age and gender. A link says what is likely, not what anybody is.

Even together the links explain less than a tenth of any trait: two people of one personality behave differently, and
whoever draws people adds the rest as chance (`explained`). A trait that a persona states is never changed by a link.

A link is a correlation, standard deviations of the trait for one of the cause. What a questionnaire says of a trait
says less of behaviour, so a correlation of two questionnaires counts by `CARRIED_OVER`. Correlations with the Big Five
are made into regression weights by the correlations of the Big Five among themselves; a cause that is not listed for a
trait is taken to be uncorrelated with it. Of what was measured, effects of the Big Five below `WORTH_A_LINK` are left
out. Effects of age and gender are over and above the Big Five; where measured, those within three standard errors of 0
are left out.

What came out as nothing and is therefore not here: choosing between sooner and later money hardly goes with the Big
Five (|r| ≤ .09 in 522 people; Eisenberg et al. 2019, computed here; no correlation with neuroticism and
conscientiousness in 1,206: Yeh, Myerson & Green 2020). In the one experiment with recommendations (`personality2018`)
the Big Five do not change how more diverse, more popular or more serendipitous lists are enjoyed: of fifteen
interactions one has p < .05, as chance has it. `benchmarks/fit_personality.py` computes all of these again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from personas.sampling import big_five
from personas.traits import BEHAVIOURAL, BIG_FIVE, LIMIT

if TYPE_CHECKING:
    from personas.schema import Persona

F64 = npt.NDArray[np.float64]
Grade = Literal["fitted", "transferred", "assumed"]

TRAITS: tuple[str, ...] = tuple(trait.name for trait in BEHAVIOURAL)
"""The order of the last axis of all arrays here."""
CAUSES = (*BIG_FIVE, "age", "female")
CARRIED_OVER = 0.5
"""What of a correlation of two questionnaires is taken to hold of behaviour. Assumed; direction: measures of
self-control of different kinds correlate .27 (.24 to .30) on average (Duckworth & Kern 2011); size chosen."""
WORTH_A_LINK = 0.05
"""Effects below it are left out: half of what the field itself calls small, .10 (Gignac & Szodorai 2016). Assumed."""
TYPICAL_AGE = 40.0
"""Age in years at which age changes nothing. Assumed."""
FEMALE_SHARE = 0.5
"""Share of women in a population of unknown make-up. Assumed."""
WOMEN, MEN = frozenset({"female", "woman", "f", "girl"}), frozenset({"male", "man", "m", "boy"})


@dataclass(frozen=True, kw_only=True)
class Link:
    """One effect on one trait."""

    trait: str
    cause: str
    """One of `CAUSES`."""
    effect: float
    """Standard deviations of the trait, for one of a Big-Five trait, a decade of age, or of women less men."""
    grade: Grade
    source: str
    measured: float | None = None
    """The correlation (or slope) as it was measured, of which `effect` is what is taken to hold of behaviour."""
    n: int | None = None
    """People among whom it was measured."""


_SPI = "SAPA Personality Inventory, 3,365 adults (Condon 2017; data: R package psychTools), computed here: "
_SRO = "522 adults (Eisenberg et al. 2019; data: Self_Regulation_Ontology), computed here: "
_ML = "905 MovieLens users (Nguyen et al. 2018), computed here: "


def _asked(trait: str, n: int, source: str, **measured: float) -> tuple[Link, ...]:
    """Links that questionnaires tell."""
    return _measured(trait, n, source, "transferred", CARRIED_OVER, measured)


def _seen(trait: str, n: int, source: str, **measured: float) -> tuple[Link, ...]:
    """Links that the log of a recommender tells."""
    return _measured(trait, n, source, "fitted", 1.0, measured)


def _measured(
    trait: str, n: int, source: str, grade: Grade, carried: float, measured: Mapping[str, float]
) -> tuple[Link, ...]:
    return tuple(
        Link(trait=trait, cause=cause, effect=round(carried * r, 3), grade=grade, source=source, measured=r, n=n)
        for cause, r in measured.items()
    )


def _assumed(trait: str, direction: str, **effects: float) -> tuple[Link, ...]:
    source = f"direction: {direction}; size chosen"
    return tuple(
        Link(trait=trait, cause=cause, effect=effect, grade="assumed", source=source)
        for cause, effect in effects.items()
    )


# fmt: off
LINKS: tuple[Link, ...] = (
    *_assumed(
        "activity",
        "introverts and the less conscientious are the more active in MovieLens (Karumur & Konstan 2016) "
        "and on the internet (Landers & Lounsbury 2006)",
        extraversion=-0.10, conscientiousness=-0.10,
    ),
    *_seen(
        "pickiness", 905,
        _ML + "mean predicted rating of the list shown, within conditions, sign turned. Same signs: their "
        "enjoyment of the list (.07, .04), and ratings of colleagues (agreeableness .25, corrected: Harari, Rudolph & "
        "Laginess 2015)",
        openness=-0.121, agreeableness=-0.087,
    ),
    *_asked(
        "conformity", 3365,
        _SPI + "scale Conformity (the item shared with openness left out of openness). "
        "Same directions: DeYoung, Peterson & Higgins 2002",
        openness=-0.416, conscientiousness=0.157, agreeableness=0.229, age=0.070,
    ),
    *_asked(
        "novelty_seeking", 510,
        _SRO + "scale Experience Seeking of Zuckerman's SSS-V",
        openness=0.483, conscientiousness=-0.184, extraversion=0.114,
    ),
    *_assumed(
        "novelty_seeking",
        "men seek more sensation, d = .41 (Cross, Copping & Campbell 2011); of experience seeking .13 (se .08) is left "
        "beyond the Big Five in the adults of Eisenberg et al. 2019",
        female=-0.06,
    ),
    *_asked(
        "diversity", 3365,
        _SPI + "item 'Prefer variety to routine'",
        openness=0.300, conscientiousness=-0.178, extraversion=0.248, neuroticism=-0.126, female=0.105,
    ),
    *_assumed(
        "patience",
        "conscientious people wait longer for more (Mahalingam et al. 2014), though not in Yeh, Myerson & Green 2020",
        conscientiousness=0.10,
    ),
    *_asked(
        "impulsivity", 3365,
        _SPI + "scale Impulsivity",
        conscientiousness=-0.396, extraversion=0.254, agreeableness=-0.125, neuroticism=0.198,
    ),
    *_assumed(
        "position_habit",
        "open people take in information broadly (Heinström 2010)",
        openness=-0.10,
    ),
    *_asked(
        "price_sensitivity", 3365,
        _SPI + "item 'Never splurge'",
        conscientiousness=0.172, extraversion=-0.174, neuroticism=-0.168, age=-0.064, female=-0.116,
    ),
    *_asked(
        "trust_in_reviews", 3365,
        _SPI + "scale Trust, in people (its items left out of agreeableness)",
        conscientiousness=0.106, extraversion=0.264, agreeableness=0.443, neuroticism=-0.218,
    ),
    *_assumed(
        "trust_in_popularity",
        "susceptibility to social proof in 350 people, neuroticism the most consistent (Oyibo & Vassileva 2019)",
        neuroticism=0.15, openness=-0.15, conscientiousness=-0.10,
    ),
    *_assumed(
        "headline_susceptibility",
        "older people prefer clickbait more (Munger, Luca, Nagler & Tucker 2020)",
        age=0.05,
    ),
    *_assumed(
        "thumbnail_susceptibility",
        "extraverted and agreeable people's own pictures show more faces (Segalin et al. 2017)",
        extraversion=0.10, agreeableness=0.10,
    ),
)
# fmt: on


def _effects(causes: tuple[str, ...]) -> F64:
    """Effects by cause and trait, 0 where there is no link. (n_causes, n_traits)."""
    out = np.zeros((len(causes), len(TRAITS)))
    for link in LINKS:
        if link.cause in causes:
            out[causes.index(link.cause), TRAITS.index(link.trait)] = link.effect
    return out


def standard_scores(scores: npt.ArrayLike, *, means: F64 | None = None, sds: F64 | None = None) -> F64:
    """Standard deviations from the mean of scores in 0-1, within ±`LIMIT`; NaN stays. (…, 5) each, by `BIG_FIVE`.

    `means` and `sds` (5,) are the population's; those of `personas.sampling.big_five` if not given.
    """
    fitted = big_five.fitted()
    mean, sd = fitted.mean if means is None else means, fitted.sd if sds is None else sds
    z: F64 = np.clip((np.asarray(scores, dtype=np.float64) - mean) / sd, -LIMIT, LIMIT)
    return z


def weights(correlations: F64 | None = None, *, known: npt.ArrayLike | None = None) -> F64:
    """Regression weights of the traits on the known Big Five, 0 for the unknown. (5, n_traits).

    `correlations` (5, 5) of the Big Five, those of `personas.sampling.big_five` if not given; `known` (5,) bools, all
    if not given. `ValueError` if it is not a correlation matrix.
    """
    matrix = big_five.fitted().correlation if correlations is None else np.asarray(correlations, dtype=np.float64)
    size = len(BIG_FIVE)
    proper = matrix.shape == (size, size) and np.allclose(matrix, matrix.T) and np.allclose(np.diag(matrix), 1)
    if not proper or np.linalg.eigvalsh(matrix)[0] <= 0:
        raise ValueError(
            f"correlations of the Big Five must be a positive definite correlation matrix ({size}, {size})"
        )
    mask = np.ones(size, dtype=np.bool_) if known is None else np.asarray(known, dtype=np.bool_)
    out = np.zeros((size, len(TRAITS)))
    if mask.any():
        out[mask] = np.linalg.solve(matrix[np.ix_(mask, mask)], _effects(BIG_FIVE)[mask])
    return out


def expected_sd(
    big_five_z: npt.ArrayLike,
    age_decades_from_mean: npt.ArrayLike | None = None,
    female: npt.ArrayLike | None = None,
    *,
    correlations: F64 | None = None,
) -> F64:
    """Expected traits of people, in standard deviations. (n, n_traits), by `TRAITS`.

    `big_five_z` (n, 5): standard scores, NaN where unknown: then the expectation given the known ones.
    `age_decades_from_mean` (n,) and `female` (n,) of 0 and 1: NaN, or None for all, where unknown; they then change
    nothing. `correlations`: see `weights`.
    """
    z = np.atleast_2d(np.asarray(big_five_z, dtype=np.float64))
    out = np.zeros((len(z), len(TRAITS)))
    patterns, which = np.unique(np.isfinite(z), axis=0, return_inverse=True)
    for nth, known in enumerate(patterns):
        rows = which.ravel() == nth
        out[rows] = np.nan_to_num(z[rows]) @ weights(correlations, known=known)
    for cause, value, centre in (("age", age_decades_from_mean, 0.0), ("female", female, FEMALE_SHARE)):
        if value is not None:
            off = np.nan_to_num(np.asarray(value, dtype=np.float64) - centre)
            out += np.atleast_1d(off)[:, None] * _effects((cause,))
    return out


def explained(
    correlations: F64 | None = None,
    *,
    known: npt.ArrayLike | None = None,
    age_sd: float = 0.0,
    female_share: float | None = None,
) -> F64:
    """Share of each trait's variance that the known Big Five explain, and age and gender where given. (n_traits,).

    `age_sd` in decades, `female_share` in 0-1: of the people who are drawn. Chance with a variance of one minus this
    brings an expected trait to unit variance, to within .01: that age and gender go with the Big Five is left out.
    """
    share: F64 = (weights(correlations, known=known) * _effects(BIG_FIVE)).sum(axis=0)
    share = share + (age_sd * _effects(("age",))[0]) ** 2
    if female_share is not None:
        share = share + female_share * (1 - female_share) * _effects(("female",))[0] ** 2
    return share


def derived(
    persona: Persona, *, correlations: F64 | None = None, means: F64 | None = None, sds: F64 | None = None
) -> dict[str, float]:
    """Expected values, in standard deviations, of the traits that a persona does not state and that a link reaches.

    What is known are the Big Five that are stated, those that a stated MBTI type stands for, age, and gender if it is
    female or male. A trait none of whose causes is known is absent. Parameters: see `weights` and `standard_scores`.
    """
    scores = {name: getattr(persona.personality, name) for name in BIG_FIVE}
    if persona.personality.mbti is not None:
        from personas import mbti

        preset = mbti.preset(persona.personality.mbti, means=means, sds=sds)
        scores = {name: preset[name] if score is None else score for name, score in scores.items()}
    z = standard_scores([np.nan if scores[name] is None else scores[name] for name in BIG_FIVE], means=means, sds=sds)
    age, female = _age(persona), _female(persona)
    values = dict(zip(CAUSES, [*z, age, female], strict=True))
    reached = {link.trait for link in LINKS if np.isfinite(values[link.cause])}
    expected = expected_sd(z[None], np.array([age]), np.array([female]), correlations=correlations)[0]
    return {
        name: float(np.clip(value, -LIMIT, LIMIT))
        for name, value in zip(TRAITS, expected, strict=True)
        if name in reached and getattr(persona.behaviour, name) is None
    }


def _age(persona: Persona) -> float:
    """Decades from `TYPICAL_AGE`; NaN if unknown."""
    return np.nan if persona.identity.age is None else (persona.identity.age - TYPICAL_AGE) / 10


def _female(persona: Persona) -> float:
    """1 for women, 0 for men, NaN for all others."""
    word = (persona.identity.gender or "").strip().casefold()
    return 1.0 if word in WOMEN else 0.0 if word in MEN else np.nan
