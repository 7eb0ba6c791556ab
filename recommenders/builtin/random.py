"""Any eligible item, with equal probability: the floor of every comparison, and the cleanest log there is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recommenders.batching import as_batch
from recommenders.builtin.stored import Stored
from recommenders.contract import Request, RequestBatch, Slate, SlateBatch, uniform
from recommenders.sampling import DRAWS, Eligible
from simulator.records import F32, I32, Catalog, InteractionLog


class Random(Stored):
    """Uniform over the eligible items, without repeats; propensities are exact."""

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Nothing is learnt."""
        self.catalog = catalog

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """`k` items drawn one after the other; the propensity at a place is one over the number still eligible."""
        batch = as_batch(self.catalog, requests)
        eligible = Eligible(batch)
        items: I32 = np.full((len(batch), k), -1, dtype=np.int32)
        propensities: F32 = np.full((len(batch), k), np.nan, dtype=np.float32)
        draws = uniform(batch, k * DRAWS).reshape(len(batch), k, DRAWS)
        for place in range(min(k, int(eligible.count.max(initial=0)))):
            who = np.flatnonzero(eligible.count > 0)
            propensities[who, place] = 1.0 / eligible.count[who]
            items[who, place] = eligible.draw(who, draws[who, place])
            eligible.take(who, items[who, place])
        return SlateBatch(self.catalog, items, None, propensities)

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> npt.NDArray[np.float64]:
        """Every slate of eligible items is as likely as any other of its length; impossible ones have -inf."""
        batch = as_batch(self.catalog, requests)
        count = Eligible(batch).count
        out = np.empty(len(batch))
        for i, slate in enumerate(slates):
            size = len(slate.item_ids)
            out[i] = -np.log(count[i] - np.arange(size)).sum() if _possible(batch, i, slate) else -np.inf
        return out


def _possible(batch: RequestBatch, i: int, slate: Slate) -> bool:
    rows = [batch.view.catalog.row_of.get(item_id, -1) for item_id in slate.item_ids]
    return len(set(rows)) == len(rows) and all(row >= 0 and not batch.view.blocked[batch.rows[i], row] for row in rows)
