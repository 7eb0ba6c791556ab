"""How unlike each other the things are that a person chose."""

from __future__ import annotations

import numpy as np

from personas.estimation.categories import ShortRows, category_sums
from personas.estimation.scales import F64, SHRINK
from personas.estimation.shrinkage import Shrunk, shrink
from simulator.records import InteractionLog


def novelty_by_choices(log: InteractionLog) -> Shrunk:
    """One minus the mean cosine over all pairs of different items, shrunk by what so many pairs can tell.

    Agent4Rec and SimUSER count distinct categories, which grows with activity. A mean over pairs is a U-statistic:
    leaving an item out moves it by that item's own mean cosine with the others, and the squares of these moves add up
    to its squared error (the jackknife; Efron & Stein, Annals of Statistics 1981).
    """
    sums = category_sums(log, log.catalog)
    alike, n = _alike(log, sums)
    told = n > 2
    mean = alike / np.maximum(n * (n - 1), 1)
    matrix = log.matrix().tocoo()
    rows = ShortRows.of(log.catalog)
    length = (log.catalog.categories.astype(np.float64) ** 2).sum(axis=1)
    own = (rows.dot(sums, matrix.row, matrix.col) - length[matrix.col]) / np.maximum(n[matrix.row] - 1, 1)
    spread = np.bincount(matrix.row, (own - mean[matrix.row]) ** 2, log.n_users)
    crowd = float(spread[told].sum() / max(1.0, float(n[told].sum())))
    variance = (spread + SHRINK * crowd) / (n + SHRINK)
    error = np.where(told, 4 * variance / np.maximum(n, 1), np.inf)
    return shrink(np.where(told, 1 - mean, np.nan), error)


def _alike(log: InteractionLog, sums: F64) -> tuple[F64, F64]:
    """Sum of cosines over all ordered pairs of different items, and the number of items. (n_users,) each."""
    matrix = log.matrix()
    squares: F64 = np.asarray(matrix @ (log.catalog.categories.astype(np.float64) ** 2).sum(axis=1))
    n = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    return (sums**2).sum(axis=1) - squares, n
