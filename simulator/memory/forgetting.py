"""What fades: retention as a power law of simulated time since the last use.

    retention = (1 + age / unit)^(-decay · (1 - importance))

Power functions describe forgetting best among the simple forms (Wixted & Ebbesen 1991; Rubin & Wenzel, Psychological
Review 1996); that what was surprising or emotional fades more slowly is Kleinsmith & Kaplan 1963 and McGaugh 2000, the
form of its influence (a smaller exponent) is assumed. Each memory has one lasting, keyed draw of luck and is forgotten
when its retention falls below it: of many memories the share `retention` is left at every age, and a memory that is
used starts anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.memory.words import DAY_S
from simulator.randomness import U64, Stream
from simulator.records import I64, Bools, UserInputError
from simulator.turn import F64


@dataclass(frozen=True, kw_only=True)
class ForgettingLaw:
    """Retention over time. Raises `UserInputError` for a negative decay or a unit that is not positive."""

    decay: float = 0.5
    """ACT-R's default exponent (Anderson & Lebiere 1998). 0: nothing is forgotten with time."""
    unit_s: float = DAY_S
    """Age at which a memory without importance has faded to 2^-decay. Assumed."""

    def __post_init__(self) -> None:
        if not self.decay >= 0:
            raise UserInputError(f"memory.forgetting.decay: {self.decay} is negative; give 0 or more")
        if not self.unit_s > 0:
            raise UserInputError(f"memory.forgetting.unit_s: {self.unit_s} is no time; give seconds above 0")

    def retention(self, age_s: F64, importance: F64) -> F64:
        """In (0, 1]: 1 at age 0, never rising with age, never falling with importance. Any one shape."""
        kept: F64 = (1.0 + np.maximum(age_s, 0.0) / self.unit_s) ** (-self.decay * (1.0 - importance))
        return kept


def lasting_luck(seed: int, keys: U64, ids: I64) -> F64:
    """The draw, uniform on (0, 1), below which a memory's retention must not fall. `keys` (n,) of the people, `ids`
    (n, m) of their memories; (n, m). The same in every arm."""
    return Stream.of(seed, "mind", "forgetting").uniform(keys, 0, ids.astype(np.uint64))


def faded(retention: F64, luck: F64) -> Bools:
    """Which memories are forgotten."""
    return retention < luck
