"""Cornac: classical and multimodal models over indexed people and items (Salah, Truong & Lauw, JMLR 21, 2020)."""

from __future__ import annotations

import numpy as np

from recommenders.adapters.base import Adapter
from recommenders.adapters.frame import Asked, Choices
from simulator.records import F32


class Cornac(Adapter):
    """A model of Cornac, such as cornac.models:EASE, fitted on choices alone (no text, image or graph).

    Next-item models (cornac.models:SPop, GRU4Rec, …) read the history that comes with each request; a person's log is
    one session to them. All others serve the people of the log as fitted, and strangers by popularity.
    """

    library, install, example = "cornac", "cornac", "cornac.models:BPR"

    def _fit(self, choices: Choices) -> None:
        from cornac.data import Dataset, SequentialDataset
        from cornac.models.recommender import NextItemRecommender

        self._sequential = isinstance(self.model, NextItemRecommender)
        people, items, times = choices.user.tolist(), choices.item.tolist(), choices.time.tolist()
        if self._sequential:
            # A person's log is one session, and sessions are told apart by their ids: the person's own.
            rows = sorted(zip(people, people, items, times, strict=True), key=lambda row: row[0])
            data = SequentialDataset.from_usit(rows, seed=self.seed)
        else:
            rows = list(zip(people, items, choices.value.tolist(), times, strict=True))
            data = Dataset.from_uirt(rows, seed=self.seed)
        self.model.fit(data)
        self._user_of = dict(data.uid_map)
        self._item_row = np.array(list(data.iid_map), dtype=np.int64)
        """Catalogue row by the library's index, which counts items as they first occur. (items of the log,)."""
        self._index_of = {row: index for index, row in enumerate(self._item_row.tolist())}

    def _scores(self, asked: Asked) -> F32:
        from cornac.exception import ScoreException

        out = np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        for i in range(len(asked)):
            user = self._user_of.get(int(asked.known[i]), -1)
            history = [self._index_of[row] for row in asked.history(i).tolist() if row in self._index_of]
            if not history if self._sequential else user < 0:
                continue
            try:
                scores = self.model.score(user, history) if self._sequential else self.model.score(user)
            except ScoreException:
                continue
            scores = np.asarray(scores, dtype=np.float32).ravel()[: self._item_row.size]
            out[i, self._item_row[: scores.size]] = scores
        return out
