"""A person's own lasting taste for one item: what no model of other people's choices can know.

want = m(taste) + sigma z, with z standard normal, keyed by seed, person and item: the same on every page, in every
arm. The location m keeps the margin, E[sigmoid(m(t) + sigma z)] = sigmoid(t), so that simulated choices are as
frequent, and as hard to predict from taste, as real ones (a logistic-normal mixture: Zeger, Liang & Albert,
Biometrics 1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from simulator.randomness import U64, Stream
from simulator.records import F32

F64 = npt.NDArray[np.float64]

SIGMA = 1.0
"""Standard deviation, in logits. Assumed: one look at each choice cannot tell lasting taste from passing luck, and
any value leaves the frequency of choices as it is. It sets how much a run can still teach about a person."""
_REACH = 25.0
_STEPS = 2001


@dataclass(frozen=True)
class Residual:
    """Adds lasting personal taste to calibrated logits."""

    seed: int
    sigma: float = SIGMA

    @cached_property
    def _stream(self) -> Stream:
        return Stream.of(self.seed, "mind", "taste residual")

    def location(self, taste: F32) -> F32:
        """m(taste), elementwise."""
        grid = np.linspace(-_REACH, _REACH, _STEPS)
        return np.interp(taste, grid, _locations(self.sigma)).astype(np.float32)

    def want(self, taste: F32, people: U64, items: U64) -> F32:
        """Logits with the residual. `taste` (n, k), `people` (n,) and `items` (n, k) keys."""
        own = self._stream.normal(people, 0, items).astype(np.float32)
        own *= np.float32(self.sigma)
        own += self.location(taste)
        return own


@lru_cache(maxsize=8)
def _locations(sigma: float) -> F32:
    """m on an even grid of logits from -_REACH to _REACH."""
    places, masses = np.polynomial.hermite_e.hermegauss(61)
    masses = masses / masses.sum()
    m = np.linspace(-_REACH - 3 * sigma**2, _REACH + 3 * sigma**2, 4 * _STEPS)
    margin = (expit(m[:, None] + sigma * places) * masses).sum(axis=1)
    return np.interp(np.linspace(-_REACH, _REACH, _STEPS), logit(margin), m).astype(np.float32)
