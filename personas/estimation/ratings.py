"""How a person uses the rating scale: five levels, their shares, mean and spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from personas.estimation.scales import F64, SHRINK
from personas.estimation.shrinkage import shrink
from simulator.records import F32, InteractionLog

LEVELS = 5
DEFAULT_SHARES = np.array([0.056, 0.108, 0.261, 0.349, 0.226])
"""Share of each of five levels where a log has no ratings: MovieLens-1M, whose users chose what they rated."""


def rating_unit(log: InteractionLog) -> float:
    """Step of the five levels on the log's rating scale: 1 up to a scale of 5 (half stars round up), 2 on one of 10."""
    top = float(np.nanmax(log.rating)) if np.isfinite(log.rating).any() else float(LEVELS)
    return max(1.0, top / LEVELS)


def levels(rating: F32, unit: float) -> npt.NDArray[np.int8]:
    """The level, 1 … 5, of each rating (all known)."""
    level: npt.NDArray[np.int8] = np.clip(np.ceil(rating / unit - 1e-6), 1, LEVELS).astype(np.int8)
    return level


def level_shares(log: InteractionLog, unit: float) -> F64:
    """Each person's share of ratings at each level, shrunk to the crowd's. (n_users, 5)."""
    rated = log.select(np.isfinite(log.rating))
    if len(rated) == 0:
        return np.tile(DEFAULT_SHARES, (log.n_users, 1))
    cell = rated.user.astype(np.int64) * LEVELS + levels(rated.rating, unit) - 1
    count = np.bincount(cell, minlength=log.n_users * LEVELS).reshape(log.n_users, LEVELS).astype(np.float64)
    crowd = (count.sum(axis=0) + 1) / (count.sum() + LEVELS)
    shares: F64 = (count + SHRINK * crowd) / (count.sum(axis=1, keepdims=True) + SHRINK)
    return shares


def mean_and_spread(log: InteractionLog, unit: float) -> tuple[F32, F32]:
    """Mean and standard deviation of each person's ratings on the log's scale, shrunk to the crowd's. (n_users,)."""
    rated = log.select(np.isfinite(log.rating))
    if len(rated) == 0:
        values = np.arange(1, LEVELS + 1) * unit
        mean = float(DEFAULT_SHARES @ values)
        sd = float(np.sqrt(DEFAULT_SHARES @ (values - mean) ** 2))
        return np.full(log.n_users, mean, dtype=np.float32), np.full(log.n_users, sd, dtype=np.float32)
    rating = rated.rating.astype(np.float64)
    crowd_mean, crowd_var = rating.mean(), max(float(rating.var()), (0.25 * unit) ** 2)
    n = np.bincount(rated.user, minlength=log.n_users)
    mean = (np.bincount(rated.user, rating, log.n_users) + SHRINK * crowd_mean) / (n + SHRINK)
    square = np.bincount(rated.user, (rating - mean[rated.user]) ** 2, log.n_users)
    spread = np.sqrt((square + SHRINK * crowd_var) / (n + SHRINK))
    return mean.astype(np.float32), spread.astype(np.float32)


def thresholds(shares: F64) -> F32:
    """Cuts on a standard normal latent that give the levels their shares: probits of the cumulated shares. (n, 4)."""
    cuts: F32 = ndtri(np.clip(np.cumsum(shares, axis=1)[:, :-1], 1e-6, 1 - 1e-6)).astype(np.float32)
    return cuts


@dataclass(frozen=True, eq=False, kw_only=True)
class RatingStyle:
    """How each person uses the scale. All (n_users,) unless said otherwise."""

    mean: F32
    """On the log's scale, as `mean_and_spread` has it."""
    spread: F32
    shares: F64
    """Of each level. (n_users, 5)."""
    unit: float
    """Step of the five levels on the log's scale."""
    n: F64
    """Number of ratings."""
    mean_confidence: F64
    spread_confidence: F64


def rating_style(log: InteractionLog) -> RatingStyle:
    """Mean, spread and shares with what is known of them.

    A mean of n ratings has the squared error variance / n, the log of their spread one of 1 / 2 (n - 1).
    """
    unit = rating_unit(log)
    mean, spread = mean_and_spread(log, unit)
    rated = log.select(np.isfinite(log.rating))
    n = np.bincount(rated.user, minlength=log.n_users).astype(np.float64)
    rating, some = rated.rating.astype(np.float64), np.maximum(n, 1)
    own = np.bincount(rated.user, rating, log.n_users) / some
    square = np.bincount(rated.user, (rating - own[rated.user]) ** 2, log.n_users)
    told = n > 1
    within = float(square[told].sum() / max(1.0, float((n[told] - 1).sum())))
    log_spread = np.log(np.maximum(square / np.maximum(n - 1, 1), (0.25 * unit) ** 2)) / 2
    by_mean = shrink(np.where(n > 0, own, np.nan), within / some)
    by_spread = shrink(np.where(told, log_spread, np.nan), 1 / (2 * np.maximum(n - 1, 1)))
    return RatingStyle(
        mean=mean,
        spread=spread,
        shares=level_shares(log, unit),
        unit=unit,
        n=n,
        mean_confidence=by_mean.confidence,
        spread_confidence=by_spread.confidence,
    )
