"""Novelty: some people are drawn to what is unlike their own history, others put off by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.behaviour.constants import constant
from simulator.records import F32


@dataclass(frozen=True)
class Novelty:
    """Shift = weight x novelty seeking x (1/2 - familiarity), familiarity in [0, 1].

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

    def shift(self, familiarity: F32, novelty_seeking: F32) -> F32:
        """Change of the click logit. `familiarity` (n, k), `novelty_seeking` (n,) in standard deviations; (n, k)."""
        shift: F32 = (np.float32(0.5) - familiarity) * (np.float32(self.weight) * novelty_seeking)[:, None]
        return shift
