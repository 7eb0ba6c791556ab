"""An object that has `fit` and `recommend` without being a `Recommender`, made to be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recommenders.contract import Feedback, Recommender, Request, Slate
from simulator.records import Catalog, InteractionLog


class DuckTyped(Recommender):
    """Passes calls on to `inner`; what `inner` lacks stays as optional as the contract has it. It is never saved."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.learns = bool(getattr(inner, "learns", hasattr(inner, "observe")))

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Pass on."""
        self.inner.fit(catalog, log)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """Pass on."""
        slates: Sequence[Slate] = self.inner.recommend(requests, k)
        return slates

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> npt.NDArray[np.floating[Any]]:
        """Pass on, if `inner` has it."""
        if not hasattr(self.inner, "log_prob"):
            return super().log_prob(requests, slates)
        return np.asarray(self.inner.log_prob(requests, slates), dtype=np.float64)

    def observe(self, feedback: Feedback) -> None:
        """Pass on, if `inner` has it."""
        if hasattr(self.inner, "observe"):
            self.inner.observe(feedback)
