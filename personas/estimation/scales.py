"""The scale of every estimate: standard deviations over the people of a log, clipped, with 0 for the unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.records import F32, Bools

F64 = npt.NDArray[np.float64]

LIMIT = 2.5
SHRINK = 10.0
"""A history of that many interactions counts as much as the crowd."""


def standardise(values: F64, known: Bools | None = None) -> F32:
    """Standard deviations from the mean of the people about whom something is known, within ±LIMIT; 0 for others."""
    known = np.isfinite(values) if known is None else known & np.isfinite(values)
    out = np.zeros(values.size, dtype=np.float32)
    if known.sum() > 1 and (spread := float(values[known].std())) > 0:
        out[known] = np.clip((values[known] - values[known].mean()) / spread, -LIMIT, LIMIT)
    return out


def unit_rows(vectors: npt.NDArray[Any]) -> F32:
    """Rows scaled to unit length; zero rows stay. float32."""
    norm = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    unit: F32 = np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0).astype(np.float32)
    return unit
