"""What each person is used to: the ground against which something is surprising."""

from __future__ import annotations

import numpy as np

from simulator.population import Population
from simulator.records import F32, I32, Bools, Catalog
from simulator.turn import AppraisedBy, Page

ADAPT = 0.2
"""Share of the distance to the last page's satisfaction by which the usual one moves. Assumed."""


class Usual:
    """State of n people, a function of their pages. `apply` moves it."""

    def __init__(self, people: Population, catalog: Catalog) -> None:
        self._categories = catalog.categories > 0
        self.mood: F32 = np.zeros(len(people), dtype=np.float32)
        """Valence after the last page of the visit; 0 before the first."""
        self.satisfaction: F32 = people.expectation.astype(np.float32).copy()
        """Level, 1-5."""
        self.met: Bools = np.asarray(people.profile > 0)
        """Categories of which something was chosen, in the log or in the run. (n, n_categories)."""
        self.rating: F32 = people.rating_mean
        self.spread: F32 = np.maximum(people.rating_spread, 0.25 * people.rating_unit).astype(np.float32)

    def is_first(self, rows: I32, items: I32) -> Bools:
        """Which items have a category of which their person chose nothing yet. `rows` (m,), `items` (m,) ≥ 0."""
        new: Bools = np.logical_and(self._categories[items], ~self.met[rows])
        return np.asarray(new.any(axis=1), dtype=np.bool_)

    def apply(self, page: Page) -> None:
        """What the page makes usual."""
        rows = page.rows
        self.mood[rows] = np.where(page.left, 0.0, np.nan_to_num(page.mood))
        judged = np.isfinite(page.satisfaction) & (page.appraised_by != AppraisedBy.SKIPPED)
        level = np.where(judged, page.satisfaction, self.satisfaction[rows])
        self.satisfaction[rows] += np.float32(ADAPT) * (level - self.satisfaction[rows])
        person, place = np.nonzero(page.clicked & page.shown)
        np.logical_or.at(self.met, rows[person], self._categories[page.items[person, place]])
