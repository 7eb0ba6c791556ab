"""Sessions like this one went on with: neighbours of a session, in which the latest choices weigh most."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recommenders.builtin.parameters import real, whole
from recommenders.builtin.stored import Stored
from recommenders.builtin.user_knn import nearest
from recommenders.sequence import SequenceRecommender, sessions_of
from simulator.records import F32, I32, I64, InteractionLog

_CELLS = 8_000_000
"""Similarities held at once: 32 MB."""


class SessionKNN(SequenceRecommender, Stored):
    """Nearest sessions of the log, by the last choices weighted by recency: what they hold is recommended.

    neighbors: how many most similar sessions speak. window: how many of a person's last choices count as the session
    that they are in; a request carries no times, so it is not known where that began. decay: a choice that is this
    many choices older weighs e times less. gap_minutes: a pause in the log that ends a session; where a person's
    choices lack times (or with null), all that they chose is one session.

    Weights by recency are the idea of V-SKNN: Ludewig & Jannach, "Evaluation of session-based recommendation
    algorithms", User Modeling and User-Adapted Interaction 28 (2018). The form is that of the first factor of STAN:
    Garg et al., "Sequence and time aware neighborhood for session-based recommendations", SIGIR 2019: the choice j
    places before the last weighs w = exp(-j / decay), and the similarity to a session s of the log is
    Σ_{i in both} w_i / (sqrt(Σ w_i²) sqrt(|s|)). An item's score is the sum over the nearest sessions that hold it.
    Where the order of histories says nothing, user-knn is the better one: on MovieLens-1M with the times of most people
    left out, nDCG@10 is 0.145 against 0.103 for the 668 who have theirs, and 0.155 against 0.235 for all 6,040.
    All sessions of the log are compared; those papers draw the latest few thousand. STAN's other two factors, the age
    of a session and the distance of an item in it, are left out.
    """

    kept: ClassVar[tuple[str, ...]] = ("popularity", "chosen", "start")
    chosen: I32
    """Catalogue rows of each session's items, session by session."""
    start: I64
    """Where each session's part of `chosen` starts. (n_sessions + 1,)."""

    def __init__(
        self, *, neighbors: int = 100, window: int = 30, decay: float = 5.0, gap_minutes: float | None = 60.0
    ) -> None:
        self.neighbors = whole("neighbors", neighbors, at_least=1)
        self.window = whole("window", window, at_least=1)
        self.decay = real("decay", decay, above=0)
        self.gap_minutes = None if gap_minutes is None else real("gap_minutes", gap_minutes, above=0)

    def _fit_sequences(self, log: InteractionLog) -> None:
        item, start = sessions_of(log, self.gap_minutes)
        session = np.repeat(np.arange(start.size - 1), np.diff(start))
        ones = np.ones(item.size, dtype=np.float32)
        table = sparse.csr_matrix((ones, (session, item)), shape=(start.size - 1, self.popularity.size))
        table.sum_duplicates()
        table = table[np.diff(table.indptr) > 1]  # a session of one item has nothing to add
        self.chosen, self.start = table.indices.astype(np.int32), table.indptr.astype(np.int64)
        self._restored()

    def _restored(self) -> None:
        n_items = self.popularity.size
        ones = np.ones(self.chosen.size, dtype=np.float32)
        self._sessions = sparse.csr_matrix((ones, self.chosen, self.start), shape=(self.start.size - 1, n_items))
        self._holding = self._sessions.T.tocsr()
        self._norm = np.sqrt(np.diff(self.start)).astype(np.float32)
        # What no neighbour holds has no score; far below any similarity, popularity puts it in order.
        self._rest = self.popularity * np.float32(1e-6 / max(1.0, float(self.popularity.max(initial=0))))

    def _scores_after(self, recent: I32) -> F32:
        scores = np.empty((len(recent), self.popularity.size), dtype=np.float32)
        at_once = max(1, _CELLS // max(1, self._norm.size))
        for first in range(0, len(recent), at_once):
            weights = recency_weights(recent[first : first + at_once], self.decay, self.popularity.size)
            similarity = (weights @ self._holding).toarray() / self._norm
            near = nearest(similarity, self.neighbors)
            scores[first : first + at_once] = (near @ self._sessions).toarray()
        scores += self._rest
        return scores


def recency_weights(recent: I32, decay: float, n_items: int) -> sparse.csr_matrix:
    """Rows of unit length that weigh the last choices by exp(-age / decay), the last one having age 0. (n, n_items).

    `recent` (n, window) as `last_choices` gives it; of an item chosen twice, the later choice counts.
    """
    newest_first = recent[:, ::-1]
    row, age = np.nonzero(newest_first >= 0)
    item = newest_first[row, age]
    _, first = np.unique(row * np.int64(n_items) + item, return_index=True)
    row, age, item = row[first], age[first], item[first]
    weight = np.exp(-age / decay)
    norm = np.sqrt(np.bincount(row, weight * weight, minlength=len(recent)))
    value = (weight / norm[row]).astype(np.float32)
    return sparse.csr_matrix((value, (row, item)), shape=(len(recent), n_items))
