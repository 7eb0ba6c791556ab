"""Whether these people are as unlike each other as real ones are.

People made up of descriptions tend to be too alike (Zollo et al., PersonalLLM, 2024, of language models told to be
somebody). Four measures are set against the people of the data, each as the ratio *collection / real*:

- the standard deviation of each trait, and the geometric mean of these ratios;
- the mean distance (1 - cosine) of two people's category profiles;
- the mean distance |Δ chance| of what two people want of one fixed page, the same popular items for everybody. Without
  the lasting taste for single items, which is drawn by lot for everybody alike and would hide how alike people are.
  Beside it the distance (1 - correlation) of patterns of wants, which heeds neither level nor strength;
- the effective number of distinct people: the Vendi score, exp of the entropy of the eigenvalues of K / n with K the
  cosine kernel (Friedman & Dieng 2023), over traits and profile in sd of the real people, both weighing alike. It grows
  with n, so the real people are drawn as many as the collection has.

Intervals (95 %) of ratios are exp(ln ratio ± 1.96 se), se from 1,000 keyed draws of persons with replacement, of both
sides; pairs of a person with themselves are left out. A person drawn twice would make the effective number too small:
its se is that of halves of the collection drawn without replacement (the delete-half jackknife: a mean of such a half
varies about that of the whole as much as the whole's varies) and of samples of the real people. Of many measures at
95 % one in twenty lies outside by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from personas.traits import BEHAVIOURAL, activity_to_sd
from simulator.llm.port import ChatModel
from simulator.llm.settings import LLMSettings
from simulator.minds.residual import Residual
from simulator.minds.stack import NAMED
from simulator.minds.stated import Statements, stated
from simulator.minds.statistical import StatisticalMind
from simulator.population import Population
from simulator.population.drawing import HABIT_SPREAD
from simulator.population.people import PLAIN
from simulator.randomness import Stream
from simulator.studies.persona_checks.setting import Setting
from simulator.studies.persona_checks.stated_wants import asked_twice, popular_page, some

F64 = npt.NDArray[np.float64]

DRAWS = 1000
PAGE = 50
"""Items of the page that wants are compared on."""
LARGEST = 600
"""People of whom all pairs are compared; more are drawn by lot to so many."""
SAMPLES = 200
"""Keyed samples for the effective number."""
FEWEST_HALVED = 8
"""People below whom halves are too few for it."""
FEWEST = 3
"""People below whom nothing is said of how unlike they are."""
_NOTHING = 1e-9
"""A spread below it is none, up to rounding."""


@dataclass(frozen=True, eq=False)
class Features:
    """People in numbers: traits in sd (n, 13), profile and chances of wanting the page (n, …)."""

    traits: F64
    profile: F64
    want: F64


def heterogeneity(setting: Setting) -> dict[str, Any]:
    """The spread of the collection against that of the people of the data, JSON-able, undefined numbers None.

    `traits`: by name; `all_traits`, `profiles`, `wants`, `want_patterns`, `distinct`: one measure each, with
    `collection`, `real`, `ratio`, `interval` and `words` (`too alike`, `as unlike as`, `more unlike than`: whether the
    interval lies below, holds or lies above 1). `people`, `real_people`: how many were compared.
    """
    ours = features(setting, some(setting.people, LARGEST, setting.seed, "compared"))
    real = features(setting, some(setting.real, LARGEST, setting.seed, "compared"))
    return compared(ours, real, setting.seed)


def compared(ours: Features, real: Features, seed: int) -> dict[str, Any]:
    """As `heterogeneity`, of given people."""
    weights = (_weights(len(ours.traits), seed, "collection"), _weights(len(real.traits), seed, "real"))
    spreads = [_spreads(one.traits, draws) for one, draws in zip((ours, real), weights, strict=True)]
    names = [trait.name for trait in BEHAVIOURAL]
    traits = {name: _measure(*(side[:, nth] for side in spreads), n=len(ours.traits)) for nth, name in enumerate(names)}
    with np.errstate(divide="ignore"):
        together = [np.exp(np.log(side).mean(axis=1)) for side in spreads]
    measures = {
        "all_traits": _measure(*together, n=len(ours.traits)),
        "profiles": _pairs(ours.profile, real.profile, weights, cosine_distances),
        "wants": _pairs(ours.want, real.want, weights, mean_distances),
        "want_patterns": _pairs(_patterns(ours.want), _patterns(real.want), weights, cosine_distances),
        "distinct": _distinct(ours, real, seed),
    }
    found = traits | measures
    return {
        "people": len(ours.traits),
        "real_people": len(real.traits),
        "traits": traits,
        **measures,
        "too_alike": [name for name, one in found.items() if one["words"] == "too alike"],
        "more_unlike": [name for name, one in found.items() if one["words"] == "more unlike than"],
        "measures": len(found),
    }


def features(setting: Setting, people: Population) -> Features:
    """These people in numbers."""
    block = setting.stack.block(people)
    mind = StatisticalMind(NAMED, block, block.of(NAMED), Residual(setting.seed, sigma=0.0))
    page = np.tile(popular_page(setting.split, PAGE), (len(people), 1))
    said = stated(mind, Statements.of(people, setting.split.catalog), setting.seed)
    rows = np.arange(len(people), dtype=np.int32)
    want = said.judge(rows, page, page >= 0).want
    return Features(traits_in_sd(people), people.profile.astype(np.float64), expit(want.astype(np.float64)))


def traits_in_sd(people: Population) -> F64:
    """The behavioural traits in sd, in the order of `BEHAVIOURAL`. (n, 13)."""
    columns: dict[str, npt.NDArray[Any]] = {name: getattr(people, name) for name in PLAIN}
    columns["activity"] = activity_to_sd(people.activity.astype(np.float64))
    for name, factor in (("diversity", people.boredom_proneness), ("position_habit", people.position_habit)):
        columns[name] = (np.log(factor.astype(np.float64)) + HABIT_SPREAD**2 / 2) / HABIT_SPREAD
    return np.column_stack([columns[trait.name].astype(np.float64) for trait in BEHAVIOURAL])


def cosine_distances(vectors: F64) -> F64:
    """1 - cosine of every two unit vectors. (n, n)."""
    return np.clip(1 - vectors @ vectors.T, 0, None)


def mean_distances(values: F64) -> F64:
    """Mean |difference| of every two rows. (n, n)."""
    return np.stack([np.abs(values - row).mean(axis=1) for row in values]) if len(values) else np.zeros((0, 0))


def vendi(vectors: F64) -> float:
    """Effective number of distinct rows: exp of the entropy of the eigenvalues of K / n, K their cosines."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(length, 1e-12)
    share = np.linalg.svd(unit / np.sqrt(len(unit)), compute_uv=False) ** 2
    share = share[share > 1e-12] / share.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def over_pairs(distances: F64, weights: F64) -> F64:
    """Mean over pairs of different persons, each as often as drawn. `weights` (draws, n); (draws,)."""
    n = weights.sum(axis=1)
    pairs = n**2 - (weights**2).sum(axis=1)
    total = np.einsum("dn,dn->d", weights @ distances, weights)
    mean: F64 = np.divide(total, pairs, out=np.full(n.shape, np.nan), where=pairs > 0)
    return mean


