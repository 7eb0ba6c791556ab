"""Traits that nothing tells: drawn from a stated distribution, keyed by seed, trait and person."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from personas.traits import LIMIT
from simulator.randomness import U64, Stream
from simulator.records import F32

Floats = npt.NDArray[np.floating[Any]]

HABIT_SPREAD = 0.3
"""Standard deviation of ln position habit and of ln boredom proneness between people. Assumed: no log tells them."""


def normal(seed: int, trait: str, keys: U64) -> F32:
    """Standard normal within ±`LIMIT`. (n,)."""
    drawn = Stream.of(seed, "population", trait).normal(keys)
    return np.clip(drawn, -LIMIT, LIMIT).astype(np.float32)


def plausible(sd: Floats, confidence: Floats, seed: int, trait: str, keys: U64) -> F32:
    """What a trait may be of which an expected value is known, shrunk, with a reliability. (n,) each.

    A crowd of expected values is more alike than people are; a draw from what each may be is not (plausible values:
    Mislevy, Psychometrika 1991). Of what is known for sure it is the value, of what is not known N(0, 1).
    """
    drawn = sd + np.sqrt(np.clip(1 - confidence, 0, 1)) * normal(seed, trait, keys)
    return np.clip(drawn, -LIMIT, LIMIT).astype(np.float32)


def factor(sd: F32) -> F32:
    """A factor from standard deviations: log-normal with mean 1. Any shape."""
    out: F32 = np.exp(np.float32(HABIT_SPREAD) * sd - np.float32(HABIT_SPREAD**2 / 2)).astype(np.float32)
    return out
