"""A world whose pages come from an agent: turn by turn, pages in, what a platform sees of them out."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommenders.contract import Feedback, RequestBatch
from simulator.records import F32, I32, Bools, UserInputError
from simulator.simulated_time import DAY_S
from simulator.studies.gym.theatre import Given, Troupe
from simulator.turn import Page
from simulator.world import World

F64 = npt.NDArray[np.float64]
Invalid = Literal["leave_empty", "refuse"]
LONGEST_DWELL_S = DAY_S
"""Dwell in observations ends at a day."""


class Episode:
    """n people of one block, from the first turn to the last. All arrays are by person, whether present or not."""

    def __init__(self, troupe: Troupe, block: int, seed: int, invalid: Invalid) -> None:
        self.seed = seed
        self._given, self._invalid = Given(), invalid
        self.world: World = troupe.world(block, self._given, seed)
        view = self.world.view
        n, k = len(view), troupe.stage.plan.slate_size
        categories = view.catalog.categories
        ones = np.ones(view.items.size, dtype=np.float32)
        chosen = sparse.csr_matrix((ones, view.items, view.indptr), shape=(n, len(view.catalog)))
        self._liked: F32 = np.asarray(chosen @ categories, dtype=np.float32)
        self._count = np.diff(view.indptr).astype(np.float32)
        self.items: I32 = np.full((n, k), -1, dtype=np.int32)
        """The last page of each person."""
        self.clicked: Bools = np.zeros((n, k), dtype=np.bool_)
        self.dwell_s: F32 = np.zeros((n, k), dtype=np.float32)
        self.rating: F32 = np.zeros((n, k), dtype=np.float32)
        """0 where none was given."""
        self.present: I32 = np.empty(0, dtype=np.int32)
        """Rows of the people who wait for a page, ascending; those who come only now are known after `wait`."""

    def __len__(self) -> int:
        return len(self.world.view)

    @property
    def turn(self) -> int:
        """The turn that is to be lived next."""
        return int(self.world.turn)

    @property
    def requests(self) -> RequestBatch:
        """What a recommender would be asked now, for those who are present."""
        return RequestBatch(
            self.world.view, self.present, self.world.state.page[self.present], self.turn, self.world._luck
        )

    @property
    def feedback(self) -> Feedback:
        """What a recommender would be told of the last turn."""
        return self.world.feedback()

    @property
    def profile(self) -> F32:
        """Mean category vector of what the platform knows that each person chose. (n, n_categories)."""
        return np.asarray(self._liked / np.maximum(self._count, 1)[:, None], dtype=np.float32)

    def may_be_shown(self) -> npt.NDArray[np.int8]:
        """1 where an item may be shown to a person now. (n, n_items)."""
        return np.asarray(self.world.view.blocked == 0, dtype=np.int8)

    def wait(self, until: int) -> None:
        """Let people come, and the turns pass in which nobody is there, up to the turn `until`."""
        while self.turn < until:
            self.present = self.world.arrive()
            if self.present.size:
                return
            self.world.turn = min(until, max(self.turn + 1, int(self.world.state.opens_at.min())))

    def step(self, slates: npt.NDArray[np.integer]) -> tuple[Page, Bools]:
        """Show a page to everyone who is present. `slates` (n, k); rows of those who are not present do not count.

        Returns the page, and which places were refused (n, k): see `UnderstudyEnv`. Raises UserInputError.
        """
        k = self.items.shape[1]
        if slates.shape != (len(self), k) or slates.dtype.kind not in "iu":
            raise UserInputError(
                f"action: it must be whole numbers of the shape {(len(self), k)}, not {slates.dtype} of {slates.shape}"
            )
        refused = self._refused(slates)
        self._given.slates = np.where(refused, -1, slates).astype(np.int32)
        self.world.step()
        page = self.world.last_page
        assert page is not None
        self._see(page)
        self.present = page.rows[~page.left]
        return page, refused

    def _refused(self, slates: npt.NDArray[np.integer]) -> Bools:
        """Places that would break what a recommender must keep: no repeats, nothing chosen or shown already."""
        view, rows, n_items = self.world.view, self.present, len(self.world.view.catalog)
        out = np.zeros(slates.shape, dtype=np.bool_)
        mine = slates[rows]
        if ((mine < 0) | (mine >= n_items)).any():
            raise UserInputError(f"action: the rows of the catalogue go from 0 to {n_items - 1}")
        earlier = np.tril(np.ones((slates.shape[1],) * 2, dtype=np.bool_), -1)
        repeated = ((mine[:, :, None] == mine[:, None, :]) & earlier).any(axis=2)
        out[rows] = repeated | (view.blocked[rows[:, None], mine] != 0)
        if self._invalid == "refuse" and out.any():
            row, place = np.argwhere(out)[0]
            item, person = view.catalog.item_ids[slates[row, place]], view.user_ids[row]
            raise UserInputError(
                f"action: place {place} of {str(person)!r}: item {str(item)!r} is there twice, was chosen before, or "
                "was shown in this visit. Choose by info['action_mask'], or make it with invalid='leave_empty'"
            )
        return out

    def _see(self, page: Page) -> None:
        rows, view = page.rows, self.world.view
        self.items[rows], self.clicked[rows] = page.items, page.clicked
        self.dwell_s[rows] = np.minimum(page.dwell_s, np.float32(LONGEST_DWELL_S))
        self.rating[rows] = np.nan_to_num(page.rating)
        person, place = np.nonzero(page.clicked)
        np.add.at(self._liked, rows[person], view.catalog.categories[page.items[person, place]])
        np.add.at(self._count, rows[person], 1)

    def close(self) -> None:
        """Let go of the world."""
        self.world.close()


def checked(name: str, value: str, allowed: object) -> None:
    """Raises UserInputError where `value` is not one of the words of the literal type `allowed`."""
    words = get_args(allowed)
    if value not in words:
        raise UserInputError(f"{name}: it must be one of {', '.join(words)}, not {value!r}")
