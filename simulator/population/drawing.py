"""Traits that nothing tells: drawn from a stated distribution, keyed by seed, trait and person."""

from __future__ import annotations

import numpy as np

from personas.traits import LIMIT
from simulator.randomness import U64, Stream
from simulator.records import F32

HABIT_SPREAD = 0.3
"""Standard deviation of ln position habit and of ln boredom proneness between people. Assumed: no log tells them."""


def normal(seed: int, trait: str, keys: U64) -> F32:
    """Standard normal within ±`LIMIT`. (n,)."""
    drawn = Stream.of(seed, "population", trait).normal(keys)
    return np.clip(drawn, -LIMIT, LIMIT).astype(np.float32)


def factor(sd: F32) -> F32:
    """A factor from standard deviations: log-normal with mean 1. Any shape."""
    out: F32 = np.exp(np.float32(HABIT_SPREAD) * sd - np.float32(HABIT_SPREAD**2 / 2)).astype(np.float32)
    return out
