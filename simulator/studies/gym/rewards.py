"""What an agent is paid: clicks, time, what people say of the page, or how soon they come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from recommenders.builtin.parameters import real
from simulator.records import UserInputError
from simulator.simulated_time import DAY_S
from simulator.turn import Page

F64 = npt.NDArray[np.float64]
Reward = str | Mapping[str, float]

REWARDS: Mapping[str, Callable[[Page], F64]] = {
    "clicks": lambda page: page.clicked.sum(axis=1).astype(np.float64),
    "dwell": lambda page: page.dwell_s.sum(axis=1, dtype=np.float64),
    "satisfaction": lambda page: np.nan_to_num(page.satisfaction.astype(np.float64)),
    "return": lambda page: -np.nan_to_num(page.return_gap_s.astype(np.float64)) / DAY_S,
}
"""Of each page: number of clicks; seconds spent with what was clicked; the satisfaction, 1 to 5, that the person would
state if asked; and minus the days until the next visit if this page ended the visit, else 0. A platform sees all but
the third, which is a survey's."""


def reward_of(said: Reward) -> Callable[[Page], F64]:
    """The reward that is named, or a sum of several with weights: ``{"clicks": 1, "return": 0.5}``.

    Raises UserInputError.
    """
    parts = {said: 1.0} if isinstance(said, str) else dict(said)
    unknown = [name for name in parts if name not in REWARDS]
    if unknown or not parts:
        wrong = repr(unknown[0]) if unknown else "nothing"
        raise UserInputError(f"reward: it must be of {', '.join(REWARDS)}, or weights of these by name, not {wrong}")
    weights = {name: real(f"reward.{name}", weight) for name, weight in parts.items()}

    def pay(page: Page) -> F64:
        return np.asarray(sum(weight * REWARDS[name](page) for name, weight in weights.items()))

    return pay