def words_of(interval: tuple[float, float] | None) -> str | None:
    """What an interval of a ratio says."""
    if interval is None:
        return None
    return "too alike" if interval[1] < 1 else "more unlike than" if interval[0] > 1 else "as unlike as"


def _weights(n: int, seed: int, purpose: str) -> F64:
    """How often each person is in each draw, everybody once in the first. (DRAWS + 1, n)."""
    luck = Stream.of(seed, "population", f"draws of persons/{purpose}").generator(0)
    drawn = luck.multinomial(n, np.full(n, 1 / n), DRAWS) if n else np.zeros((DRAWS, 0))
    return np.concatenate([np.ones((1, n)), drawn])


def _spreads(values: F64, weights: F64) -> F64:
    """Standard deviation of each column in each draw. (draws, columns)."""
    centred = values - values.mean(axis=0)
    n = len(values)
    mean, square = weights @ centred / n, weights @ centred**2 / n
    spread: F64 = np.sqrt(np.maximum(square - mean**2, 0) * n / max(n - 1, 1))
    spread[spread < _NOTHING] = 0.0
    return spread


def _measure(ours: F64, real: F64, *, n: int) -> dict[str, Any]:
    """One measure from its value (first) and those of the draws."""
    if n < FEWEST or not (np.isfinite(ours[0]) and np.isfinite(real[0]) and real[0] > _NOTHING):
        return _said(ours[0], real[0], None, None)
    ratio = float(ours[0] / real[0])
    if ratio <= _NOTHING:
        return _said(ours[0], real[0], 0.0, (0.0, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.log(ours[1:] / real[1:])
    drawn = drawn[np.isfinite(drawn)]
    half = 1.96 * float(drawn.std(ddof=1))
    return _said(ours[0], real[0], ratio, (ratio * float(np.exp(-half)), ratio * float(np.exp(half))))


def _said(ours: float, real: float, ratio: float | None, interval: tuple[float, float] | None) -> dict[str, Any]:
    return {
        "collection": _plain(ours),
        "real": _plain(real),
        "ratio": ratio,
        "interval": None if interval is None else list(interval),
        "words": words_of(interval),
    }


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _pairs(ours: F64, real: F64, weights: tuple[F64, F64], distances: Callable[[F64], F64]) -> dict[str, Any]:
    """A measure of pairs; people of whom nothing is known (a row of zeros) are in none."""
    known = [np.abs(values).sum(axis=1) > 0 for values in (ours, real)]
    sides = [
        over_pairs(distances(values[kept]), draws[:, kept])
        for values, draws, kept in zip((ours, real), weights, known, strict=True)
    ]
    return _measure(*sides, n=int(known[0].sum()))


def _distinct(ours: Features, real: Features, seed: int) -> dict[str, Any]:
    size = min(len(ours.traits), len(real.traits))
    if size < FEWEST:
        return _said(np.nan, np.nan, None, None)
    mine, theirs = (_standardised(one, real) for one in (ours, real))
    luck = Stream.of(seed, "population", "samples of the real").generator(0)
    own = vendi(mine[luck.permutation(len(mine))[:size]])
    drawn = np.array([vendi(theirs[luck.permutation(len(theirs))[:size]]) for _ in range(SAMPLES)])
    middle = float(np.median(drawn))
    ratio = own / middle
    if size < FEWEST_HALVED:
        return _said(own, middle, ratio, None)
    halves = np.array([vendi(mine[luck.permutation(len(mine))[: size // 2]]) for _ in range(SAMPLES)])
    half = 1.96 * float(np.sqrt(np.log(halves).var(ddof=1) + np.log(drawn).var(ddof=1)))
    return _said(own, middle, ratio, (ratio * float(np.exp(-half)), ratio * float(np.exp(half))))


def _patterns(want: F64) -> F64:
    """Logits of wanting, each row centred and of unit length; 0 where a person wants all alike."""
    centred = logit(np.clip(want, 1e-9, 1 - 1e-9))
    centred = centred - centred.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: F64 = np.divide(centred, length, out=np.zeros_like(centred), where=length > _NOTHING)
    return unit


def _standardised(people: Features, real: Features) -> F64:
    parts = []
    for own, theirs in ((people.traits, real.traits), (people.profile, real.profile)):
        spread = theirs.std(axis=0)
        varies = spread > _NOTHING
        parts.append((own - theirs.mean(axis=0))[:, varies] / spread[varies] / np.sqrt(max(int(varies.sum()), 1)))
    return np.concatenate(parts, axis=1)


async def asked(setting: Setting, model: ChatModel, settings: LLMSettings) -> dict[str, Any]:
    """How far apart the wants (0-10) are that a model states for personas of one page, against asking one twice.

    `between`: mean |Δ| of two personas; `within`: of one persona asked twice in the same words, the model's own chance;
    `ratio` of both with its interval over personas, and whether personas are `told apart`. Scripted models are no
    language models: `measured` is false, and only calls and failures are counted.
    """
    told = await asked_twice(setting, model, settings, other_order=False)
    out: dict[str, Any] = {"measured": False, **told.counts()}
    if settings.scripted:
        return out
    one, other = told.answered()
    return out | apart(one, other, setting.seed)


def apart(one: F64, other: F64, seed: int) -> dict[str, Any]:
    """Distances between personas against those within. Both (n, k)."""
    n = len(one)
    if n < FEWEST:
        return {"measured": False, "answered": n}
    weights = _weights(n, seed, "asked")
    between = over_pairs((mean_distances(one) + mean_distances(other)) / 2, weights)
    within = weights @ np.abs(one - other).mean(axis=1) / n
    found = {"measured": True, "answered": n, "between": float(between[0]), "within": float(within[0])}
    gap = between[1:] - within[1:]
    low, high = np.percentile(gap[np.isfinite(gap)], (2.5, 97.5))
    ratio = float(between[0] / within[0]) if within[0] > 0 else None
    words = "told apart" if low > 0 else "not told apart"
    return found | {"ratio": ratio, "excess": float(between[0] - within[0]), "interval": [float(low), float(high)],
                    "words": words}  # fmt: skip
