"""The base of recommenders that score every item for a person: two hooks, and the rest is done here.

A subclass writes `_fit(matrix)` and `_scores(histories)`; ids, exclusions, cold start and top-k are the base's. Over
a run, the scores of a block of people are computed once (the start-of-run tile); what a person chooses during the run
is folded into their row in the order of events, and a ranking is reused until its person's row changed or it is used
up. So a cached ranking and a recomputed one agree bit for bit.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommenders.batching import as_batch
from recommenders.contract import Recommender, Request, Slate, SlateBatch
from recommenders.platform import CHOSEN, PlatformView
from recommenders.topk import top_k
from simulator.records import F32, I32, Bools, Catalog, InteractionLog

T = TypeVar("T", bound=np.generic)

_DEPTH = 64
"""Places of a cached ranking that nothing but exhaustion makes stale: six pages of ten."""


class MatrixRecommender(Recommender):
    """A recommender that gives each item a score for each person.

    `adapts` says what a choice made during the run changes for that person: ``never`` nothing but the exclusion of the
    item, ``fold`` their scores at once (then `_fold` is written), ``session`` their scores from their next session on.
    """

    adapts: Literal["never", "fold", "session"] = "never"
    catalog: Catalog
    popularity: F32
    """How many people of the log chose each item; orders the page of those about whom nothing is known. (n_items,)."""

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Count popularity and call `_fit` with the binary matrix of choices."""
        self.catalog = catalog
        matrix = log.matrix()
        self.popularity = np.asarray(matrix.sum(axis=0), dtype=np.float32).ravel()
        self._fit(matrix)

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        """Learn from who chose what, binary float32 (n_users, n_items)."""
        raise NotImplementedError

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        """Scores of every item given histories (n, n_items): dense float32 (n, n_items), higher is better, finite.

        A row must not depend on the other rows: sparse products, or dense ones by `rowwise_product`.
        """
        raise NotImplementedError

    def _fold(self, scores: F32, rows: I32, choices: sparse.csr_matrix) -> None:
        """Add to `scores[rows]` in place what new choices bring: binary float32 (len(rows), n_items), a row occurs
        once."""
        raise NotImplementedError

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The `k` eligible items of the highest score, ties by catalogue row."""
        batch = as_batch(self.catalog, requests)
        ranking = self.ranking(batch.view)
        items = ranking.select(batch.rows, k)
        scores = _at(ranking.scores, batch.rows, np.maximum(items, 0))
        scores[items < 0] = np.nan
        return SlateBatch(self.catalog, items, scores)

    def ranking(self, view: PlatformView) -> Ranking:
        """The cached ranking of a block."""
        kept = view.scratch.get(id(self))
        if isinstance(kept, Ranking) and kept.version == self.version:
            return kept
        fresh = self._new_ranking(view)
        view.scratch[id(self)] = fresh
        return fresh

    def _new_ranking(self, view: PlatformView) -> Ranking:
        return Ranking(self, view)

    version = 0
    """Raised by a subclass when it has learnt something that changes everybody's scores."""

    def tile(self, histories: sparse.csr_matrix) -> F32:
        """Scores (n, n_items) in which people without a history get popularity."""
        scores = np.ascontiguousarray(self._scores(histories), dtype=np.float32)
        scores[np.diff(histories.indptr) == 0] = self.popularity
        return scores


