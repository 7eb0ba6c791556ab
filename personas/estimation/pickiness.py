"""Pickiness: how little pleases a person, freed of which items they rated.

SimUSER (Bougie & Watanabe, ACL 2025) cuts a person's mean rating at 4.5 and 3.5, which mixes how one judges with what
one chose to rate: people who see nothing but good things would count as easily pleased. Here rating = mean + person +
item + rest, two crossed random effects, and pickiness is minus the person's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk, shrink
from simulator.records import InteractionLog

_ROUNDS = 6


@dataclass(frozen=True, eq=False)
class Effects:
    """Two-way effects of the ratings of a log, on its scale."""

    mean: float
    person: Shrunk
    """(n_users,)."""
    item: Shrunk
    """(n_items,)."""
    noise: float
    """Variance of what neither explains."""


def effects(log: InteractionLog) -> Effects | None:
    """Person and item effects by turns (backfitting), each shrunk by its own variance; None without ratings."""
    rated = log.select(np.isfinite(log.rating))
    if len(rated) == 0:
        return None
    rating = rated.rating.astype(np.float64)
    mean = float(rating.mean())
    of_person, of_item, noise = np.zeros(log.n_users), np.zeros(len(log.catalog)), max(float(rating.var()), 1e-6)
    for _ in range(_ROUNDS):
        item = _effect(rating - mean - of_person[rated.user], rated.item, of_item.size, noise)
        of_item = item.posterior
        person = _effect(rating - mean - of_item[rated.item], rated.user, of_person.size, noise)
        of_person = person.posterior
        rest = rating - mean - of_person[rated.user] - of_item[rated.item]
        # The effects have eaten as many observations as their confidences add up to.
        freedom = max(1.0, len(rated) - float(person.confidence.sum() + item.confidence.sum()))
        noise = max(float((rest**2).sum()) / freedom, 1e-6)
    return Effects(mean, person, item, noise)


def pickiness_by_ratings(found: Effects) -> Shrunk:
    """Minus the person's own effect on ratings."""
    person = found.person
    return Shrunk(-person.mean, person.variance, -person.posterior, person.confidence)


def _effect(rest: F64, group: np.typing.NDArray[np.integer], size: int, noise: float) -> Shrunk:
    n = np.bincount(group, minlength=size)
    told = n > 0
    average = np.where(told, np.bincount(group, rest, size) / np.maximum(n, 1), np.nan)
    return shrink(average, np.where(told, noise / np.maximum(n, 1), np.inf))
