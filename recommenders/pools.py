"""What re-rankers start from: the best items of a recommender, and how good each is among them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from recommenders.composition import ranked
from recommenders.contract import Recommender, RequestBatch, SlateBatch
from simulator.records import F32, I32

F64 = npt.NDArray[np.float64]
_NUMBERS_AT_ONCE = 8_000_000


def pooled(part: Recommender, batch: RequestBatch, pool: int, k: int) -> SlateBatch:
    """The part's best `pool` items of each request, at least `k`, at most the catalogue: the same width for everybody
    whose pool and `k` are the same."""
    return ranked(part, batch, min(max(pool, k), max(1, len(batch.view.catalog))))


def relevance(slates: SlateBatch, *, by_rank: bool = False) -> F64:
    """How good each item is among its row's, from 1 for the best to 0 for the worst; -inf at empty places. (n, m).

    Scores are scaled by their smallest and largest (Lee, "Analyses of multiple evidence combination", SIGIR 1997); rows
    without a score for each item, or `by_rank`, go by rank, evenly spaced. Where all are equal, all are 1.
    """
    full = slates.items >= 0
    size = full.sum(axis=1, keepdims=True)
    place = np.cumsum(full, axis=1) - 1
    ranks = 1.0 - place / np.maximum(size - 1, 1)
    if slates.scores is None or by_rank:
        return np.where(full, ranks, -np.inf)
    scores = np.where(full, slates.scores, np.nan).astype(np.float64)
    known = np.isfinite(scores) | ~full
    low = np.where(full & known, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    high = np.where(full & known, scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    spread = np.where(high > low, high - low, 1.0)
    scaled = np.where(high > low, (scores - np.where(high > low, low, 0.0)) / spread, 1.0)
    return np.where(full, np.where(known.all(axis=1, keepdims=True), scaled, ranks), -np.inf)


def arranged(slates: SlateBatch, places: I32, values: F64 | F32) -> SlateBatch:
    """The slates' items at `places` (n, k), -1 for none, with these scores (n, k)."""
    full = places >= 0
    items = np.where(full, np.take_along_axis(slates.items, np.maximum(places, 0), axis=1), -1)
    scores = np.where(full & (items >= 0), values, np.nan)
    return SlateBatch(slates.catalog, items.astype(np.int32), scores.astype(np.float32))


def portions(rows: int, numbers_each: int) -> Iterator[slice]:
    """Rows in portions whose working memory stays in bounds: `numbers_each` numbers a row."""
    step = max(1, _NUMBERS_AT_ONCE // max(1, numbers_each))
    for first in range(0, rows, step):
        yield slice(first, min(first + step, rows))
