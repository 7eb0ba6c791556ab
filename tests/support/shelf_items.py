"""A small shelf of films with titles, categories, years and lengths, and people who chose some of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from recommenders.contract import RequestBatch
from recommenders.platform import PlatformView
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, Item

GENRES = ("Comedy", "Documentary", "Horror", "Science Fiction", "War")
MAKERS = ("Ann Ash", "Bo Birch", "Cy Cedar")
N_ITEMS, N_PEOPLE = 120, 64
_STORIES = ("A lighthouse in the fog.", "Two sisters and a heist.", "Nothing happens.")
_WHO = ("baker", "pilot", "nurse", "clerk", "diver", "judge", "thief")
_WHAT = ("map", "violin", "letter", "kite", "clock", "ring", "coat", "lamp", "boat", "key", "stamp")
_WHERE = ("harbour", "desert", "castle", "tunnel", "market", "forest", "bridge", "school", "prison", "garden", "mine")
_WHEN = ("dawn", "noon", "dusk", "night", "winter", "spring", "summer", "harvest", "wartime", "carnival", "lent")


def film(row: int) -> Item:
    """Genres and makers go round; every sixth film has a second genre."""
    genre = GENRES[row % 5]
    other = (GENRES[(row + 2) % 5],) if row % 6 == 0 else ()
    who, what, where, when = _WHO[row % 7], _WHAT[row % 11], _WHERE[row // 11], _WHEN[row // 2 % 11]
    return Item(
        item_id=f"f{row:03d}",
        title=f"{genre} number {row}",
        text=f"{_STORIES[row % 3]} A {who}, a {what}, a {where}, {when}.",
        categories=(genre, *other),
        creator=MAKERS[row % 3],
        year=1960 + row // 2,
        duration_s=60.0 * (60 + row),
        review_mean=1.0 + row % 5,
    )


@lru_cache(maxsize=1)
def shelf() -> Catalog:
    return Catalog(tuple(film(row) for row in range(N_ITEMS)))


@lru_cache(maxsize=1)
def choices() -> InteractionLog:
    """Person p likes genres p and p + 1, and the first items more than the last; the last two chose nothing."""
    luck = np.random.default_rng(3)
    pairs = []
    for person in range(N_PEOPLE - 2):
        liked = [row for row in range(N_ITEMS) if (row - person) % 5 in (0, 1)]
        weight = 1.0 / (1.0 + np.array(liked))
        pairs += [(person, int(row)) for row in luck.choice(liked, 12, replace=False, p=weight / weight.sum())]
    return log_of(shelf(), pairs, N_PEOPLE)


def log_of(catalog: Catalog, pairs: list[tuple[int, int]], people: int) -> InteractionLog:
    """Who chose which row of the catalogue, in this order."""
    n = len(pairs)
    return InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"u{person:02d}" for person in range(people)]),
        user=np.array([person for person, _ in pairs], dtype=np.int32),
        item=np.array([row for _, row in pairs], dtype=np.int32),
        rating=np.full(n, np.nan, dtype=np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=np.arange(1, n + 1, dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
    )


def batch_of(log: InteractionLog, people: list[int] | None = None, said: str | None = None) -> RequestBatch:
    """One request of each of these people (all), who have told the service `said` in this session."""
    rows = np.arange(log.n_users) if people is None else np.array(people)
    ids = log.user_ids[rows]
    view = PlatformView.of(log, rows.astype(np.int32), ids, keys_of(ids.tolist()))
    if said is not None:
        view.instruction = np.full(rows.size, said, dtype=np.object_)
        view.said_now[:] = len(said.splitlines())
    every = np.arange(rows.size, dtype=np.int32)
    return RequestBatch(view, every, np.zeros_like(every), 0, Stream.of(0, "luck", "recommender"))
