"""Whom a person follows: what everybody knows of the items, and how closely a person's ratings follow it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from personas.estimation.scales import F64, SHRINK, standardise
from personas.estimation.shrinkage import Shrunk, shrink
from simulator.records import F32, InteractionLog

_FEWEST = 6
"""Ratings from which a correlation is looked at: its squared error is 1 / (n - 3)."""
_STEEPEST = 0.95
"""Correlations are taken to be within ±this, so that a short run of luck is not certainty."""


def popularity(log: InteractionLog) -> F32:
    """Log of one plus the number of people who chose an item, in standard deviations over the items. (n_items,)."""
    return standardise(np.log1p(np.bincount(log.item, minlength=len(log.catalog)).astype(np.float64)))


def conformity_by_ratings(log: InteractionLog) -> Shrunk:
    """How well a person's ratings go with those of the others, shrunk.

    The correlation within a person of their ratings with what the others say of the items, on Fisher's scale, whose
    squared error is 1 / (n - 3) (Fisher, Metron 1921). SimUSER sums squared distances to the mean, which
    grows with activity; and even a mean distance grows with how much of the scale a person uses: over MovieLens-1M,
    minus its log correlates by -.88 with the spread of a person's ratings, and this by .13.
    """
    if not np.isfinite(log.rating).any():
        nothing = np.full(log.n_users, np.nan)
        return shrink(nothing, nothing)
    user, own, others = _sides(log)
    n = np.bincount(user, minlength=log.n_users)

    def mean(values: F64) -> F64:
        average: F64 = np.bincount(user, values, log.n_users) / np.maximum(n, 1)
        return average

    own, others = own - mean(own)[user], others - mean(others)[user]
    scale = mean(own**2) * mean(others**2)
    told = (n >= _FEWEST) & (scale > 1e-12)
    together = mean(own * others) / np.sqrt(np.where(told, scale, 1.0))
    fisher = np.arctanh(np.clip(together, -_STEEPEST, _STEEPEST))
    return shrink(np.where(told, fisher, np.nan), np.where(told, 1 / np.maximum(n - 3, 1), np.inf))


def _sides(log: InteractionLog) -> tuple[npt.NDArray[np.int32], F64, F64]:
    """Of each rating: the person, the rating freed of the person's level, and the mean of the others', likewise."""
    rated = log.select(np.isfinite(log.rating))
    rating = rated.rating.astype(np.float64)
    mean = rating.mean()
    n_user = np.bincount(rated.user, minlength=log.n_users)
    level = (np.bincount(rated.user, rating, log.n_users) + SHRINK * mean) / (n_user + SHRINK)
    free = rating - level[rated.user]
    n_item = np.bincount(rated.item, minlength=len(log.catalog))
    total = np.bincount(rated.item, free, len(log.catalog))
    others = (total[rated.item] - free) / (n_item[rated.item] - 1 + SHRINK)
    return rated.user, free, others
