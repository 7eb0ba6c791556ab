"""Leaving: the hazard that a session ends with this page, and what ended it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from simulator.behaviour.constants import constant
from simulator.records import F32, Bools
from simulator.turn import LeaveReason

_SIZE = "direction as named; size chosen"
DRIVES = ("sated", "tired", "bored", "dissatisfied", "intended")
"""What pushes towards leaving."""
_REASONS = np.array(
    [LeaveReason.SATED, LeaveReason.TIRED, LeaveReason.BORED, LeaveReason.DISSATISFIED, LeaveReason.INTENDED],
    dtype=np.int8,
)


@dataclass(frozen=True)
class Leaving:
    """Discrete-time hazard, logit h = base - patience + sated + tired + bored + dissatisfied + intended (Allison 1982).

    Contributions: chosen items of the session, fatigue, boredom with what was examined, satisfaction below
    expectation, the mind's wish to leave. The largest one is the reason; a visit that none of them ends is just over
    (SATED).
    """

    base: float = constant(
        -1.0,
        unit="logit",
        grade="transferred",
        source="485 EB-NeRD sessions have 2.16 pages on average and a flat hazard of .46 (benchmarks/fit_laws.py)",
        low=-10.0,
        high=10.0,
        spread=0.4,
    )
    patience: float = constant(0.5, unit="logit per sd of patience", grade="assumed", source=_SIZE, low=0.0, high=5.0)
    sated: float = constant(0.15, unit="logit per item chosen", grade="assumed", source=_SIZE, low=0.0, high=5.0)
    tired: float = constant(2.0, unit="logit per unit of fatigue", grade="assumed", source=_SIZE, low=0.0, high=20.0)
    bored: float = constant(1.0, unit="logit per unit of boredom", grade="assumed", source=_SIZE, low=0.0, high=20.0)
    dissatisfied: float = constant(
        0.8, unit="logit per level below expectation", grade="assumed", source=_SIZE, low=0.0, high=20.0
    )
    intended: float = constant(
        2.0, unit="logit if the mind means to leave", grade="assumed", source=_SIZE, low=0.0, high=20.0
    )

    def hazard(
        self, patience: F32, chosen: F32, fatigue: F32, boredom: F32, shortfall: F32, wish: Bools
    ) -> tuple[F32, npt.NDArray[np.int8]]:
        """Chance of leaving after the page, and the `LeaveReason` if so. All (n,).

        `chosen` items of the session so far; `boredom` in [0, 1] times proneness; `shortfall` of satisfaction below
        expectation in levels, not negative; `wish`: the mind means to leave.
        """
        drives = self._drives(chosen, fatigue, boredom, shortfall, wish)
        logit = self.resting(patience) + drives.sum(axis=1)
        return expit(logit), _REASONS[drives.argmax(axis=1)]

    def drives(
        self, patience: F32, chosen: F32, fatigue: F32, boredom: F32, shortfall: F32, wish: Bools
    ) -> dict[str, F32]:
        """What pushes towards leaving, in logits by the names of `DRIVES`; (n,) each. Arguments as of `hazard`, whose
        logit is their sum and `resting(patience)`."""
        return dict(zip(DRIVES, self._drives(chosen, fatigue, boredom, shortfall, wish).T, strict=True))

    def resting(self, patience: F32) -> F32:
        """The logit of leaving that is there without any drive: the lower, the more patient. (n,)."""
        logit: F32 = np.float32(self.base) - np.float32(self.patience) * patience
        return logit

    def _drives(self, chosen: F32, fatigue: F32, boredom: F32, shortfall: F32, wish: Bools) -> F32:
        """In the order of `DRIVES`. (n, 5)."""
        drives = np.empty((fatigue.size, 5), dtype=np.float32)
        drives[:, 0] = np.float32(self.sated) * chosen
        drives[:, 1] = np.float32(self.tired) * fatigue
        drives[:, 2] = np.float32(self.bored) * boredom
        drives[:, 3] = np.float32(self.dissatisfied) * shortfall
        drives[:, 4] = np.float32(self.intended) * wish
        return drives
