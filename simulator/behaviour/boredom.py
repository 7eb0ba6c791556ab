"""Boredom: similar things wear out, and come back after a rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.behaviour.constants import constant
from simulator.records import F32

_SATIATION = "form: McAlister, J. Consumer Research 1982; Baucells & Sarin, Operations Research 2007; size chosen"


@dataclass(frozen=True)
class Boredom:
    """Satiation with the attributes of what was seen: McAlister's dynamic attribute satiation.

    The trace T (a vector over categories, at most unit long) moves a share `uptake` towards the mean category vector of
    the items examined on each page, and between sessions decays by exp(-gap / rest). Boredom with an item of unit
    category vector c is c.T in [0, 1]; its click logit falls by weight x proneness x boredom.
    """

    weight: float = constant(0.8, unit="logit", grade="assumed", source=_SATIATION, low=0.0, high=10.0)
    uptake: float = constant(0.2, unit="share per page", grade="assumed", source=_SATIATION, low=0.0, high=1.0)
    rest_h: float = constant(24.0, unit="hours", grade="assumed", source=_SATIATION, low=0.1, high=10_000.0)

    def shift(self, boredom: F32, proneness: F32) -> F32:
        """Change of the click logit. `boredom` (n, k), `proneness` (n,) around 1; (n, k), never positive."""
        shift: F32 = boredom * (np.float32(-self.weight) * proneness)[:, None]
        return shift

    def remaining(self, gap_s: F32) -> F32:
        """Share of the trace that is left after that many seconds away."""
        left: F32 = np.exp(gap_s * np.float32(-1.0 / (3600.0 * self.rest_h)))
        return left
