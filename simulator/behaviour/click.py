"""Click: the chance that an examined item is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from simulator.behaviour.constants import constant
from simulator.records import F32


@dataclass(frozen=True)
class Click:
    """P(click | examined) = sigmoid(want + appeal + shifts), the logit form of discrete choice (McFadden, 1974).

    `want` is the calibrated logit of being among the person's own choices; `appeal` turns it into a click on a page;
    the shifts are those of boredom, novelty, repeat exposure, cues and, here, conformity (conformity x the item's
    popularity) and pickiness (the same for all items).
    """

    appeal: float = constant(
        1.1,
        unit="logit",
        grade="transferred",
        source="level at which slates wanted with p = .05-.2 get .122 clicks an impression, as the Yandex pages do",
        low=-10.0,
        high=10.0,
        spread=0.3,
    )
    conformity: float = constant(
        0.1,
        unit="logit per sd of conformity per sd of log popularity",
        grade="assumed",
        source="direction: Salganik, Dodds & Watts, Science 2006; size chosen, since want holds most of popularity",
        low=0.0,
        high=2.0,
    )

    pickiness: float = constant(
        0.3,
        unit="logit per sd of pickiness",
        grade="assumed",
        source="form: a chooser's own threshold, Simon 1955; trait: SimUSER (arXiv 2504.12722); size chosen",
        low=0.0,
        high=3.0,
    )

    def conform(self, conformity: F32, popularity: F32) -> F32:
        """Shift of the logit. `conformity` (n,) and `popularity` (n, k) in standard deviations; (n, k)."""
        shift: F32 = (np.float32(self.conformity) * conformity)[:, None] * popularity
        return shift

    def pick(self, pickiness: F32) -> F32:
        """Shift of the logit for people who are that hard to please, in standard deviations. (n,)."""
        shift: F32 = np.float32(-self.pickiness) * pickiness
        return shift

    def probability(self, want: F32, shifts: F32) -> F32:
        """Chance of a click, were the place examined. All (n, k)."""
        chance: F32 = expit(want + shifts + np.float32(self.appeal))
        return chance
