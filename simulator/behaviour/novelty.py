"""Novelty: some people are drawn to what is unlike their own history, others put off by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.behaviour.constants import constant
from simulator.records import F32


@dataclass(frozen=True)
class Novelty:
    """Shift = weight x (novelty seeking + session x luck) x (1/2 - familiarity), familiarity in [0, 1].

    Novelty seeking is a lasting trait, and a state of the session around it: who seeks novelty on the whole is not in
    the mood for it on every visit (Li et al., "Hierarchical reinforcement learning for modeling user novelty-seeking
    intent in recommender systems", 2023). The luck is standard normal, one draw for each person and session.

    Familiarity is the cosine between the item's categories and those of all that the person chose. It says nothing of
    popularity, which acts through conformity alone. Trait: Pearson, J. Consulting and Clinical Psychology 1970.
    """

    weight: float = constant(
        0.3,
        unit="logit per sd of novelty seeking",
        grade="assumed",
        source="direction: Steenkamp & Baumgartner, J. Consumer Research 1992; size chosen",
        low=0.0,
        high=10.0,
    )

    session: float = constant(
        0.5,
        unit="sd of novelty seeking",
        grade="assumed",
        source="that the state varies about the trait: Li et al. 2023; size chosen",
        low=0.0,
        high=5.0,
    )

    def state(self, novelty_seeking: F32, luck: npt.NDArray[np.floating[Any]]) -> F32:
        """Novelty seeking in a session, standard deviations. Trait and standard normal `luck`, (n,)."""
        state: F32 = novelty_seeking + np.float32(self.session) * luck.astype(np.float32)
        return state

    def shift(self, familiarity: F32, novelty_seeking: F32) -> F32:
        """Change of the click logit. `familiarity` (n, k), `novelty_seeking` of the session (n,); (n, k)."""
        shift: F32 = (np.float32(0.5) - familiarity) * (np.float32(self.weight) * novelty_seeking)[:, None]
        return shift
