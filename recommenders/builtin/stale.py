"""A control that must lose ground: a recommender that stopped being updated long ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real
from recommenders.composition import Composite, Part, made
from recommenders.contract import Feedback, Recommender, Request, RequestBatch, Slate
from recommenders.platform import PlatformView
from simulator.records import I64, Bools, Catalog, Ids, InteractionLog


class Stale(Composite):
    """A bad control: another recommender that knows only the oldest part of the log, and learns nothing since.

    base: the recommender that is left to age. share: of the log that it knows, the oldest.

    Where every time is known, the oldest share of all interactions; else that of each person's history, in the log's
    order. Of a person who asks, it knows the choices in that part alone: neither later ones nor those of this run move
    it, so from visit to visit it shows the same again. What must not be shown is left out, as the contract asks. A
    simulator should place it below its base, by more the more people have changed or the less was known; and about
    even with it on a log that says the same throughout: then it is age that does no harm, not the simulator that is
    blind.
    """

    kept: ClassVar[tuple[str, ...]] = ("user_ids", "known")
    user_ids: Ids
    """Those of the log, sorted. (n_users,)."""
    known: I64
    """How many choices of each are in the old part. (n_users,)."""

    def __init__(self, *, base: Part = "als", share: float = 0.5) -> None:
        self.base = base
        self.share = real("share", share, above=0, at_most=1)
        self._made_of(made(base))

    def _made_of(self, *parts: Recommender) -> None:
        super()._made_of(*parts)
        self.learns = False  # whatever its base could do

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit the base on the old part."""
        old = log.select(_oldest(log, self.share))
        super().fit(catalog, old)
        chosen = np.bincount(old.positives().user, minlength=log.n_users)
        order = np.argsort(log.user_ids, kind="stable")
        self.user_ids, self.known = log.user_ids[order], chosen[order].astype(np.int64)

    def observe(self, feedback: Feedback) -> None:
        """Nothing is learnt."""

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """What the base shows to people of whom only the old part is known."""
        batch = as_batch(self.catalog, requests)
        return self.parts[0].recommend(self._aged(batch), k)

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> npt.NDArray[np.floating]:
        """The base's, of the same pages."""
        return self.parts[0].log_prob(self._aged(as_batch(self.catalog, requests)), slates)

    def _aged(self, batch: RequestBatch) -> RequestBatch:
        view = batch.view
        kept = view.scratch.get(id(self))
        if not isinstance(kept, _Aged) or kept.known is not self.known:
            kept = view.scratch[id(self)] = _Aged(self.known, self._old_view(view))
        return RequestBatch(kept.now(view), batch.rows, batch.page, batch.turn, batch.stream)

    def _old_view(self, view: PlatformView) -> PlatformView:
        """The people of a view, with what the old part tells of them; of people who are not in the log, the oldest
        share of what the view tells."""
        length = np.diff(view.indptr)
        known = (length * self.share).astype(np.int64)
        if self.user_ids.size:
            place = np.minimum(np.searchsorted(self.user_ids, view.user_ids), self.user_ids.size - 1)
            known = np.where(self.user_ids[place] == view.user_ids, np.minimum(self.known[place], length), known)
        within = np.arange(view.items.size) - np.repeat(view.indptr[:-1], length)
        items = view.items[within < np.repeat(known, length)]
        return PlatformView(view.catalog, view.user_ids, view.keys, np.concatenate([[0], np.cumsum(known)]), items)


@dataclass(eq=False)
class _Aged:
    """An old view beside the present one: what may be shown is the present one's, all else stays as it was."""

    known: I64
    view: PlatformView
    changes: int = -1

    def now(self, present: PlatformView) -> PlatformView:
        """The old view, made anew where choices of the run have left fewer items to show."""
        if self.changes != len(present.changes):
            old = self.view
            self.view = PlatformView(
                old.catalog, old.user_ids, old.keys, old.indptr, old.items, shared=old.shared, spare=old.spare
            )
            self.changes = len(present.changes)
            self.view.blocked, self.view.pages_in_session = present.blocked, present.pages_in_session
        self.view.shown = present.shown
        return self.view


def _oldest(log: InteractionLog, share: float) -> Bools:
    """Which rows of a log are in its oldest part."""
    if not len(log):
        return np.zeros(0, dtype=np.bool_)
    if (log.time > 0).all():
        last: int = np.sort(log.time)[max(int(len(log) * share) - 1, 0)]
        return np.asarray(log.time <= last)
    order = np.argsort(log.user, kind="stable")
    length = np.bincount(log.user, minlength=log.n_users)
    rank = np.empty(len(log), dtype=np.int64)
    rank[order] = np.arange(len(log)) - np.repeat(np.cumsum(length) - length, length)
    return np.asarray(rank < np.ceil(length * share)[log.user])
