"""Raking: the joint table nearest to a seed table that has given margins (Deming & Stephan 1940).

Each margin in turn is scaled to its target until all hold. What the seed says of associations (odds ratios) stays, and
a zero of the seed stays a zero; the result has the least relative entropy to the seed (Csiszár 1975).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

ROUNDS = 2000
NEAR = 1e-7
"""Largest difference of a margin, as a share, at which raking ends."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Raked:
    """A raked table."""

    table: F64
    """Adds up to what the targets do."""
    factors: dict[int, F64]
    """By axis, what the seed's cells were multiplied by."""
    worst: float
    """Largest difference left of any margin from its target, as a share of all."""


def raked(seed: F64, targets: Mapping[int, F64]) -> Raked:
    """The table nearest to `seed` (not negative, any number of axes) with the margins `targets`, by axis, of one total.

    The difference stays above `NEAR` where no table with the seed's zeros has these margins; the last target given then
    holds where it can.
    """
    table = seed / max(float(seed.sum()), 1e-300)
    others = {axis: tuple(k for k in range(seed.ndim) if k != axis) for axis in targets}
    factors = {axis: np.ones_like(target) for axis, target in targets.items()}
    worst, before = 0.0, np.inf
    for nth in range(ROUNDS):
        for axis, target in targets.items():
            margin = table.sum(axis=others[axis])
            factor = np.divide(target, margin, out=np.zeros_like(target), where=margin > 0)
            factors[axis] *= factor
            table = table * factor.reshape([-1 if k == axis else 1 for k in range(seed.ndim)])
        worst = max(
            (float(np.abs(table.sum(axis=others[axis]) - target).max()) for axis, target in targets.items()),
            default=0.0,
        )
        if worst < NEAR:
            break
        if nth % 100 == 99:  # a margin that no longer moves cannot be reached
            if worst > 0.999 * before:
                break
            before = worst
    return Raked(table=table, factors=factors, worst=worst)
