"""What the other minds say: the same difference under each member of the ensemble, on the same fixed people.

People simulated from one family of models crown that family's recommenders. So a comparison is repeated under minds
that lack one family each and under refits; agreement of their signs, and of their orders of all arms, tells whether the
answer is about the recommenders or about the mind.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from simulator.evaluation.crowd import Crowd
from simulator.evaluation.statistics import Estimate, with_spread


@dataclass(frozen=True, slots=True)
class MindDifference:
    """The difference under one mind, on the ensemble's people."""

    mind: str
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the minds agree on one comparison."""

    minds: tuple[MindDifference, ...]
    """The named mind first. Empty where fewer than two minds define the difference."""
    sign_agreement: float
    """Share of the minds, the named one included, whose difference has the sign of the named mind's on all people."""
    total: Estimate
    """The named mind's difference on all people, its error including the variance between minds."""
    with_family: float
    """Difference under the named mind on the ensemble's people, and …"""
    without_family: float
    """… under the mind without the family that the treatment belongs to: a bracket, not a truth. NaN where unknown."""


def agreement(crowd: Crowd, control: str, treatment: str, metric: str, named: Estimate) -> Agreement:
    """The comparison under every mind. `named` is the named mind's difference on all people."""
    found = [
        MindDifference(m, crowd.difference(control, treatment, metric, m, ensemble=True)) for m in crowd.data.minds
    ]
    minds = tuple(one for one in found if one.difference.defined)
    if len(minds) < 2:
        return Agreement((), math.nan, named, math.nan, math.nan)
    values = np.array([one.difference.value for one in minds])
    by_name = {one.mind: one.difference.value for one in minds}
    family = crowd.data.families.get(treatment)
    return Agreement(
        minds=minds,
        sign_agreement=float(np.mean(np.sign(values) == np.sign(named.value))),
        total=with_spread(named, values),
        with_family=by_name.get(crowd.data.mind, math.nan) if f"without_{family}" in by_name else math.nan,
        without_family=by_name.get(f"without_{family}", math.nan),
    )


def rank_tau(crowd: Crowd, metric: str) -> float:
    """Kendall's tau between the named mind's order of all arms and each other mind's, averaged over those minds.

    On the ensemble's people. NaN with one mind, or with fewer than two arms that the named mind tells apart.
    """
    order = {m: [crowd.mean(arm, metric, m, ensemble=True).value for arm in crowd.data.arms] for m in crowd.data.minds}
    taus = [kendall_tau(order[crowd.data.mind], order[mind]) for mind in crowd.data.minds[1:]]
    known = [tau for tau in taus if math.isfinite(tau)]
    return math.fsum(known) / len(known) if known else math.nan


def kendall_tau(reference: Sequence[float], other: Sequence[float]) -> float:
    """Share of concordant minus share of discordant pairs, of those that `reference` tells apart (Kendall 1938)."""
    signs = [
        np.sign(reference[i] - reference[j]) * np.sign(other[i] - other[j])
        for i, j in combinations(range(len(reference)), 2)
        if reference[i] != reference[j] and all(map(math.isfinite, (reference[i], reference[j], other[i], other[j])))
    ]
    return float(np.mean(signs)) if signs else math.nan
