"""How sampled people use five levels: the crowd's shares, moved along a latent judgement by how picky a person is.

A judgement is standard normal over all people and items, and the crowd's shares cut it into five levels (the ordinal
probit of McKelvey & Zavoina 1975). A person's judgements are centred a little below or above the crowd's and spread a
little less or more, so that the shares of all people together stay the crowd's.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from personas.estimation.ratings import DEFAULT_SHARES, LEVELS, thresholds

F64 = npt.NDArray[np.float64]

BETWEEN = 0.388
"""Share of the latent's standard deviation that lies between people. Transferred: MovieLens-1M, where it makes the
true standard deviation of people's mean level .41 (`benchmarks/fit_big_five.py`)."""
SPREAD = 0.237
"""Standard deviation of the log of a person's latent spread. Transferred: MovieLens-1M, as above (.18 in levels)."""
BY_PICKINESS = 0.8
"""Correlation of pickiness and the centre of a person's judgements, the sign turned. Assumed: a low mean says that
little pleases, but also how someone reads the scale (Rossi, Gilula & Allenby 2001 on scale use; size chosen)."""


def shares_of(centre: F64, wide: F64, *, between: float = BETWEEN, spread: float = SPREAD) -> F64:
    """Shares of five levels of people. `centre`, `wide`: standard normal, (n,); (n, 5), rows add up to 1."""
    # E[exp(2 spread wide - 2 spread²)] = 1: together with what lies between people the variance is 1.
    within = np.sqrt(1 - between**2) * np.exp(spread * wide - spread**2)
    cuts = thresholds(DEFAULT_SHARES[None]).astype(np.float64)
    below = ndtr((cuts - between * centre[:, None]) / within[:, None])
    n = centre.size
    return np.diff(np.column_stack([np.zeros(n), below, np.ones(n)]), axis=1)


def mean_and_spread(shares: F64) -> tuple[F64, F64]:
    """Mean level and standard deviation in levels. (n,) each."""
    levels = np.arange(1, LEVELS + 1, dtype=np.float64)
    mean = shares @ levels
    return mean, np.sqrt(np.maximum(shares @ levels**2 - mean**2, 0.0))
