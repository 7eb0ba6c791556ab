"""What a log says about people: one small estimator a trait, each shrunk where a history is short.

The definitions start from those of Agent4Rec (Zhang et al., SIGIR 2024) and SimUSER (Bougie & Watanabe, ACL 2025), and
differ where theirs grow with the mere length of a history. Standardised traits are in standard deviations over the
people of the log, within ±`LIMIT`. A trait about which the log says nothing is 0 (or the crowd's value).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from simulator.records import F32, Bools, Catalog, InteractionLog

F64 = npt.NDArray[np.float64]

LIMIT = 2.5
SESSION_GAP_S = 1800
"""Half an hour without a trace starts a new visit (Catledge & Pitkow 1995)."""
LEVELS = 5
SHRINK = 10.0
"""A history of that many interactions counts as much as the crowd."""
DEFAULT_SHARES = np.array([0.056, 0.108, 0.261, 0.349, 0.226])
"""Share of each of five levels where a log has no ratings: MovieLens-1M, whose users chose what they rated."""


def standardise(values: F64, known: Bools | None = None) -> F32:
    """Standard deviations from the mean of the people about whom something is known, within ±LIMIT; 0 for others."""
    known = np.isfinite(values) if known is None else known & np.isfinite(values)
    out = np.zeros(values.size, dtype=np.float32)
    if known.sum() > 1 and (spread := float(values[known].std())) > 0:
        out[known] = np.clip((values[known] - values[known].mean()) / spread, -LIMIT, LIMIT)
    return out


def interactions(log: InteractionLog) -> F64:
    """Number of things each person chose. (n_users,)."""
    return np.bincount(log.user, minlength=log.n_users).astype(np.float64)


def visits(log: InteractionLog) -> F64:
    """Number of visits, of people whose interactions all carry a time; NaN for the others. (n_users,)."""
    order = np.lexsort((log.time, log.user))
    user, time = log.user[order], log.time[order]
    opens = np.ones(len(log), dtype=np.bool_)
    opens[1:] = (user[1:] != user[:-1]) | (time[1:] - time[:-1] > SESSION_GAP_S)
    count = np.bincount(user[opens], minlength=log.n_users).astype(np.float64)
    return np.where(log.complete_times() & (count > 0), count, np.nan)


def engagement(count: F64, visited: F64) -> F32:
    """How much more often than others a person comes: log of the number of visits, or of interactions without times.

    Agent4Rec and SimUSER: the number of interactions. The two groups are standardised apart, since their units differ.
    """
    timed = np.isfinite(visited)
    out = standardise(np.log1p(count), ~timed)
    out[timed] = standardise(np.log1p(np.nan_to_num(visited)), timed)[timed]
    return out


def session_length(count: F64, visited: F64) -> F64:
    """Log of interactions per visit, shrunk; NaN without times. (n_users,)."""
    timed = np.isfinite(visited)
    if not timed.any():
        return visited
    crowd = count[timed].sum() / visited[timed].sum()
    lengths: F64 = np.log((count + crowd) / (visited + 1))
    return lengths


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


def popularity(log: InteractionLog) -> F32:
    """Log of one plus the number of people who chose an item, in standard deviations over the items. (n_items,)."""
    return standardise(np.log1p(np.bincount(log.item, minlength=len(log.catalog)).astype(np.float64)))


def conformity(log: InteractionLog) -> F32:
    """How closely a person's ratings follow those of the others. (n_users,).

    Minus the log of the mean squared distance to the item's mean rating, the person's own rating left out of it and
    both sides freed of the person's and the crowd's level. (SimUSER sums squares, which grows with activity, and
    calls a large distance conformity.)
    """
    rated = log.select(np.isfinite(log.rating))
    if len(rated) == 0:
        return np.zeros(log.n_users, dtype=np.float32)
    rating = rated.rating.astype(np.float64)
    mean = rating.mean()
    n_user = np.bincount(rated.user, minlength=log.n_users)
    own = (np.bincount(rated.user, rating, log.n_users) + SHRINK * mean) / (n_user + SHRINK)
    free = rating - own[rated.user]
    n_item = np.bincount(rated.item, minlength=len(log.catalog))
    total = np.bincount(rated.item, free, len(log.catalog))
    others = (total[rated.item] - free) / (n_item[rated.item] - 1 + SHRINK)
    square = (free - others) ** 2
    distance = (np.bincount(rated.user, square, log.n_users) + SHRINK * square.mean()) / (n_user + SHRINK)
    return standardise(-np.log(np.maximum(distance, 1e-9)), n_user > 0)


def category_sums(log: InteractionLog, catalog: Catalog) -> F64:
    """Sum of the category vectors of what each person chose. (n_users, n_categories)."""
    sums: F64 = np.asarray(log.matrix() @ catalog.categories.astype(np.float64))
    return sums


def novelty_seeking(log: InteractionLog, sums: F64) -> F32:
    """How unlike each other the things are that a person chose. (n_users,).

    One minus the mean cosine over all pairs of different items, shrunk to the crowd's. (Agent4Rec and SimUSER count
    distinct categories, which grows with activity.)
    """
    matrix = log.matrix()
    squares: F64 = np.asarray(matrix @ (log.catalog.categories.astype(np.float64) ** 2).sum(axis=1))
    n = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    pairs = n * (n - 1)
    alike = (sums**2).sum(axis=1) - squares
    crowd = alike.sum() / max(1.0, float(pairs.sum()))
    weight = SHRINK * (SHRINK - 1)
    unlike = 1 - (alike + weight * crowd) / (pairs + weight)
    return standardise(unlike, n > 0)


def unit_rows(vectors: npt.NDArray[Any]) -> F32:
    """Rows scaled to unit length; zero rows stay. float32."""
    norm = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    unit: F32 = np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0).astype(np.float32)
    return unit
