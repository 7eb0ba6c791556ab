"""After this, people chose that: transitions from one choice to the next ones."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recommenders.builtin.parameters import real, whole
from recommenders.builtin.session_knn import recency_weights
from recommenders.builtin.stored import Stored
from recommenders.sequence import SequenceRecommender, ordered_only, sessions_of
from recommenders.topk import top_k
from simulator.records import F32, I32, InteractionLog

_ITEMS_AT_ONCE = 512


class Markov(SequenceRecommender, Stored):
    """Transitions between choices: an item's score is how often it followed the last choices, the latest foremost.

    steps: how far after a choice others count as following it, with the weight 1 / distance; 1 makes a first-order
    Markov chain. window: how many of a person's last choices are followed. decay: a choice that is this many choices
    older weighs e times less. shrinkage: added to the number of transitions from an item, so that a few of them do not
    pass for a rule. rules: how many most frequent followers of each item are kept. gap_minutes: a pause in the log
    after which nothing follows; null: all that a person chose is one sequence.

    Only people all of whose choices have times are learnt from; where nobody's have, the order of the log is taken for
    that of the choices, without pauses. On MovieLens-1M with the times of most people left out, nDCG@10 for the 668 who
    have theirs is 0.18 so, and 0.06 where the others are learnt from as well.

    "Sequential rules" of Ludewig & Jannach, "Evaluation of session-based recommendation algorithms", User Modeling and
    User-Adapted Interaction 28 (2018), whose rules follow the last choice alone (window: 1); with steps: 1 too, their
    "Markov chain".
    """

    kept: ClassVar[tuple[str, ...]] = ("popularity", "weight", "follower", "start")
    weight: F32
    """How strongly each rule holds, rule by rule, in order of the item that is followed."""
    follower: I32
    """Catalogue row of what follows, rule by rule."""
    start: I32
    """Where the rules of each item start. (n_items + 1,)."""

    def __init__(
        self,
        *,
        steps: int = 20,
        window: int = 20,
        decay: float = 5.0,
        shrinkage: float = 10.0,
        rules: int = 500,
        gap_minutes: float | None = 1440.0,
    ) -> None:
        self.steps = whole("steps", steps, at_least=1)
        self.window = whole("window", window, at_least=1)
        self.decay = real("decay", decay, above=0)
        self.shrinkage = real("shrinkage", shrinkage, at_least=0)
        self.rules = whole("rules", rules, at_least=1)
        self.gap_minutes = None if gap_minutes is None else real("gap_minutes", gap_minutes, above=0)

    def _fit_sequences(self, log: InteractionLog) -> None:
        n_items = self.popularity.size
        item, start = sessions_of(ordered_only(log), self.gap_minutes)
        session = np.repeat(np.arange(start.size - 1), np.diff(start))
        follows = sparse.csr_matrix((n_items, n_items), dtype=np.float64)
        for distance in range(1, min(self.steps, item.size - 1) + 1):
            first, then = item[:-distance], item[distance:]
            counted = (session[:-distance] == session[distance:]) & (first != then)
            weight = np.full(int(counted.sum()), 1.0 / distance)
            follows = follows + sparse.csr_matrix((weight, (first[counted], then[counted])), shape=follows.shape)
        total = np.asarray(follows.sum(axis=1)).ravel() + self.shrinkage
        follows.data /= np.repeat(total, np.diff(follows.indptr))
        kept = _strongest(follows, self.rules)
        self.weight, self.follower, self.start = kept.data, kept.indices, kept.indptr
        self._restored()

    def _restored(self) -> None:
        n_items = self.popularity.size
        self._table = sparse.csr_matrix((self.weight, self.follower, self.start), shape=(n_items, n_items))
        # What followed none of the last choices has no score; far below any rule, popularity puts it in order.
        self._rest = self.popularity * np.float32(1e-6 / max(1.0, float(self.popularity.max(initial=0))))

    def _scores_after(self, recent: I32) -> F32:
        scores: F32 = (recency_weights(recent, self.decay, self.popularity.size) @ self._table).toarray()
        scores += self._rest
        return scores


def _strongest(table: sparse.csr_matrix, count: int) -> sparse.csr_matrix:
    """The `count` largest of each row, ties to the lower column; float32. (n, m)."""
    n, m = table.shape
    parts = []
    for first in range(0, n, _ITEMS_AT_ONCE):
        dense = table[first : first + _ITEMS_AT_ONCE].toarray().astype(np.float32)
        columns = top_k(dense, min(count, m))
        value = np.take_along_axis(dense, columns, axis=1)
        shape = np.arange(len(dense) + 1) * columns.shape[1]
        parts.append(sparse.csr_matrix((value.ravel(), columns.ravel(), shape), shape=dense.shape))
    kept = sparse.csr_matrix(sparse.vstack(parts)) if parts else sparse.csr_matrix((n, m), dtype=np.float32)
    kept.eliminate_zeros()
    kept.sort_indices()
    return kept
