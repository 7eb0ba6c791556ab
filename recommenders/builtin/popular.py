"""What most people chose, to everybody: the baseline that is hard to beat and easy to explain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from recommenders.batching import as_batch
from recommenders.builtin.parameters import flag, real
from recommenders.builtin.stored import Stored
from recommenders.contract import Feedback, Request, RequestBatch, Slate, SlateBatch
from simulator.records import I32, Catalog, InteractionLog, UserInputError

_DAY_S = 86_400.0


class Popular(Stored):
    """The items that most people chose, without those that may not be shown; ties by catalogue order.

    half_life_days: a choice counts half as much for each such span before the log's last one (null: all count alike).
    learn: true adds the clicks of the run to the counts, each with the weight of a choice at the log's end.
    """

    kept: ClassVar[tuple[str, ...]] = ("counts",)
    counts: npt.NDArray[np.float64]
    """Weighted number of people who chose each item. (n_items,)."""

    def __init__(self, *, half_life_days: float | None = None, learn: bool = False) -> None:
        self.half_life_days = None if half_life_days is None else real("half_life_days", half_life_days, above=0)
        self.learn = flag("learn", learn)
        self.learns = self.learn

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Count each person's choice of an item once, the last one where a time decay is asked for."""
        self.catalog = catalog
        chosen = log.positives()
        pair = chosen.user.astype(np.int64) * len(catalog) + chosen.item
        weight = np.ones(len(chosen)) if self.half_life_days is None else self._decay(chosen)
        order = np.argsort(-weight, kind="stable")
        _, first = np.unique(pair[order], return_index=True)
        once = order[first]
        self.counts = np.zeros(len(catalog))
        np.add.at(self.counts, chosen.item[once], weight[once])
        self._restored()

    def _decay(self, chosen: InteractionLog) -> npt.NDArray[np.float64]:
        missing = int(np.count_nonzero(chosen.time <= 0))
        if missing:
            raise UserInputError(
                f"popular: half_life_days needs the time of every choice, and {missing:,} of {len(chosen):,} have "
                "none. Leave half_life_days out, or map a time column in the dataset"
            )
        age_days = (chosen.time.max(initial=0) - chosen.time) / _DAY_S
        return np.asarray(np.exp2(-age_days / self.half_life_days))

    def _restored(self) -> None:
        self._order: I32 = np.argsort(-self.counts, kind="stable").astype(np.int32)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The first `k` items of the one ranking that may be shown; scores are the counts."""
        batch = as_batch(self.catalog, requests)
        items = self._first_free(batch, k)
        scores = self.counts[items].astype(np.float32)
        scores[items < 0] = np.nan
        return SlateBatch(self.catalog, items, scores)

    def _first_free(self, batch: RequestBatch, k: int) -> I32:
        out = np.full((len(batch), k), -1, dtype=np.int32)
        pending = np.arange(len(batch))
        depth = 4 * k + 64
        while pending.size and k:
            window = self._order[:depth]
            free = batch.view.blocked[batch.rows[pending][:, None], window] == 0
            place = np.cumsum(free, axis=1, dtype=np.int32)
            row, column = np.nonzero(free & (place <= k))
            out[pending[row], place[row, column] - 1] = window[column]
            if depth >= self._order.size:
                break
            pending = pending[place[:, -1] < k]
            depth *= 4
        return out

    def observe(self, feedback: Feedback) -> None:
        """Count the turn's clicks, if `learn` is set."""
        if self.learn and feedback.clicked.any():
            clicks = np.bincount(feedback.item[feedback.clicked], minlength=self.counts.size)
            self.counts = self.counts + clicks
            self._restored()
