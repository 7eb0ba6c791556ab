"""A control that must lose: what another recommender thinks worst of, first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommenders.batching import as_batch
from recommenders.composition import Composite, Part, made, ranked
from recommenders.contract import Request, Slate, SlateBatch
from simulator.records import UserInputError


class Reversed(Composite):
    """A bad control: another recommender's ranking, read from its worst end.

    base: the recommender whose ranking is turned round.

    It knows as much as its base and uses all of it against people. If the base is better than chance, a simulator that
    reacts to taste gives this arm fewer clicks than `random`; one that does not tell the two apart does not see what
    people want. Whether those few clicks also disappoint depends on the base: what somebody is unlikely to choose need
    not be bad. Scores are the base's with the sign turned, so `explore` may be put around it.
    """

    def __init__(self, *, base: Part = "als") -> None:
        self.base = base
        self._made_of(made(base))

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The last `k` of the base's ranking of all that may be shown, the last one first."""
        batch = as_batch(self.catalog, requests)
        everything = ranked(self.parts[0], batch, max(k, len(self.catalog)))
        if everything.propensities is not None:
            raise UserInputError(
                "reversed: its base draws at random, so its ranking has no worst end. Give one that ranks, such as als"
            )
        last = (everything.items >= 0).sum(axis=1)[:, None] - 1 - np.arange(k)
        seat = np.maximum(last, 0)
        items = np.where(last >= 0, np.take_along_axis(everything.items, seat, axis=1), -1).astype(np.int32)
        if everything.scores is None:
            return SlateBatch(self.catalog, items)
        scores = np.where(last >= 0, -np.take_along_axis(everything.scores, seat, axis=1), np.nan)
        return SlateBatch(self.catalog, items, scores.astype(np.float32))
