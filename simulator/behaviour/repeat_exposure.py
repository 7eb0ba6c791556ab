"""Repeat exposure: an item grows on people at first, and wears out if it is shown again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.behaviour.constants import constant
from simulator.records import F32


@dataclass(frozen=True)
class RepeatExposure:
    """Shift = mere x ln(1 + n) - wear x ln(1 + n)^2 after n earlier exposures: an inverted U whose rise, at the sizes
    below, is hardly there.

    Mere exposure and its turn: Zajonc 1968; Montoya et al., Psychological Bulletin 2017 (quadratic in exposures).
    """

    mere: float = constant(
        0.2,
        unit="logit",
        grade="assumed",
        source="direction: Montoya et al. 2017; size chosen",
        low=0.0,
        high=5.0,
    )
    wear: float = constant(
        0.25,
        unit="logit",
        grade="assumed",
        source="direction: impression discounting, Lee, Lakshmanan, Tiwari & Shah, KDD 2014; size chosen",
        low=0.0,
        high=5.0,
    )

    def by_count(self) -> F32:
        """Change of the click logit after 0 … 255 exposures; a table, as exposures are counted in a byte. (256,)."""
        seen = np.log1p(np.arange(256))
        return (self.mere * seen - self.wear * seen**2).astype(np.float32)
