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
    """A mixture of two log-normals: people stay, or turn back at once, the oftener the less they liked it.

    dwell = length x exp(mu + want (w - w0) + sigma x normal); (mu, sigma) of staying, or of a bounce with probability
    sigmoid(bounce - liking x (felt - 3)). length = reference (duration / reference)^elasticity, or a base length if
    the duration is unknown. Log-normal dwell: Yi, Hong, Zhong, Liu & Rajan, RecSys 2014; short dwell as
    disappointment: Fox et al., TOIS 2005; Kim, Hassan, White & Zitouni, WSDM 2014.
    """

    stay: float = constant(0.0, unit="ln share", grade="transferred", source=_KUAIRAND, low=-10, high=10, spread=0.1)
    stay_sigma: float = constant(0.5, unit="ln", grade="transferred", source=_KUAIRAND, low=0.0, high=5.0)
    turn_back: float = constant(
        -1.8, unit="ln share", grade="transferred", source=_KUAIRAND, low=-10, high=10, spread=0.3
    )
    turn_back_sigma: float = constant(1.5, unit="ln", grade="transferred", source=_KUAIRAND, low=0.0, high=5.0)
    bounce: float = constant(0.3, unit="logit", grade="transferred", source=_KUAIRAND, low=-10.0, high=10.0, spread=0.3)
    liking: float = constant(
        0.5,
        unit="logit per level",
        grade="transferred",
        source=f"{_KUAIRAND}; a hate read as level 1.6, a like as 4.4",
        low=0.0,
        high=10.0,
    )
    want: float = constant(
        0.05,
        unit="ln per logit",
        grade="assumed",
        source="direction: Yi et al. 2014; size chosen",
        low=0.0,
        high=2.0,
    )
    reference_s: float = constant(15.0, unit="s", grade="transferred", source=_KUAIRAND, low=0.1, high=1e6)
    elasticity: float = constant(
        0.64,
        unit="exponent",
        grade="transferred",
        source=f"{_KUAIRAND}; beyond five minutes an extrapolation",
        low=0.0,
        high=2.0,
        spread=0.15,
    )
    base_s: float = constant(48.0, unit="s", grade="transferred", source=_EBNERD, low=0.1, high=1e6)

    def length(self, duration_s: F32) -> F32:
        """Typical seconds spent on an item of that duration (NaN: unknown). Any shape."""
        scaled = self.reference_s * (duration_s / np.float32(self.reference_s)) ** np.float32(self.elasticity)
        return np.where(np.isnan(duration_s), np.float32(self.base_s), scaled).astype(np.float32)

    def bounces(self, felt: npt.NDArray[np.int8], luck: Floats) -> Bools:
        """Who turns back at once. `felt` level 1 … 5 and uniform `luck`, (m,)."""
        chance = expit(np.float32(self.bounce) - np.float32(self.liking) * (felt.astype(np.float32) - 3))
        back: Bools = luck < chance
        return back

    def seconds(self, duration_s: F32, want: F32, bounced: Bools, normal: Floats) -> F32:
        """Seconds spent, (m,). `want` is the logit that led to the click; it counts from -2, a want of 12 %."""
        mu = np.where(bounced, np.float32(self.turn_back), np.float32(self.stay))
        sigma = np.where(bounced, np.float32(self.turn_back_sigma), np.float32(self.stay_sigma))
        eager = np.float32(self.want) * (want + np.float32(2.0))
        seconds: F32 = self.length(duration_s) * np.exp(mu + eager + sigma * normal.astype(np.float32))
        return seconds
