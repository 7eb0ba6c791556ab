"""Rating: what a person felt about what they chose, and whether they say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.behaviour.constants import constant
from simulator.records import F32


@dataclass(frozen=True)
class Rating:
    """Ordered thresholds on a latent judgement, one set a person: McKelvey & Zavoina 1975; Koren & Sill, RecSys 2011.

    latent = (expected - mean) / spread + sqrt(1 - reliability^2) x normal, in the person's own standard units, and the
    level is one more than the number of the person's thresholds below it. With expectations that correlate with real
    ratings by `reliability` within a person, the latent has unit variance and the thresholds give the person's own
    histogram.
    """

    reliability: float = constant(
        0.56,
        unit="correlation",
        grade="fitted",
        source="within-person correlation of held-out ratings with biases + 16 factors, ML-1M (benchmarks/fit_laws.py)",
        low=0.0,
        high=1.0,
        spread=0.03,
    )
    share: float = constant(
        0.3,
        unit="share of clicks",
        grade="assumed",
        source="most people do not rate what they chose; the share differs by product",
        low=0.0,
        high=1.0,
    )

    def felt(
        self, expected: F32, mean: F32, spread: F32, thresholds: F32, noise: npt.NDArray[np.floating[Any]]
    ) -> npt.NDArray[np.int8]:
        """Felt level, 1 … 5. `expected`, `mean`, `spread` and the standard normal `noise` (m,); `thresholds` (m, 4)."""
        doubt = np.float32(np.sqrt(1.0 - self.reliability**2))
        latent = (expected - mean) / spread + doubt * noise.astype(np.float32)
        level: npt.NDArray[np.int8] = (1 + (latent[:, None] > thresholds).sum(axis=1)).astype(np.int8)
        return level
