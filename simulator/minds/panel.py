"""A fixed reference panel of recommenders, from whose top slots the stack's weights are learnt too.

What a recommender puts on top is where its own errors are largest (the winner's curse), so weights that are right on
average over the catalogue are too optimistic there. The panel is fitted on what the platform knows, as recommenders
are, and has settings of its own: it is never the recommender under test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommenders.topk import top_k
from simulator.minds.base import BaseModels, Settings
from simulator.minds.family import Histories, Known
from simulator.records import I32, SplitLog

DEPTH = 100
"""Places of each slate."""
_SETTINGS: Settings = {
    "linear": {"penalty": 200.0},
    "factor": {"factors": 32, "confidence": 2.0, "penalty": 20.0},
    "neighbour": {"neighbours": 200},
    "content": {"width": 64},
}


@dataclass(frozen=True, eq=False)
class ReferencePanel:
    """Five recommenders, one a family."""

    models: BaseModels
    known: Known

    @classmethod
    def fit(cls, split: SplitLog, *, seed: int) -> ReferencePanel:
        known = Known.of(split.platform)
        return cls(BaseModels.fit(known, seed=seed, settings=_SETTINGS), known)

    def slates(self, rows: I32) -> I32:
        """The best items that the platform does not know a person to have. (5, n, depth), -1 where they run out."""
        histories = Histories(rows, self.known.matrix[rows])
        chosen = histories.matrix.toarray() > 0
        depth = min(DEPTH, chosen.shape[1])
        slates = []
        for tile in self.models.scores(histories).tiles:
            slates.append(top_k(np.where(chosen, np.float32(-np.inf), tile), depth))
        return np.stack(slates)
