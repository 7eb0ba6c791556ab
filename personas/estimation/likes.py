"""Which categories a person likes and dislikes, from tastes that are clear enough to be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from personas.estimation.scales import F64
from personas.estimation.tastes import Tastes
from simulator.records import Bools

LIKED, DISLIKED = 3, 3
"""Most categories that are named of each."""
_CLEARLY_MORE, _CLEARLY = 1.0, 1.64
"""Standard deviations of doubt from which a category counts as chosen more than by others, and as chosen or rated less.
Less is asked for more, since the favourites are the few that tell most of a person anyway. Assumed."""
_MUCH_LESS = np.log(0.6)
"""ln share of what others choose, from which a category is avoided. Assumed."""
_BELOW = -0.3
"""Levels below what person and items explain, from which a category is rated low. Assumed."""


@dataclass(frozen=True, eq=False)
class CategoryLikes:
    """Ranks of liked and disliked categories: 1 is first, 0 is not among them. (n_users, n_categories) each."""

    liked: np.typing.NDArray[np.int8]
    disliked: np.typing.NDArray[np.int8]

    def names(self, tastes: Tastes, row: int) -> tuple[list[str], list[str]]:
        """Liked and disliked categories of a person, the most liked and the most disliked first."""
        return _named(self.liked[row], tastes.names), _named(self.disliked[row], tastes.names)


def category_likes(tastes: Tastes, unit: float) -> CategoryLikes:
    """Likes and dislikes of all people. `unit`: step of the five levels on the log's rating scale.

    Liked is what is clearly chosen more than by others and not rated low, by its part of the divergence from the
    crowd's shares; disliked what is clearly and much less chosen, or rated clearly low.
    """
    ratio = tastes.log_ratio
    rated = tastes.rated / unit
    with np.errstate(invalid="ignore"):
        low = (rated <= _BELOW) & (tastes.rated <= -_CLEARLY * tastes.rated_doubt)
    avoided = (ratio <= _MUCH_LESS) & (ratio <= -_CLEARLY * tastes.doubt)
    liked = (ratio >= _CLEARLY_MORE * tastes.doubt) & (tastes.divergence > 0) & ~low
    disliked = (avoided | low) & ~liked
    strength = np.where(avoided, -ratio, 0.0) + np.where(low, -rated, 0.0)
    return CategoryLikes(_ranked(tastes.divergence, liked, LIKED), _ranked(strength, disliked, DISLIKED))


def _ranked(strength: F64, allowed: Bools, most: int) -> np.typing.NDArray[np.int8]:
    rank = np.zeros(strength.shape, dtype=np.int8)
    order = np.argsort(np.where(allowed, -strength, np.inf), axis=1, kind="stable")[:, :most]
    for nth in range(order.shape[1]):
        rows = np.arange(len(order))
        rank[rows, order[:, nth]] = np.where(allowed[rows, order[:, nth]], nth + 1, 0)
    return rank


def _named(rank: np.typing.NDArray[np.int8], names: tuple[str, ...]) -> list[str]:
    return [names[column] for column in np.argsort(rank, kind="stable") if rank[column] > 0]
