"""The words that the whole house speaks: items, a catalogue of them, and a log of what people did with them.

Everything is columnar. Outside, items and people are known by their external ids (text); inside, by their row in the
catalogue or the log, so that the hot path is arrays. Rows never leave the process: plug-ins and journals see ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.randomness import U64, keys_of

Ids = npt.NDArray[np.str_]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

PLATFORM, PERSON, HELD_OUT = 0, 1, 2
PARTS = ("P", "M", "V")


class UserInputError(Exception):
    """What the user gave is wrong. The message is whole: file, line or field, what is wrong, and the cure (status
    2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing that can be recommended. Unknown facts are None; nothing but the id is required."""

    item_id: str
    title: str = ""
    text: str = ""
    categories: tuple[str, ...] = ()
    creator: str = ""
    headline: str = ""
    image_caption: str = ""
    year: int | None = None
    price: float | None = None
    duration_s: float | None = None
    review_count: int | None = None
    review_mean: float | None = None
    reviews: tuple[str, ...] = ()
    image: str = ""
    """A file, or an http(s) or data URL, from which `image_caption` may be made."""


@dataclass(frozen=True, eq=False)
class Catalog(Sequence[Item]):
    """All items of a dataset, in a fixed order; a row number stands for an item inside the house."""

    items: tuple[Item, ...]
    usual: Catalog | None = field(default=None, repr=False)
    """Of a catalogue some items of which were changed while people look on: as they know it, which is what they compare
    with. None: itself."""

    def __post_init__(self) -> None:
        if len(set(self.item_ids.tolist())) != len(self.items):
            seen: set[str] = set()
            twice = next(i.item_id for i in self.items if i.item_id in seen or seen.add(i.item_id))  # type: ignore[func-returns-value]
            raise ValueError(f"item id {twice!r} occurs more than once in the catalogue")

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, row: Any) -> Any:
        return self.items[row]

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def changed(self, rows: Mapping[int, Mapping[str, Any]]) -> Catalog:
        """The catalogue with other values in some fields of the items of these rows; itself where there are none."""
        if not rows:
            return self
        items = tuple(replace(item, **rows.get(row, {})) for row, item in enumerate(self.items))
        return Catalog(items, self.usual or self)

    @cached_property
    def item_ids(self) -> Ids:
        return np.array([item.item_id for item in self.items], dtype=np.str_)

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Row by external id."""
        return {item_id: row for row, item_id in enumerate(self.item_ids.tolist())}

    @cached_property
    def keys(self) -> U64:
        """64-bit keys of the ids, for keyed randomness. Shape (n_items,)."""
        return keys_of(self.item_ids.tolist())

    @cached_property
    def category_names(self) -> tuple[str, ...]:
        return tuple(sorted({name for item in self.items for name in item.categories}))

    @cached_property
    def categories(self) -> F32:
        """One row an item, one column a category, rows of unit length (zero rows where unknown). (n_items,
        n_categories)."""
        column = {name: j for j, name in enumerate(self.category_names)}
        hot = np.zeros((len(self), max(1, len(column))), dtype=np.float32)
        for row, item in enumerate(self.items):
            for name in item.categories:
                hot[row, column[name]] = 1.0
        norm = np.sqrt((hot * hot).sum(axis=1, keepdims=True))
        np.divide(hot, norm, out=hot, where=norm > 0)
        return hot

    @cached_property
    def duration_s(self) -> F32:
        """Length in seconds, NaN where unknown. (n_items,)."""
        return np.array([np.nan if i.duration_s is None else i.duration_s for i in self.items], dtype=np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class InteractionLog:
    """What people did, one row an interaction, in time order where times are known.

    `user` and `item` are rows of `user_ids` and of `catalog`. Missing: rating and dwell NaN, time 0, position -1.
    `clicked` is False for an item that was shown and passed over; logs of ratings have it True throughout.
    """

    catalog: Catalog
    user_ids: Ids
    user: I32
    item: I32
    rating: F32
    clicked: Bools
    time: I64
    dwell_s: F32
    position: I32
    demographics: Mapping[str, Ids] = field(default_factory=dict)
    """Facts about people by name, each aligned with `user_ids` (such as gender, age, occupation)."""

    def __len__(self) -> int:
        return int(self.user.size)

    @property
    def n_users(self) -> int:
        return int(self.user_ids.size)

    def select(self, mask: npt.NDArray[Any]) -> InteractionLog:
        """The rows where `mask` holds; people and catalogue stay as they are."""
        columns = ("user", "item", "rating", "clicked", "time", "dwell_s", "position")
        return replace(self, **{name: getattr(self, name)[mask] for name in columns})

    def positives(self) -> InteractionLog:
        """The rows in which the person chose the item."""
        return self if bool(self.clicked.all()) else self.select(self.clicked)

    def matrix(self) -> sparse.csr_matrix:
        """Who chose what, binary float32, columns sorted within rows. (n_users, n_items)."""
        chosen = self.positives()
        ones = np.ones(len(chosen), dtype=np.float32)
        out = sparse.csr_matrix((ones, (chosen.user, chosen.item)), shape=(self.n_users, len(self.catalog)))
        out.sum_duplicates()
        out.data[:] = 1.0
        out.sort_indices()
        return out

    def complete_times(self) -> Bools:
        """The people all of whose interactions carry a time. (n_users,)."""
        known = np.ones(self.n_users, dtype=np.bool_)
        known[self.user[self.time <= 0]] = False
        return known


@dataclass(frozen=True, eq=False)
class SplitLog:
    """A log of which each interaction belongs to one part: P, M or V (`PLATFORM`, `PERSON`, `HELD_OUT`).

    P is what the platform knows (recommenders are fitted on it and see it as history), M what only the person knows
    (minds see P and M), V is held out from both, to weigh minds and to judge slates.
    """

    name: str
    log: InteractionLog
    part: npt.NDArray[np.uint8]

    @property
    def catalog(self) -> Catalog:
        return self.log.catalog

    def only(self, *parts: int) -> InteractionLog:
        return self.log.select(np.isin(self.part, parts))

    @cached_property
    def platform(self) -> InteractionLog:
        return self.only(PLATFORM)

    @cached_property
    def known(self) -> InteractionLog:
        """P and M: all that a person remembers."""
        return self.only(PLATFORM, PERSON)

    @cached_property
    def held_out(self) -> InteractionLog:
        return self.only(HELD_OUT)
