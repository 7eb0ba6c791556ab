"""Made data to check a recommender on: small, with a structure that is known, and with every oddity that a log has.

Two tastes: people of even number choose items of even number four times out of five, the others odd ones. The last
items were never chosen, the last people chose nothing, and some rows say that an item was passed over.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, Item

N_ITEMS, N_PEOPLE = 60, 90
_UNCHOSEN, _SILENT, _ROWS = 3, 4, 12
_DAY_S = 86_400
_ARRAYS = ("user_ids", "user", "item", "rating", "clicked", "time", "dwell_s", "position")


@dataclass(frozen=True)
class Data:
    """What a recommender is fitted on."""

    catalog: Catalog
    log: InteractionLog


def made_data() -> Data:
    """Sixty items and ninety people; the same every time."""
    catalog = made_catalog(N_ITEMS)
    people = [f"person {n:02d}" for n in range(N_PEOPLE)]
    luck = Stream.of(0, "population", "conformance")
    keys = keys_of(people[: N_PEOPLE - _SILENT])
    slots = np.arange(_ROWS, dtype=np.uint64)
    pairs = (N_ITEMS - _UNCHOSEN) // 2
    # The square makes low numbers popular, as real catalogues have it.
    rank = (luck.uniform(keys, 1, slots) ** 2 * pairs).astype(np.int32)
    own = luck.uniform(keys, 2, slots) < 0.8
    taste = (np.arange(keys.size) % 2)[:, None]
    item = 2 * rank + np.where(own, taste, 1 - taste)
    triples = [
        (user, int(item[user, place]), place)
        for user in range(keys.size)
        for place in np.unique(item[user], return_index=True)[1].tolist()
    ]
    return Data(catalog, _log(catalog, people, triples, taste.ravel().tolist()))


def tiny_data() -> Data:
    """Four items, three people, four choices."""
    catalog = made_catalog(4)
    return Data(catalog, _log(catalog, ["a", "b", "c"], [(0, 0, 0), (0, 1, 1), (1, 1, 0), (2, 3, 0)], [0, 0, 0]))


def empty_data() -> Data:
    """Twenty items that nobody has chosen yet."""
    catalog = made_catalog(20)
    return Data(catalog, _log(catalog, [], [], []))


def made_catalog(size: int) -> Catalog:
    """Items with everything that an item may have, and one that has nothing but its id."""
    names = ("even", "odd")
    items = [
        Item(
            item_id=f"item {n:02d}",
            title=f"The {names[n % 2]} story number {n}",
            text=f"A tale of {names[n % 2]} numbers, told {n} times over.",
            categories=(names[n % 2], f"shelf {n % 5}"),
            creator=f"author {n % 7}",
            year=1980 + n % 40,
            price=5.0 + n,
            duration_s=60.0 * (n + 1),
            review_count=n,
            review_mean=1.0 + n % 5,
        )
        for n in range(size - 1)
    ]
    return Catalog((*items, Item(item_id=f"item {size - 1:02d}")))


def _log(catalog: Catalog, people: list[str], triples: list[tuple[int, int, int]], taste: list[int]) -> InteractionLog:
    """One row for each (person, item, place); what is not to a person's taste was passed over every third time."""
    n = len(triples)
    user = np.array([t[0] for t in triples], dtype=np.int32)
    item = np.array([t[1] for t in triples], dtype=np.int32)
    place = np.array([t[2] for t in triples], dtype=np.int32)
    liked = np.array([item_ % 2 == taste[user_] for user_, item_, _ in triples], dtype=np.bool_)
    clicked = liked | (place % 3 != 0)
    return InteractionLog(
        catalog=catalog,
        user_ids=np.array(people, dtype=np.str_),
        user=user,
        item=item,
        rating=np.where(clicked, np.where(liked, 5.0, 2.0), np.nan).astype(np.float32),
        clicked=clicked,
        time=(1_700_000_000 + np.arange(n) * _DAY_S // 8).astype(np.int64),
        dwell_s=np.where(clicked, np.where(liked, 90.0, 15.0), 0.0).astype(np.float32),
        position=place,
    )


def own_copy(log: InteractionLog) -> InteractionLog:
    """The log with arrays of its own, so that what is done to them can be seen and harms nobody."""
    copies = {name: getattr(log, name).copy() for name in _ARRAYS}
    return InteractionLog(catalog=Catalog(log.catalog.items), demographics=dict(log.demographics), **copies)


def changed_columns(before: InteractionLog, after: InteractionLog) -> list[str]:
    """Which columns of a log, and whether the catalogue's ids, are no longer what they were."""
    columns = [f"log.{name}" for name in _ARRAYS if not _same(getattr(before, name), getattr(after, name))]
    ids = _same(before.catalog.item_ids, after.catalog.item_ids) and before.catalog.items == after.catalog.items
    return columns if ids else [*columns, "catalog.item_ids"]


def _same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()


def write_data(data: Data, folder: Path) -> None:
    """Put the data into a folder, for another process; nothing is pickled."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _ARRAYS:
        np.save(folder / f"{name}.npy", getattr(data.log, name), allow_pickle=False)
    items = [asdict(item) for item in data.catalog.items]
    (folder / "items.json").write_text(json.dumps(items), encoding="utf-8")
    demographics = {name: values.tolist() for name, values in data.log.demographics.items()}
    (folder / "demographics.json").write_text(json.dumps(demographics), encoding="utf-8")


def read_data(folder: Path) -> Data:
    """The inverse of `write_data`."""
    items = json.loads((folder / "items.json").read_text(encoding="utf-8"))
    listed = ("categories", "reviews")
    catalog = Catalog(tuple(Item(**{**item, **{name: tuple(item[name]) for name in listed}}) for item in items))
    arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS}
    told = json.loads((folder / "demographics.json").read_text(encoding="utf-8"))
    demographics = {name: np.array(values, dtype=np.str_) for name, values in told.items()}
    return Data(catalog, InteractionLog(catalog=catalog, demographics=demographics, **arrays))
