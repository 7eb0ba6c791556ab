"""Returning: the time until the next visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.behaviour.constants import constant
from simulator.records import F32, I32
from simulator.simulated_time import DAY_S

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Returning:
    """Log-normal gaps between visits: mean 1 / activity days for a person whose satisfaction is what they came with.

    ln gap = ln(1 / activity) - sigma^2 / 2 - pull x (satisfaction - baseline) + sigma x normal, kept within
    [shortest, longest]. Log-normal rather than Weibull: the gaps of a person are right-skewed with a mode above zero.
    `turns_per_day` says how many turns of the simulation make a day.
    """

    sigma: float = constant(
        1.03,
        unit="ln",
        grade="transferred",
        source="1,982 gaps of 43 EB-NeRD readers, within person; 1.84 in MovieLens (benchmarks/fit_laws.py)",
        low=0.0,
        high=4.0,
        spread=0.25,
    )
    pull: float = constant(
        0.4,
        unit="ln per level",
        grade="assumed",
        source="direction: satisfied people come back sooner (absence time, Dupret & Lalmas, WSDM 2013); size chosen",
        low=0.0,
        high=5.0,
    )
    shortest_h: float = constant(
        0.5,
        unit="hours",
        grade="assumed",
        source="below half an hour it is the same session: the convention since Catledge & Pitkow 1995",
        low=0.01,
        high=24.0,
        spread=0.1,
    )
    longest_d: float = constant(
        90.0,
        unit="days",
        grade="assumed",
        source="later than that is not coming back",
        low=1.0,
        high=3650.0,
        spread=20.0,
    )
    turns_per_day: float = constant(
        3.0,
        unit="turns",
        grade="assumed",
        source="resolution: about the pages that an ordinary person sees in a day, 1.2 visits of 2.16",
        low=1.0,
        high=1440.0,
        spread=0.0,
    )

    def gap_s(self, activity: F32, satisfaction: F32, baseline: F32, normal: Floats) -> F32:
        """Seconds until the next visit. `activity` in visits a day, the levels 1–5, standard normal luck; all (m,)."""
        log_days = -np.log(activity) - np.float32(self.sigma**2 / 2)
        log_days += np.float32(self.sigma) * normal.astype(np.float32)
        log_days -= np.float32(self.pull) * (satisfaction - baseline)
        days = np.clip(np.exp(log_days), np.float32(self.shortest_h / 24), np.float32(self.longest_d))
        return (days * np.float32(DAY_S)).astype(np.float32)

    def turns(self, gap_s: F32) -> I32:
        """How many turns later the next session opens, at least one. (m,)."""
        turns = np.ceil(gap_s.astype(np.float64) / DAY_S * self.turns_per_day)
        return np.maximum(turns, 1).astype(np.int32)
