"""A recommender that takes people at their word: what they tell the service changes what it shows them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import numpy as np

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.composition import Composite, Part, made
from recommenders.contract import Request, RequestBatch, Slate, SlateBatch
from recommenders.pools import F64, pooled, relevance
from recommenders.wishes.grammar import understand
from recommenders.wishes.lexicon import lexicon_of
from recommenders.wishes.plan import EFFECT, Plan, plan_of
from recommenders.wishes.wish import Understanding
from simulator.records import F32, I32, Catalog, InteractionLog

_log = logging.getLogger(__name__)
_APART = 4.0
"""Between what may come first and what must not: more than relevance and shift can bridge."""
_BYTES_KEPT = 50_000_000
_MOST_MISSED = 1_000


class Instructable(Composite):
    """The base's best items, re-ordered by what the person has told the service in words.

    base: the recommender whose items are re-ordered. pool: how many of the base's best items may come up; half as many
    again are fetched from the whole catalogue where something is asked for. strength: scales what wishes add and take;
    0 leaves only what is ruled out.

    That a service takes instructions is RecoWorld's idea (Liu et al., "RecoWorld: building simulated environments for
    agentic recommender systems", arXiv:2509.10397, 2025). Here words are read by a grammar (`recommenders.wishes`), not
    by a language model. "More", "less", "shorter" and their like add at most 1, and one wish 0.5, to the base's score,
    which is scaled to [0, 1] over the pool. What is ruled out ("no horror") comes after everything else, so it is on no
    page as long as anything else may be shown. Later words win over earlier ones. Words said of now ("tonight") hold
    for the visit, and a search for the page after it; all others until they are taken back. `missed` counts the words
    that were not understood.
    """

    kept: ClassVar[tuple[str, ...]] = ("popularity",)
    popularity: F32
    """How many people chose each item: what "popular" and "less known" mean. (n_items,)."""

    def __init__(self, *, base: Part = "item-knn", pool: int = 200, strength: float = 1.0) -> None:
        self.base = base
        self.pool = whole("pool", pool, at_least=2, at_most=100_000)
        self.strength = real("strength", strength, at_least=0, at_most=2)
        self._made_of(made(base))

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit the base, and count how often items were chosen."""
        super().fit(catalog, log)
        self.popularity = np.asarray(log.matrix().sum(axis=0), dtype=np.float32).ravel()
        self._restored()

    def _restored(self) -> None:
        self.missed: Counter[str] = Counter()
        """Words that seemed to ask for something and were not understood: how many different people's pages they were
        first read for."""
        size = max(16, _BYTES_KEPT // max(1, 8 * self.popularity.size))
        self._plan = lru_cache(maxsize=size)(self._planned)

    def understood(self, words: str) -> Understanding:
        """What is made of one line of words, in the fitted catalogue."""
        return understand(words, lexicon_of(self.catalog))

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The best `k` after everybody's wishes; who said nothing gets the base's order."""
        batch = as_batch(self.catalog, requests)
        slates = pooled(self.parts[0], batch, self.pool, k)
        good = relevance(slates)
        items = np.full((len(batch), k), -1, dtype=np.int32)
        scores = np.full((len(batch), k), np.nan, dtype=np.float32)
        width = min(k, slates.items.shape[1])
        items[:, :width], scores[:, :width] = slates.items[:, :width], good[:, :width]
        short: list[tuple[int, Plan]] = []
        for i, plan in self._plans(batch):
            self._put(items, scores, i, batch, slates.items[i], good[i], plan)
            if self._runs_out(slates.items[i], plan, k):
                short.append((i, plan))
        depth = slates.items.shape[1]
        while short and depth < len(batch.view.catalog):
            depth *= 4
            some = np.array([i for i, _ in short])
            part = RequestBatch(batch.view, batch.rows[some], batch.page[some], batch.turn, batch.stream)
            deeper = pooled(self.parts[0], part, depth, k)
            own = relevance(deeper)
            for nth, (i, plan) in enumerate(short):
                self._put(items, scores, i, batch, deeper.items[nth], own[nth], plan)
            short = [one for one, found in zip(short, deeper.items, strict=True) if self._runs_out(found, one[1], k)]
        scores[items < 0] = np.nan
        return SlateBatch(self.catalog, items, scores)

    def _plans(self, batch: RequestBatch) -> list[tuple[int, Plan]]:
        """The places of those who have said something that was understood, and what it means."""
        nobody = np.full(len(batch), None, dtype=np.object_)
        said = nobody if batch.instruction is None else batch.instruction
        searched = nobody if batch.query is None else batch.query
        now = batch.view.said_now[batch.rows]
        plans = []
        for i in range(len(batch)):
            if said[i] or searched[i]:
                plan = self._plan(batch.view.catalog, str(said[i] or ""), int(now[i]), str(searched[i] or ""))
                if plan is not None:
                    plans.append((i, plan))
        return plans

    def _planned(self, catalog: Catalog, instruction: str, now: int, query: str) -> Plan | None:
        lexicon = lexicon_of(catalog)
        for line in (*instruction.splitlines()[-1:], *([query] if query else [])):
            self._note(understand(line, lexicon, searched=line == query).missed)
        return plan_of(lexicon, instruction, now, query, self.popularity)

    def _note(self, missed: tuple[str, ...]) -> None:
        for words in missed:
            if words in self.missed or len(self.missed) < _MOST_MISSED:
                self.missed[words] += 1
                _log.info("not understood: %r", words[:200])

    def _runs_out(self, found: I32, plan: Plan, k: int) -> bool:
        """Whether a deeper pool may hold what this one lacks: items that nothing speaks against."""
        allowed = (found >= 0) & (plan.rank[np.maximum(found, 0)] == 0)
        return plan.excludes and int(allowed.sum()) < k and bool((found >= 0).all())

    def _put(self, items: I32, scores: F32, i: int, batch: RequestBatch, found: I32, good: F64, plan: Plan) -> None:
        """Write one person's page into row `i`, from the base's items `found` and how good each is among them."""
        held = found >= 0
        found, good = found[held], good[held]
        wanted = (plan.shift >= EFFECT / 2) & (plan.rank == 0) & (batch.view.blocked[batch.rows[i]] == 0)
        wanted[found] = False
        more = np.flatnonzero(wanted)
        order = np.lexsort((more, -self.popularity[more], -plan.shift[more]))[: self.pool // 2]
        every = np.concatenate([found, more[order]]).astype(np.int32)
        worth = np.concatenate([good, np.zeros(order.size)])
        worth = worth + self.strength * plan.shift[every] - _APART * plan.rank[every]
        best = np.argsort(-worth, kind="stable")[: items.shape[1]]
        items[i], scores[i] = -1, np.nan
        items[i, : best.size], scores[i, : best.size] = every[best], worth[best]
