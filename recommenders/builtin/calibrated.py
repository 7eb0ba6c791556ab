"""Calibrated pages: somebody who chose seven dramas and three comedies sees them in that proportion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.composition import Composite, Part, made
from recommenders.contract import Request, Slate
from recommenders.pools import F64, arranged, pooled, portions, relevance
from recommenders.profiles import Profiles
from simulator.records import F32, I32, Catalog, InteractionLog

SMOOTHING = 0.01
"""α: the share of the person's own distribution in the page's, so that the divergence is finite. Steck's value."""


class Calibrated(Composite):
    """The base's best items, chosen so that the page's categories are spread as those of what the person chose.

    base: the recommender whose items are chosen from. weight: λ, from 0 (the base's order) to 1 (only the spread
    counts). pool: how many of the base's best items may come up.

    Steck, "Calibrated recommendations", RecSys 2018: place by place, the page I maximises (1 - λ) Σ s(i) - λ KL(p||q̃).
    p is the mean of p(g|i) over what the person chose, q over the page, q̃ = (1 - α) q + α p with α = 0.01, and p(g|i) =
    1 / number of categories of i. s is the base's score, scaled to [0, 1] over the pool. The score at a place is the
    objective's gain, or the smallest gain above it where an item makes up for those. Who chose nothing that has
    categories gets the base's order.
    """

    kept: ClassVar[tuple[str, ...]] = ("spread",)
    spread: F32
    """p(g|i): rows that sum to 1, or to 0 where no category is known. (n_items, n_categories)."""

    def __init__(self, *, base: Part = "item-knn", weight: float = 0.5, pool: int = 100) -> None:
        self.base = base
        self.weight = real("weight", weight, at_least=0, at_most=1)
        self.pool = whole("pool", pool, at_least=1, at_most=10_000)
        self._made_of(made(base))

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit the base, and keep the items' categories."""
        super().fit(catalog, log)
        self.spread = spread_of(catalog)
        self._restored()

    def _restored(self) -> None:
        self._profiles = Profiles(self.spread)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """Place after place, the item that adds most to the objective; ties go to the base's better one."""
        batch = as_batch(self.catalog, requests)
        slates = pooled(self.parts[0], batch, self.pool, k)
        good = relevance(slates)
        own = self._profiles.of(batch.view, batch.rows).astype(np.float64)
        total = own.sum(axis=1, keepdims=True)
        target = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
        places = np.full((len(batch), k), -1, dtype=np.int32)
        values = np.full((len(batch), k), np.nan)
        for part in portions(len(batch), 3 * slates.items.shape[1] * self.spread.shape[1]):
            places[part], values[part] = self._greedy(slates.items[part], good[part], target[part], k)
        return arranged(slates, places, np.minimum.accumulate(values, axis=1))

    def _greedy(self, items: I32, good: F64, target: F64, k: int) -> tuple[I32, F64]:
        n, width = items.shape
        every = np.arange(n)
        spread = self.spread[np.maximum(items, 0)].astype(np.float64)
        page = np.zeros((n, self.spread.shape[1]))
        left = np.where(items >= 0, (1.0 - self.weight) * np.where(items >= 0, good, 0.0), -np.inf)
        # Before the first item, the page's spread is the person's own: nothing has been lost yet.
        before = np.zeros(n)
        places = np.full((n, k), -1, dtype=np.int32)
        values = np.full((n, k), np.nan)
        for place in range(min(k, width)):
            after = divergence(target[:, None], page[:, None] + spread)
            gain = left - self.weight * (after - before[:, None])
            best = np.argmax(gain, axis=1)
            there = np.isfinite(gain[every, best])
            places[there, place] = best[there]
            values[there, place] = gain[every, best][there]
            left[every, best] = -np.inf
            page += spread[every, best]
            before = after[every, best]
        return places, values


def spread_of(catalog: Catalog) -> F32:
    """p(g|i) of every item. (n_items, n_categories, at least 1)."""
    held = (catalog.categories > 0).astype(np.float32)
    total = held.sum(axis=1, keepdims=True)
    rows: F32 = np.divide(held, total, out=np.zeros_like(held), where=total > 0)
    return rows


def divergence(target: F64, counts: F64) -> F64:
    """KL(p || q̃) along the last axis: `target` is p; `counts` are brought to sum 1 and smoothed by `SMOOTHING`. Where p
    is nothing, 0."""
    total = counts.sum(axis=-1, keepdims=True)
    page = np.divide(counts, total, out=np.zeros(np.broadcast_shapes(counts.shape, total.shape)), where=total > 0)
    smooth = (1.0 - SMOOTHING) * page + SMOOTHING * target
    ratio = np.divide(target, smooth, out=np.ones(np.broadcast_shapes(target.shape, smooth.shape)), where=smooth > 0)
    # Where p is 0 its logarithm is never asked for: 0 ln 0 = 0.
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    out: F64 = (target * logs).sum(axis=-1)
    return out
