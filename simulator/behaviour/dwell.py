"""Dwell: how long a person stays with an item after a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from simulator.behaviour.constants import constant
from simulator.records import F32, Bools

_KUAIRAND = "33,234 liked or hated plays of KuaiRand, two shared components by EM (benchmarks/fit_laws.py)"
_EBNERD = "7,794 read times of EB-NeRD, two components by EM (benchmarks/fit_laws.py)"

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Dwell:
    """A mixture of two log-normals: people stay, or turn back early, the oftener the less they liked it.

    Staying takes length x exp(stay + want (w + 2) + stay_sigma x normal) seconds, where length = reference (duration /
    reference)^elasticity, or a base length if the duration is unknown. Turning back takes about `turn_back_s`, however
    long the item is (EB-NeRD's short reads have a median of 6.5 s, KuaiRand's short plays one of 6.1 s), and happens
    with probability sigmoid(early - liking x (felt - 3) + impulsivity x the person's). Log-normal dwell: Yi, Hong,
    Zhong, Liu & Rajan, RecSys 2014; short dwell as disappointment: Fox et al., TOIS 2005; Kim, Hassan, White & Zitouni,
    WSDM 2014.
    """

    stay: float = constant(0.12, unit="ln share", grade="transferred", source=_KUAIRAND, low=-10, high=10, spread=0.1)
    stay_sigma: float = constant(0.36, unit="ln", grade="transferred", source=_KUAIRAND, low=0.0, high=5.0)
    turn_back_s: float = constant(6.1, unit="s", grade="transferred", source=_KUAIRAND, low=0.01, high=1e4)
    turn_back_sigma: float = constant(1.16, unit="ln", grade="transferred", source=_KUAIRAND, low=0.0, high=5.0)
    early: float = constant(1.03, unit="logit", grade="transferred", source=_KUAIRAND, low=-10.0, high=10.0, spread=0.5)
    liking: float = constant(
        0.98,
        unit="logit per level",
        grade="transferred",
        source=f"{_KUAIRAND}; a hate read as level 1.66, a like as 4.39",
        low=0.0,
        high=10.0,
    )
    impulsivity: float = constant(
        0.5,
        unit="logit per sd of impulsivity",
        grade="assumed",
        source="direction: what is chosen on impulse is soon regretted, Rook 1987; size chosen",
        low=0.0,
        high=5.0,
    )
    want: float = constant(
        0.05,
        unit="ln per logit",
        grade="assumed",
        source="direction: Yi et al. 2014; size chosen",
        low=0.0,
        high=2.0,
    )
    reference_s: float = constant(
        15.0,
        unit="s",
        grade="transferred",
        source="where the elasticity turns; the median KuaiRand video is 17 s",
        low=0.1,
        high=1e6,
        spread=0.0,
    )
    elasticity: float = constant(
        0.86,
        unit="exponent",
        grade="transferred",
        source=f"{_KUAIRAND}; beyond five minutes an extrapolation",
        low=0.0,
        high=2.0,
        spread=0.15,
    )
    base_s: float = constant(43.0, unit="s", grade="transferred", source=_EBNERD, low=0.1, high=1e6)

    def length(self, duration_s: F32) -> F32:
        """Typical seconds spent on an item of that duration (NaN: unknown) by those who stay. Any shape."""
        scaled = self.reference_s * (duration_s / np.float32(self.reference_s)) ** np.float32(self.elasticity)
        return np.where(np.isnan(duration_s), np.float32(self.base_s), scaled).astype(np.float32)

    def turns_back(self, felt: npt.NDArray[np.int8], impulsivity: F32, luck: Floats) -> Bools:
        """Who turns back early. `felt` level 1 … 5, `impulsivity` in standard deviations, uniform `luck`; (m,)."""
        back: Bools = luck < self.early_chance(felt, impulsivity)
        return back

    def early_chance(self, felt: npt.NDArray[np.int8], impulsivity: F32) -> F32:
        """Chance of turning back early. As above, (m,)."""
        logit = np.float32(self.early) - np.float32(self.liking) * (felt.astype(np.float32) - 3)
        chance: F32 = expit(logit + np.float32(self.impulsivity) * impulsivity)
        return chance

    def seconds(self, duration_s: F32, want: F32, back: Bools, normal: Floats) -> F32:
        """Seconds spent, (m,). `want` is the logit that led to the click, `normal` standard normal luck."""
        eager = np.float32(self.want) * (want + np.float32(2.0))
        luck = normal.astype(np.float32)
        stay = self.length(duration_s) * np.exp(np.float32(self.stay) + eager + np.float32(self.stay_sigma) * luck)
        short = np.float32(self.turn_back_s) * np.exp(np.float32(self.turn_back_sigma) * luck)
        seconds: F32 = np.where(back, short, stay)
        return seconds
