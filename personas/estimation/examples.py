"""Telling titles: a few items that say much about a person, and not who the person is.

A list of films and ratings is a fingerprint: eight of them, with rough dates, single out nearly everybody in a public
log (Narayanan & Shmatikov, IEEE Security and Privacy 2008). So a title is named only while at least `CROWD` people of
the log chose all that are named of a person, a k-anonymity of the list (Sweeney 2002), and at most `LIKED` + `DISLIKED`
are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from personas.estimation.pickiness import Effects
from personas.estimation.scales import F64
from personas.estimation.tastes import Tastes
from simulator.records import I32, InteractionLog

CROWD = 10
"""Assumed: as many as a small statistic is commonly held back below."""
LIKED, DISLIKED = 3, 2
_TRIED = 15
"""Most telling titles that are tried on either side."""


class TellingTitles:
    """Finds the titles of one person after the other. Give it what was chosen."""

    def __init__(self, chosen: InteractionLog, tastes: Tastes, ratings: Effects | None) -> None:
        order = np.argsort(chosen.user, kind="stable")
        self._chosen, self._tastes, self._ratings = chosen, tastes, ratings
        self._item: I32 = chosen.item[order]
        self._rating: F64 = chosen.rating[order].astype(np.float64)
        self._start = np.searchsorted(chosen.user[order], np.arange(chosen.n_users + 1))
        by_item = chosen.matrix().tocsc()
        self._people: npt.NDArray[np.int32] = by_item.indices
        self._bound: npt.NDArray[np.int32] = by_item.indptr
        self._has = chosen.catalog.categories > 0

    def of(self, row: int) -> tuple[list[str], list[str]]:
        """Titles that a person liked and disliked: rated far from the person's own level, and from what others gave.

        Without ratings, those of the categories that the person chooses most beyond others, and none that was disliked.
        """
        mine = slice(self._start[row], self._start[row + 1])
        item, rating = self._item[mine], self._rating[mine]
        rated = np.isfinite(rating)
        together: npt.NDArray[np.int32] | None = None
        if self._ratings is None or not rated.any():
            ratio = np.log(self._tastes.share[row] / self._tastes.expected[row])
            own = self._has[item][:, : ratio.size]
            score = (own @ ratio) / np.maximum(own.sum(axis=1), 1)
            return self._named(item, score, LIKED, together)[0], []
        item, rating = item[rated], rating[rated]
        own = rating - self._ratings.mean - self._ratings.person.posterior[row]
        score = 2 * own - self._ratings.item.posterior[item]
        above = own >= 0
        liked, together = self._named(item[above], score[above], LIKED, together)
        disliked, _ = self._named(item[~above], -score[~above], DISLIKED, together)
        return liked, disliked

    def _named(
        self, item: I32, score: F64, most: int, together: npt.NDArray[np.int32] | None
    ) -> tuple[list[str], npt.NDArray[np.int32] | None]:
        """Titles in order of their score, and the people who chose all that have been named."""
        titles: list[str] = []
        for one in item[np.argsort(-score, kind="stable")[:_TRIED]].tolist():
            if len(titles) == most:
                break
            title = " ".join(self._chosen.catalog[one].title.split())
            people = self._people[self._bound[one] : self._bound[one + 1]]
            if together is not None:
                people = np.intersect1d(people, together, assume_unique=True)
            if title and title not in titles and people.size >= CROWD:
                titles.append(title)
                together = people
        return titles, together