class Ranking:
    """The scores of a block and the best of them, kept from turn to turn.

    `scores` (n, n_items) holds -inf where a person already chose the item. `order` (n, depth) holds the best eligible
    items as of the last ranking of each row; an entry that has been blocked since is skipped.
    """

    def __init__(self, model: MatrixRecommender, view: PlatformView) -> None:
        # Not the view itself: it keeps this ranking, and a ring of the two would hold the block's arrays until Python
        # looks for rings.
        self.model, self.version = model, model.version
        self.view: PlatformView = weakref.proxy(view)
        if id(model) not in view.shared or model.version > 0:
            view.shared[id(model)] = self._tile()
        tile = view.shared[id(model)]
        if id(model) not in view.spare or view.spare[id(model)].shape != tile.shape:
            view.spare[id(model)] = np.empty_like(tile)
        self.scores = view.spare[id(model)]
        np.copyto(self.scores, tile)
        self.scores.reshape(-1)[np.flatnonzero((view.blocked & CHOSEN).view(np.bool_))] = -np.inf
        self._cold: Bools = np.diff(view.indptr) == 0
        self._seen_changes = 0
        self.order = np.full((len(view), _DEPTH), -1, dtype=np.int32)
        self._stale: Bools = np.ones(len(view), dtype=np.bool_)
        self._partial: Bools = np.zeros(len(view), dtype=np.bool_)
        self._scored_at = np.zeros(len(view), dtype=np.int32)
        self._last_change = np.full(len(view), -1, dtype=np.int32)

    def _tile(self) -> F32:
        """Everybody's scores before the run."""
        return self.model.tile(self.view.histories())

    def select(self, rows: I32, k: int) -> I32:
        """The `k` best eligible items of each of `rows`. (n, k), -1 where the eligible ones ran out."""
        self._take_in_changes()
        opening = self.view.pages_in_session[rows] == 0
        # A ranking made in mid-session left out what that session had shown; the next session may show it again.
        self._stale[rows[opening]] |= self._partial[rows[opening]]
        if self.model.adapts == "session":
            settled = self.view.settled[rows]
            self._rescore(rows[(self._last_change[rows] >= self._scored_at[rows]) & (self._scored_at[rows] < settled)])
            self._scored_at[rows] = settled
        depth = min(max(_DEPTH, 2 * k), self.scores.shape[1])
        if depth != self.order.shape[1]:
            self.order = np.full((len(self.view), depth), -1, dtype=np.int32)
            self._stale[:] = True
        self._rank(rows[self._stale[rows]])
        chosen, count = self._first(rows, k)
        short = count < k
        if short.any():
            # Either used up (rank again without what is blocked now), or nothing eligible is left (then it stays
            # short).
            self._rank(rows[short])
            chosen[short], _ = self._first(rows[short], k)
        return chosen

    def _take_in_changes(self) -> None:
        for nth_change, (who, what) in enumerate(self.view.changes[self._seen_changes :], start=self._seen_changes):
            if self.model.adapts == "fold":
                self._warm(who[self._cold[who]])
                rows, start = np.unique(who, return_index=True)  # `who` ascends
                new = (np.ones(who.size, dtype=np.float32), what, np.append(start, who.size))
                shape = (rows.size, self.scores.shape[1])
                self.model._fold(self.scores, rows, sparse.csr_matrix(new, shape=shape))
                self._stale[rows] = True
            self.scores[who, what] = -np.inf
            self._last_change[who] = nth_change
        self._seen_changes = len(self.view.changes)

    def _warm(self, rows: I32) -> None:
        """Put the scores of an empty history, which choices can be folded into, in the place of popularity."""
        if rows.size:
            rows = np.unique(rows)
            nothing = sparse.csr_matrix((1, self.scores.shape[1]), dtype=np.float32)
            self.scores[rows] = np.where(self.scores[rows] == -np.inf, -np.inf, self.model._scores(nothing))
            self._cold[rows] = False

    def _rescore(self, rows: I32) -> None:
        if rows.size:
            fresh = self.model.tile(self.view.histories(rows, settled=True))
            fresh[(self.view.blocked[rows] & CHOSEN) != 0] = -np.inf
            self.scores[rows] = fresh
            self._stale[rows] = True

    def _rank(self, rows: I32) -> None:
        if rows.size == 0:
            return
        eligible = self.scores[rows]
        row, place = np.nonzero(self.view.shown[rows] >= 0)
        eligible[row, self.view.shown[rows[row], place]] = -np.inf
        midway = self.view.pages_in_session[rows] > 0
        self.order[rows] = top_k(eligible, self.order.shape[1])
        self._stale[rows] = False
        self._partial[rows] = midway

    def _first(self, rows: I32, k: int) -> tuple[I32, I32]:
        """The first `k` entries of each row's order that are not blocked now, and how many there were."""
        order = self.order[rows]
        free = (order >= 0) & (_at(self.view.blocked, rows, np.maximum(order, 0)) == 0)
        place = np.cumsum(free, axis=1, dtype=np.int32)
        take = free & (place <= k)
        row, _ = np.nonzero(take)
        out = np.full((rows.size, k), -1, dtype=np.int32)
        out[row, place[take] - 1] = order[take]
        return out, np.minimum(place[:, -1], k)


def _at(table: npt.NDArray[T], rows: I32, columns: I32) -> npt.NDArray[T]:
    """``table[rows[:, None], columns]`` of a contiguous table, without the cost of indexing by two arrays."""
    found: npt.NDArray[T] = table.reshape(-1).take(rows.astype(np.intp)[:, None] * table.shape[1] + columns)
    return found
