"""A small world: sixty people in two tastes, forty items, and what the platform knows of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommenders.contract import RequestBatch
from recommenders.platform import PlatformView
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, Item

MakeLog = Callable[..., InteractionLog]
MakeBatch = Callable[..., RequestBatch]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog(tuple(Item(item_id=f"i{n}") for n in range(40)))


@pytest.fixture(scope="session")
def make_log(catalog: Catalog) -> MakeLog:
    def make(pairs: list[tuple[int, int]], n_users: int = 60, times: list[int] | None = None) -> InteractionLog:
        n = len(pairs)
        user, item = (np.array([p[side] for p in pairs], dtype=np.int32) for side in (0, 1))
        return InteractionLog(
            catalog=catalog,
            user_ids=np.array([f"u{u:02d}" for u in range(n_users)]),
            user=user,
            item=item,
            rating=np.full(n, np.nan, dtype=np.float32),
            clicked=np.ones(n, dtype=np.bool_),
            time=np.array(times if times is not None else range(1, n + 1), dtype=np.int64),
            dwell_s=np.full(n, np.nan, dtype=np.float32),
            position=np.full(n, -1, dtype=np.int32),
        )

    return make


@pytest.fixture(scope="session")
def log(make_log: MakeLog) -> InteractionLog:
    """People of even number like even items, the others odd ones; the last three chose nothing."""
    rng = np.random.default_rng(5)
    pairs = []
    for user in range(57):
        liked = rng.permutation(20)[: rng.integers(3, 9)] * 2 + user % 2
        other = rng.permutation(40)[:2]
        pairs += [(user, int(item)) for item in dict.fromkeys([*liked.tolist(), *other.tolist()])]
    return make_log(pairs)


@pytest.fixture(scope="session")
def make_batch() -> MakeBatch:
    def make(log: InteractionLog, people: list[int] | None = None, turn: int = 0, seed: int = 0) -> RequestBatch:
        rows = np.array(range(log.n_users) if people is None else people, dtype=np.int32)
        ids = log.user_ids[rows]
        view = PlatformView.of(log, rows, ids, keys_of(ids.tolist()))
        every = np.arange(rows.size, dtype=np.int32)
        return RequestBatch(view, every, np.zeros_like(every), turn, Stream.of(seed, "luck", "recommender"))

    return make
