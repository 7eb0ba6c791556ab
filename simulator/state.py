"""What changes while people live: one block of people as arrays, before their next page.

`advance` computes the next state from the journal's page alone, and leaves nothing to `arrive` that a page does not
say. So replaying the pages of a journal gives the very state that a run had when it wrote them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.behaviour.laws import Laws
from simulator.population import Population
from simulator.randomness import Stream
from simulator.records import F32, I32, Bools, Catalog
from simulator.simulated_time import DAY_S
from simulator.turn import F64, AppraisedBy, Page

MAX_CATEGORIES = 16
"""Categories of one item that count for likeness; more would make the page's memory grow for nothing."""
SCAN_S = 3.0
"""Seconds spent on an examined item that is not chosen: the order of a glance (Granka et al., SIGIR 2004)."""


class ItemCategories:
    """Category vectors of a catalogue in short rows: which columns, and the weight in each."""

    def __init__(self, catalog: Catalog) -> None:
        dense = catalog.categories
        width = int(min(MAX_CATEGORIES, max(1, (dense > 0).sum(axis=1).max(initial=0))))
        self.column: npt.NDArray[np.intp] = np.argsort(-dense, axis=1, kind="stable")[:, :width]
        """(n_items, width)."""
        self.weight: F32 = np.take_along_axis(dense, self.column, axis=1)
        """(n_items, width), 0 where an item has fewer categories."""
        self.size = int(dense.shape[1])

    def likeness(self, items: I32, rows: I32, *tables: F32) -> list[F32]:
        """Inner product of each item with its person's row of each table (n_people, size): (n, k) each.

        `items` (n, k), all ≥ 0; `rows` (n,).
        """
        cell = self.column.take(items, axis=0)
        cell += (rows.astype(np.intp) * self.size)[:, None, None]
        weight = self.weight.take(items, axis=0)
        return [np.einsum("nkc,nkc->nk", table.ravel().take(cell), weight) for table in tables]

    def mean(self, items: I32, counted: Bools) -> F32:
        """Mean vector of each row's counted items, 0 where there is none. `items` (n, k), all ≥ 0; (n, size)."""
        row, place = counted.nonzero()
        item = items[row, place]
        cell = row[:, None] * self.size + self.column.take(item, axis=0)
        n = items.shape[0]
        total = np.bincount(cell.ravel(), self.weight.take(item, axis=0).ravel(), n * self.size)
        mean = total.reshape(n, self.size) / np.maximum(counted.sum(axis=1), 1)[:, None]
        vectors: F32 = mean.astype(np.float32)
        return vectors


@lru_cache(maxsize=4)
def item_categories(catalog: Catalog) -> ItemCategories:
    """The `ItemCategories` of a catalogue, computed once."""
    return ItemCategories(catalog)


class PeopleState:
    """One block of n people, before their next page. All (n,) unless said otherwise."""

    def __init__(self, people: Population, catalog: Catalog, laws: Laws, seed: int) -> None:
        n = len(people)
        self.people, self.laws, self.seed = people, laws, seed
        self.categories = item_categories(catalog)
        wait_days = -np.log(Stream.of(seed, "luck", "first visit").uniform(people.keys)) / people.activity
        self.opens_at: I32 = np.minimum(wait_days * laws.returning.turns_per_day, 2**31 - 2).astype(np.int32)
        """Turn at which the next session opens; the first after an exponential wait, as of visits at a steady rate."""
        self.clock_s: F64 = wait_days * DAY_S
        """Simulated seconds since the start of the run; never goes back."""
        self.in_session: Bools = np.zeros(n, dtype=np.bool_)
        self.session: I32 = np.full(n, -1, dtype=np.int32)
        self.page: I32 = np.zeros(n, dtype=np.int32)
        self.fatigue: F32 = np.zeros(n, dtype=np.float32)
        """In [0, 1)."""
        self.mood: F32 = np.zeros(n, dtype=np.float32)
        """Valence in [-1, 1]; of the session."""
        self.expectation: F32 = laws.satisfaction.ordinary(people.expectation)
        """Level that an ordinary page is expected to reach, 1–5."""
        self.satisfaction: F32 = self.expectation.copy()
        """Overall satisfaction, levels 1–5: follows the pages'."""
        self.chosen: npt.NDArray[np.int32] = np.zeros(n, dtype=np.int32)
        """Items chosen in this session."""
        self.trace: F32 = np.zeros((n, self.categories.size), dtype=np.float32)
        """What was seen of late, a vector over categories. (n, n_categories)."""
        self.exposures: npt.NDArray[np.uint8] = np.zeros((n, len(catalog)), dtype=np.uint8)
        """How often each item was noticed, up to 255. (n, n_items)."""

    def arrive(self, turn: int) -> I32:
        """Open the sessions that are due. Returns the rows of all people whose session is open, ascending."""
        due = ~self.in_session & (self.opens_at <= turn)
        self.session[due] += 1
        self.page[due] = 0
        self.in_session |= due
        return self.in_session.nonzero()[0].astype(np.int32)

    def advance(self, page: Page, turn: int) -> None:
        """The state after a page: a function of the page's fields, the turn, and the state before."""
        rows = page.rows
        items = np.where(page.shown, page.items, 0)
        self.in_session[rows] = ~page.left
        self.session[rows] = page.session
        self.page[rows] = page.page + 1
        self.fatigue[rows] = page.fatigue
        self.mood[rows] = page.mood
        self.chosen[rows] += page.clicked.sum(axis=1, dtype=np.int32)
        judged = page.appraised_by != AppraisedBy.SKIPPED
        self._judge(rows[judged], page.satisfaction[judged])
        self._see(rows, items, page)
        looked = (page.examined & ~page.clicked).sum(axis=1) * SCAN_S
        self.clock_s[rows] = page.sim_time + looked + page.dwell_s.sum(axis=1, dtype=np.float64)
        gone = page.left.nonzero()[0]
        self._rest(rows[gone], page.return_gap_s[gone], turn)

    def _judge(self, rows: I32, level: F32) -> None:
        law = self.laws.satisfaction
        self.expectation[rows] += np.float32(law.adapt) * (level - self.expectation[rows])
        self.satisfaction[rows] += np.float32(law.pace) * (level - self.satisfaction[rows])

    def _see(self, rows: I32, items: I32, page: Page) -> None:
        looked = page.examined.any(axis=1)
        fresh = self.categories.mean(items, page.examined)
        uptake = np.full(looked.shape, self.laws.boredom.uptake, dtype=np.float32)
        self.trace[rows] += (uptake * looked)[:, None] * (fresh - self.trace[rows])
        row, place = page.noticed.nonzero()
        person, item = rows[row], items[row, place]
        seen = self.exposures[person, item]
        self.exposures[person, item] = seen + (seen < 255)

    def _rest(self, rows: I32, gap_s: F32, turn: int) -> None:
        """What the time until the next visit does to those who left."""
        laws = self.laws
        self.opens_at[rows] = turn + laws.returning.turns(gap_s)
        self.clock_s[rows] += gap_s.astype(np.float64)
        self.fatigue[rows] *= laws.fatigue.remaining(gap_s)
        self.trace[rows] *= laws.boredom.remaining(gap_s)[:, None]
        self.mood[rows] = 0.0
        self.chosen[rows] = 0
