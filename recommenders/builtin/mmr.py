"""Maximal marginal relevance: the next item is good, and unlike those above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.composition import Composite, Part, made
from recommenders.contract import Request, Slate
from recommenders.features import item_vectors
from recommenders.pools import F64, arranged, pooled, portions, relevance
from simulator.records import F32, I32, Catalog, InteractionLog, UserInputError


class MMR(Composite):
    """The base's best items, re-ordered so that a page does not say the same thing twice.

    base: the recommender whose items are re-ordered. tradeoff: λ, from 1 (the base's order) to 0 (only unlike items).
    pool: how many of the base's best items may come up. likeness: ``categories`` (cosine of the sets of categories) or
    ``content`` (cosine of title, text, categories, creator and year).

    Carbonell & Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing summaries",
    SIGIR 1998: each place takes the item i of the largest λ rel(i) - (1 - λ) max over j above it of sim(i, j), which is
    its score. Relevance is the base's score, scaled to [0, 1] over the pool.
    """

    kept: ClassVar[tuple[str, ...]] = ("vectors",)
    vectors: F32
    """Rows of length 1 or 0, whose inner product is the likeness of two items. (n_items, any)."""

    def __init__(
        self, *, base: Part = "item-knn", tradeoff: float = 0.7, pool: int = 100, likeness: str = "categories"
    ) -> None:
        self.base = base
        self.tradeoff = real("tradeoff", tradeoff, at_least=0, at_most=1)
        self.pool = whole("pool", pool, at_least=1, at_most=10_000)
        if likeness not in ("categories", "content"):
            raise UserInputError(f"likeness must be categories or content, not {likeness!r}")
        self.likeness = likeness
        self._made_of(made(base))

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit the base, and keep the items' vectors."""
        super().fit(catalog, log)
        self.vectors = catalog.categories if self.likeness == "categories" else item_vectors(catalog)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """Place after place, the item of the largest marginal relevance; ties go to the base's better one."""
        batch = as_batch(self.catalog, requests)
        slates = pooled(self.parts[0], batch, self.pool, k)
        good = relevance(slates)
        places = np.full((len(batch), k), -1, dtype=np.int32)
        values = np.full((len(batch), k), np.nan)
        for part in portions(len(batch), slates.items.shape[1] * self.vectors.shape[1]):
            places[part], values[part] = self._greedy(slates.items[part], good[part], k)
        return arranged(slates, places, values)

    def _greedy(self, items: I32, good: F64, k: int) -> tuple[I32, F64]:
        n, width = items.shape
        every = np.arange(n)
        vectors = self.vectors[np.maximum(items, 0)]
        closest = np.zeros((n, width))
        left = self.tradeoff * np.where(items >= 0, good, 0.0)
        left[items < 0] = -np.inf
        places = np.full((n, k), -1, dtype=np.int32)
        values = np.full((n, k), np.nan)
        for place in range(min(k, width)):
            gain = left - (1.0 - self.tradeoff) * closest
            best = np.argmax(gain, axis=1)
            there = np.isfinite(gain[every, best])
            places[there, place] = best[there]
            values[there, place] = gain[every, best][there]
            left[every, best] = -np.inf
            likeness = (vectors * vectors[every, best][:, None]).sum(axis=2)
            np.maximum(closest, likeness, out=closest)
        return places, values
