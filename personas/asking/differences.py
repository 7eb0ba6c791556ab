"""Mean differences over pairs, and whether they can be told from none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean over n pairs with its standard error."""

    mean: float
    se: float
    n: int

    @classmethod
    def of(cls, pairs: F64) -> Difference:
        """From the difference of each pair, two of them at least. (n,)."""
        se = float(pairs.std(ddof=1)) / math.sqrt(pairs.size)
        return cls(float(pairs.mean()), se, int(pairs.size))

    @property
    def chance(self) -> float:
        """Probability of a mean as large if there were no difference: one-sided, by Student's t."""
        from scipy.stats import t

        if self.se == 0:
            return 0.0 if self.mean > 0 else 1.0
        return float(t.sf(self.mean / self.se, self.n - 1))

    def clear(self, level: float) -> bool:
        """Whether it is above nothing at that level."""
        return self.chance < level

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.se:.2f}"


def correlation(one: F64, other: F64) -> float | None:
    """Pearson's, over at least three pairs; None where there are fewer, or one side never changes. (n,) each."""
    if one.size < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])
