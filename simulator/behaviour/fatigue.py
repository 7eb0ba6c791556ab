"""Fatigue: effort adds up within a session, and goes away between sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.behaviour.constants import constant
from simulator.records import F32

_FATIGUE = "no log at hand identifies it; a page of ten costs a tenth of one's strength"


@dataclass(frozen=True)
class Fatigue:
    """f' = 1 - (1 - f) exp(-effort), effort = scan x items examined + consume x items chosen; f in [0, 1).

    Between sessions f decays by exp(-gap / recovery): the fitness-fatigue form (Banister et al. 1975). Fatigue acts in
    two places: attention ends sooner (the effort of examination is 1 + depth x f), and leaving is likelier. It does not
    touch the click on what is examined.
    """

    scan: float = constant(0.01, unit="per item", grade="assumed", source=_FATIGUE, low=0.0, high=1.0)
    consume: float = constant(0.04, unit="per item", grade="assumed", source=_FATIGUE, low=0.0, high=1.0)
    depth: float = constant(
        1.0,
        unit="per unit of fatigue",
        grade="assumed",
        source="direction: deeper results are examined less as a session goes on; size chosen",
        low=0.0,
        high=20.0,
    )
    recovery_h: float = constant(
        6.0,
        unit="hours",
        grade="assumed",
        source="rested after a night; chosen",
        low=0.01,
        high=1000.0,
    )

    def after(self, fatigue: F32, examined: npt.NDArray[Any], chosen: npt.NDArray[Any]) -> F32:
        """Fatigue after a page on which so many items were examined and chosen. All (n,)."""
        effort = np.float32(self.scan) * examined + np.float32(self.consume) * chosen
        return (1 - (1 - fatigue) * np.exp(-effort)).astype(np.float32)

    def remaining(self, gap_s: F32) -> F32:
        """Share of fatigue that is left after that many seconds away."""
        left: F32 = np.exp(gap_s * np.float32(-1.0 / (3600.0 * self.recovery_h)))
        return left
