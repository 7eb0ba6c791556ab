"""Diversity: how many different kinds of things a person would have in a fixed number of choices.

Agent4Rec (Zhang et al., SIGIR 2024) counts the distinct genres of a whole history, which grows with its length.
Rarefaction asks for the expected number in `DRAWS` choices drawn from the history without putting back (Hurlbert,
Ecology 1971; of units that have several kinds each: Gotelli & Colwell, Ecology Letters 2001), which does not.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from personas.estimation.categories import ShortRows, category_counts
from personas.estimation.scales import F64, SHRINK
from personas.estimation.shrinkage import Shrunk, shrink
from simulator.records import InteractionLog

DRAWS = 5
"""Few, so that short histories have an answer; over MovieLens-1M halves of histories agree better than with ten."""


def rarefied(counts: F64, n: F64, draws: int = DRAWS) -> F64:
    """Expected number of distinct categories in so many of a person's choices; NaN for people with fewer. (n_users,).

    `counts` of a person's `n` choices are of each category; (n_users, n_categories) and (n_users,).
    """
    seen = (1 - _none(counts, n, draws)).sum(axis=1)
    return np.where(n >= draws, seen, np.nan)


def diversity_by_choices(log: InteractionLog, draws: int = DRAWS) -> Shrunk:
    """The rarefied number of categories, shrunk by its jackknife error: what leaving out each choice would change."""
    counts = category_counts(log)
    matrix = log.matrix().tocoo()
    n = np.asarray(log.matrix().sum(axis=1), dtype=np.float64).ravel()
    told = n > draws
    # Without one choice: a category that the choice has loses one, the others keep their count.
    kept, lost = _none(counts, n - 1, draws), _none(np.maximum(counts - 1, 0), n - 1, draws)
    change = ShortRows.of(log.catalog).dot_binary(lost - kept, matrix.row, matrix.col)
    mean = np.bincount(matrix.row, change, log.n_users) / np.maximum(n, 1)
    square = np.bincount(matrix.row, (change - mean[matrix.row]) ** 2, log.n_users)
    # The move that a choice makes falls as 1 / n, so that n times it is alike for all.
    variance = square * np.maximum(n - 1, 0) ** 2
    crowd = float(variance[told].sum() / max(1.0, float(n[told].sum())))
    variance = (variance + SHRINK * crowd) / (n + SHRINK)
    return shrink(
        np.where(told, rarefied(counts, n, draws), np.nan), np.where(told, variance / np.maximum(n, 1), np.inf)
    )


def _none(counts: F64, n: F64, draws: int) -> F64:
    """Chance that none of so many choices is of each category: C(n - count, draws) / C(n, draws)."""
    rest = n[:, None] - counts
    possible = rest >= draws
    rest = np.where(possible, rest, draws)
    total = np.where(n >= draws, n, draws)[:, None]
    log_chance = gammaln(rest + 1) - gammaln(rest - draws + 1) - gammaln(total + 1) + gammaln(total - draws + 1)
    return np.where(possible, np.exp(np.minimum(log_chance, 0.0)), 0.0)
