"""The base of recommenders that read a history in order: one hook, from the last choices of people to scores.

What a person chooses in the run is the end of their sequence from the next page on. Their row is then scored anew from
the whole sequence, so a score is a function of the sequence alone, whenever it was made. Ids, exclusions, cold start
and top-k are those of `recommenders.matrix`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recommenders.matrix import MatrixRecommender, Ranking
from recommenders.platform import CHOSEN, PlatformView
from simulator.records import F32, I32, I64, Catalog, InteractionLog


class SequenceRecommender(MatrixRecommender):
    """A recommender that gives each item a score from the last `window` choices of a person, in their order."""

    adapts = "fold"
    window: int
    """How many of the last choices `_scores_after` is given."""

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Count popularity and call `_fit_sequences` with the log."""
        self.catalog = catalog
        self.popularity = np.asarray(log.matrix().sum(axis=0), dtype=np.float32).ravel()
        self._fit_sequences(log)

    def _fit_sequences(self, log: InteractionLog) -> None:
        """Learn from a log whose rows are in time order where times are known."""
        raise NotImplementedError

    def _scores_after(self, recent: I32) -> F32:
        """Scores of every item after the choices `recent` (see `last_choices`): float32 (n, n_items), higher is better.

        A row must not depend on the other rows. Rows without a choice are given too; what they get is not used.
        """
        raise NotImplementedError

    def after(self, recent: I32) -> F32:
        """Scores (n, n_items) in which people without a choice get popularity."""
        scores = np.ascontiguousarray(self._scores_after(recent), dtype=np.float32)
        scores[recent[:, -1] < 0] = self.popularity
        return scores

    def _new_ranking(self, view: PlatformView) -> Ranking:
        return _SequenceRanking(self, view)


class _SequenceRanking(Ranking):
    """Scores of a block, in which a row whose sequence grew is scored anew."""

    def __init__(self, model: SequenceRecommender, view: PlatformView) -> None:
        self._reader = model
        super().__init__(model, view)

    def _tile(self) -> F32:
        return self._reader.after(last_choices(self.view, self._reader.window, changes=0))

    def _take_in_changes(self) -> None:
        new = self.view.changes[self._seen_changes :]
        self._seen_changes = len(self.view.changes)
        if new:
            rows = np.unique(np.concatenate([who for who, _ in new]))
            fresh = self._reader.after(last_choices(self.view, self._reader.window, rows))
            fresh[(self.view.blocked[rows] & CHOSEN) != 0] = -np.inf
            self.scores[rows] = fresh
            self._stale[rows] = True


def last_choices(view: PlatformView, length: int, rows: I32 | None = None, changes: int | None = None) -> I32:
    """The last `length` choices of people as catalogue rows, the newest in the last column, -1 where there are fewer.

    `rows` are rows of the view without repeats, by default all; of the run, its first `changes` turns with choices
    count, by default all. Shape (len(rows), length).
    """
    rows = np.arange(len(view), dtype=np.int32) if rows is None else rows
    place_of = np.full(len(view), -1, dtype=np.int64)
    place_of[rows] = np.arange(rows.size)
    news = view.changes if changes is None else view.changes[:changes]
    who = np.concatenate([np.empty(0, dtype=np.int32), *(w for w, _ in news)])
    what = np.concatenate([np.empty(0, dtype=np.int32), *(w for _, w in news)])
    place, what = place_of[who], what[place_of[who] >= 0]
    place = place[place >= 0]
    order = np.argsort(place, kind="stable")
    place, what = place[order], what[order]
    count = np.bincount(place, minlength=rows.size)

    columns = np.arange(length)
    stop = view.indptr[rows + 1][:, None]
    source = stop - length + count[:, None] + columns
    before = (source >= view.indptr[rows][:, None]) & (source < stop)
    out = np.full((rows.size, length), -1, dtype=np.int32)
    out[before] = view.items[source[before]]
    from_the_end = (np.cumsum(count) - 1)[place] - np.arange(place.size)
    kept = from_the_end < length
    out[place[kept], length - 1 - from_the_end[kept]] = what[kept]
    return out


def sessions_of(log: InteractionLog, gap_minutes: float | None) -> tuple[I32, I64]:
    """The choices of the log cut into sessions: items (n,), oldest first, and where each session starts (n_sessions+1).

    A session is a person's choices without a pause of more than `gap_minutes`. Where a choice of the person has no
    time, or `gap_minutes` is None, all that they chose is one session.
    """
    chosen = log.positives()
    order = np.argsort(chosen.user, kind="stable")
    user, item, time = chosen.user[order], chosen.item[order], chosen.time[order]
    begins: npt.NDArray[np.bool_] = np.ones(user.size, dtype=np.bool_)
    begins[1:] = user[1:] != user[:-1]
    if gap_minutes is not None:
        begins[1:] |= chosen.complete_times()[user[1:]] & (np.diff(time) > gap_minutes * 60)
    return item, np.append(np.flatnonzero(begins), user.size).astype(np.int64)


def ordered_only(log: InteractionLog) -> InteractionLog:
    """The people all of whose choices have times, if there are any; else the whole log, whose order is all there is.

    What follows what among choices without times is the order of a file, and drowns what the others teach.
    """
    chosen = log.positives()
    ordered = chosen.complete_times()[chosen.user]
    return chosen.select(ordered) if ordered.any() else chosen
