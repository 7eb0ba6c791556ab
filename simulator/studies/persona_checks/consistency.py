"""Whether people stay themselves: each lives twice, with the same traits and tastes and other luck.

For each behaviour ICC(1), the share of its variance that is between people (Shrout & Fleiss 1979, Psychological
Bulletin 86), from one-way analysis of variance with two lives a person::

    ICC(1) = (MSB - MSW) / (MSB + MSW),   F = MSB / MSW

and its 95 % interval from F. And identification: of how many people the second life is nearest to their own first one
among everybody's, by behaviours and categories chosen, in standard deviations, both weighing alike. The score is the
mean ICC. It grows with the number of visits: what is judged is people's steadiness *over so many*.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist
from scipy.special import fdtri

from simulator.llm.port import ChatModel
from simulator.llm.settings import LLMSettings
from simulator.randomness import Stream, key_of
from simulator.studies.persona_checks.lives import BEHAVIOURS, Lives, lived
from simulator.studies.persona_checks.setting import Setting
from simulator.studies.persona_checks.stated_wants import asked_twice

F64 = npt.NDArray[np.float64]

DRAWS = 1000
FEWEST = 3
"""People below whom nothing is said."""


def consistency(setting: Setting, *, sessions: int = 20) -> dict[str, Any]:
    """Two lives of so many visits of each person, compared; JSON-able, undefined numbers None.

    `behaviours`: by name `icc`, `interval`, `people`; `score`: mean of the defined ICCs; `identified`: `share`,
    `interval` (Wilson's), `chance`.
    """
    one, other = (
        lived(setting, setting.people, seed=key_of(f"{setting.seed}/{life} life") % 2**62, sessions=sessions)
        for life in ("first", "second")
    )
    behaviours = {name: icc(np.column_stack([getattr(one, name), getattr(other, name)])) for name in BEHAVIOURS}
    known = [found["icc"] for found in behaviours.values() if found["icc"] is not None]
    return {
        "people": len(setting.people),
        "sessions": sessions,
        "behaviours": behaviours,
        "score": float(np.mean(known)) if known else None,
        "identified": identified(one, other),
    }


def icc(values: F64) -> dict[str, Any]:
    """ICC(1) of two measurements of each person with its interval. `values` (n, 2), NaN where unknown."""
    values = values[np.isfinite(values).all(axis=1)]
    n = len(values)
    out: dict[str, Any] = {"icc": None, "interval": None, "people": n}
    if n < FEWEST:
        return out
    between = 2 * float(values.mean(axis=1).var(ddof=1))
    within = float(((values[:, 0] - values[:, 1]) ** 2).mean() / 2)
    if between + within <= 1e-18:  # nobody differs from anybody
        return out
    out["icc"] = (between - within) / (between + within)
    if within > 0:
        f = between / within
        low, high = f / float(fdtri(n - 1, n, 0.975)), f * float(fdtri(n, n - 1, 0.975))
        out["interval"] = [(low - 1) / (low + 1), (high - 1) / (high + 1)]
    return out


def identified(one: Lives, other: Lives) -> dict[str, Any]:
    """How many are known again by their second life. Those who are equally near share the hit."""
    n = len(one.clicks)
    if n < FEWEST:
        return {"share": None, "interval": None, "chance": None}
    return _hits(-cdist(*(_standardised(one, other, life) for life in (other, one))))


def _hits(likeness: F64) -> dict[str, Any]:
    """From how like each second (row) is to each first (column). (n, n)."""
    n = len(likeness)
    best = likeness >= likeness.max(axis=1, keepdims=True) - 1e-12
    share = float((best.diagonal() / best.sum(axis=1)).mean())
    return {"share": share, "interval": wilson(share, n), "chance": 1 / n}


def _standardised(one: Lives, other: Lives, life: Lives) -> F64:
    """Behaviours and profile of a life, in sd over both; what is unknown is at the mean."""
    parts = []
    for own, both in (
        (life.behaviours(), np.concatenate([one.behaviours(), other.behaviours()])),
        (life.profile, np.concatenate([one.profile, other.profile])),
    ):
        counted = np.isfinite(both)
        mean = np.where(counted, both, 0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
        spread = np.sqrt(np.where(counted, (both - mean) ** 2, 0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1))
        varies = spread > 1e-9
        z = (own - mean)[:, varies] / spread[varies]
        parts.append(np.where(np.isfinite(z), z, 0) / np.sqrt(max(int(varies.sum()), 1)))
    return np.concatenate(parts, axis=1)


def wilson(share: float, n: int) -> list[float]:
    """95 % interval of a share of n (Wilson 1927, Journal of the American Statistical Association 22)."""
    z = 1.96
    middle, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return [max(0.0, float((middle - half) / (1 + z**2 / n))), min(1.0, float((middle + half) / (1 + z**2 / n)))]


async def asked(setting: Setting, model: ChatModel, settings: LLMSettings) -> dict[str, Any]:
    """How alike the wants are that a model states for a persona twice, the items in another order behind another fence.

    `within`: mean correlation of the two askings of a persona; `between`: of askings of two personas, which what is
    wanted by everybody raises too; `difference` with its interval over personas; `identified` as of lives. Scripted
    models are no language models: `measured` is false, and only calls and failures are counted.
    """
    told = await asked_twice(setting, model, settings, other_order=True)
    out: dict[str, Any] = {"measured": False, **told.counts()}
    if settings.scripted:
        return out
    return out | repeated(*told.answered(), setting.seed)


def repeated(one: F64, other: F64, seed: int) -> dict[str, Any]:
    """Correlations within and between personas. Both (n, k); who wants all alike in an asking is left out."""
    varied = (one.std(axis=1) > 0) & (other.std(axis=1) > 0)
    n = int(varied.sum())
    if n < FEWEST:
        return {"measured": False, "answered": len(one), "varied": n}
    a, b = ((x - x.mean(axis=1, keepdims=True)) for x in (one[varied], other[varied]))
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    likeness = b @ a.T
    same = likeness.diagonal()
    luck = Stream.of(seed, "population", "draws of persons/asked again").generator(0)
    weights = np.concatenate([np.ones((1, n)), luck.multinomial(n, np.full(n, 1 / n), DRAWS)])
    pairs = n**2 - (weights**2).sum(axis=1)
    within = weights @ same / n
    total = np.einsum("dn,dn->d", weights @ likeness, weights) - (weights**2) @ same
    between = np.divide(total, pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0)
    gap = (within - between)[1:]
    low, high = np.percentile(gap[np.isfinite(gap)], (2.5, 97.5))
    return {
        "measured": True,
        "answered": len(one),
        "varied": n,
        "within": float(within[0]),
        "between": float(between[0]),
        "difference": float(within[0] - between[0]),
        "interval": [float(low), float(high)],
        "identified": _hits(likeness),
    }
