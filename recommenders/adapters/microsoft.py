"""Microsoft's `recommenders`: SAR, item-to-item affinities (Recommenders contributors, MIT)."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommenders.adapters.base import Adapter, scattered
from recommenders.adapters.frame import Asked, Choices
from simulator.records import F32, UserInputError


class Microsoft(Adapter):
    """A model with fit(frame) and recommend_k_items(frame), such as recommenders.models.sar:SAR.

    SAR without time decay scores the history that comes with each request (`get_item_based_topk`), so strangers and
    new choices are served; with time decay, and any other model, the people of the log are served as fitted. The
    library has the import name of this package; in an interpreter named by the arm's `python`, both are found.
    """

    library, install = "recommenders.models", "recommenders 'numpy<2' 'setuptools<81'"
    example = "recommenders.models.sar:SAR"

    def _fit(self, choices: Choices) -> None:
        if getattr(self.model, "time_decay_flag", False) and not choices.timed:
            raise UserInputError("timedecay_formula needs the time of every choice, and some have none. Leave it out")
        names = {
            role: getattr(self.model, f"col_{role}", default)
            for role, default in (("user", "userID"), ("item", "itemID"), ("rating", "rating"))
        }
        self._user, self._item = names["user"], names["item"]
        self._rating, self._time = names["rating"], getattr(self.model, "col_timestamp", "timestamp")
        self._score = getattr(self.model, "col_prediction", "prediction")
        self.model.fit(choices.frame(user=self._user, item=self._item, value=self._rating, time=self._time))
        self._known_items = np.unique(choices.item)
        self._reads_histories = hasattr(self.model, "get_item_based_topk") and not self.model.time_decay_flag

    def _scores(self, asked: Asked) -> F32:
        found = self._by_history(asked) if self._reads_histories else self._by_id(asked)
        if found is None:
            return np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        person, item, score = (found[name].to_numpy() for name in (self._user, self._item, self._score))
        if self._reads_histories:
            return scattered(len(asked), asked.n_items, person, item, score)
        out = np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        for i in np.flatnonzero(asked.known >= 0).tolist():
            mine = person == asked.known[i]
            out[i, item[mine]] = score[mine]
        return out

    def _by_history(self, asked: Asked) -> Any:
        import pandas as pd

        place = np.repeat(np.arange(len(asked)), asked.length)
        kept = np.isin(asked.item, self._known_items) & np.isfinite(asked.value)
        if not kept.any():
            return None
        frame = pd.DataFrame(
            {self._user: place[kept], self._item: asked.item[kept], self._rating: asked.value[kept].astype(np.float64)}
        )
        depth = asked.depth(np.bincount(place[kept], minlength=len(asked)))
        return self.model.get_item_based_topk(frame, top_k=min(depth, self._known_items.size))

    def _by_id(self, asked: Asked) -> Any:
        import pandas as pd

        users = np.unique(asked.known[asked.known >= 0])
        if not users.size:
            return None
        depth = min(asked.depth(), self._known_items.size)
        return self.model.recommend_k_items(pd.DataFrame({self._user: users}), top_k=depth, remove_seen=False)
