"""LensKit: scorers with the history in the query (Ekstrand, "LensKit for Python", CIKM 2020; MIT)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from recommenders.adapters.base import Adapter
from recommenders.adapters.frame import Asked, Choices
from simulator.records import F32


class LensKit(Adapter):
    """A scorer of LensKit, such as lenskit.als:ImplicitMFScorer; params are the fields of its configuration.

    Every query carries the history, this run included: scorers that read it (neighbours, EASE, ALS) serve strangers
    and new choices; those that go by the person's id (BPR, HPF) serve the people of the log as fitted.
    """

    library, install, example = "lenskit", "lenskit", "lenskit.als:ImplicitMFScorer"

    def _make(self, found: Callable[..., Any]) -> Any:
        return found(**self.params)

    def _fit(self, choices: Choices) -> None:
        from lenskit.data import from_interactions_df
        from lenskit.training import TrainingOptions

        self._rows = np.unique(choices.item).astype(np.int64)
        """The items that the library knows; some scorers fail on others."""
        self._knows = np.zeros(choices.shape[1], dtype=np.bool_)
        self._knows[self._rows] = True
        frame = choices.frame(user="user_id", item="item_id", value="rating", time="timestamp")
        self.model.train(from_interactions_df(frame), TrainingOptions(rng=self.seed))

    def _scores(self, asked: Asked) -> F32:
        from lenskit.data import ItemList, RecQuery

        everything = ItemList(item_ids=self._rows)
        out = np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        for i in range(len(asked)):
            chosen, value = asked.history(i).astype(np.int64), asked.values(i)
            told = np.isfinite(value) & self._knows[chosen]
            history = ItemList(item_ids=chosen[told], rating=value[told])
            user_id = int(asked.known[i]) if asked.known[i] >= 0 else None
            query = RecQuery(user_id=user_id, history_items=history)
            scores = self.model(**self._inputs(query=query, items=everything)).scores()
            if scores is not None:
                out[i, self._rows] = scores
        return out

    def _inputs(self, **offered: Any) -> dict[str, Any]:
        """Those of the inputs that the scorer has a place for, as LensKit's pipelines wire them: by name."""
        takes = inspect.signature(self.model).parameters
        return {name: value for name, value in offered.items() if name in takes}
