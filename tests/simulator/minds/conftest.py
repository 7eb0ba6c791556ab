"""A small invented log with real structure: tastes in three dimensions, popularity, groups, ratings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.datasets import split
from simulator.minds.stack import TasteStack
from simulator.population import Population, from_log
from simulator.records import Catalog, InteractionLog, Item, SplitLog

N_PEOPLE, N_ITEMS, N_GENRES = 400, 150, 3


def invent(n_people: int = N_PEOPLE, n_items: int = N_ITEMS, seed: int = 0) -> InteractionLog:
    """People who each choose about 25 items by genre and popularity, and rate them."""
    luck = np.random.default_rng(seed)
    genre = np.arange(n_items) % N_GENRES
    items = tuple(
        Item(
            item_id=f"i{row}",
            title=f"{('storm', 'kiss', 'robot')[genre[row]]} number {row}",
            categories=(("war", "love", "space")[genre[row]],),
            creator=f"maker {row % 40}",
            year=1950 + row % 60,
        )
        for row in range(n_items)
    )
    liking = luck.dirichlet(np.full(N_GENRES, 0.6), n_people)
    appeal = 0.7 * np.log(liking[:, genre] + 0.02) + 0.9 * luck.normal(size=n_items) - 0.4
    chosen = luck.random((n_people, n_items)) < 1 / (1 + np.exp(-appeal))
    chosen[:, -1] = False  # nobody chose the last item
    chosen[0] = False  # and the first person nothing
    user, item = np.nonzero(chosen)
    order = luck.permutation(user.size)
    user, item = user[order], item[order]
    level = 3.2 + luck.normal(0, 0.4, n_people)[user] + 0.9 * np.log(3 * liking[user, genre[item]] + 0.2)
    rating = np.clip(np.round(level + luck.normal(0, 0.6, user.size)), 1, 5)
    n = user.size
    return InteractionLog(
        catalog=Catalog(items),
        user_ids=np.array([f"u{row}" for row in range(n_people)]),
        user=user.astype(np.int32),
        item=item.astype(np.int32),
        rating=rating.astype(np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=np.zeros(n, dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
        demographics={"side": np.array(["", "left", "right"])[1 + liking.argmax(axis=1) % 2]},
    )


@pytest.fixture(scope="session")
def parts() -> SplitLog:
    return split(invent(), "invented")


@pytest.fixture(scope="session")
def unrated(parts: SplitLog) -> SplitLog:
    """The same log without ratings and without facts about people and items."""
    items = tuple(Item(item_id=item.item_id) for item in parts.catalog)
    nothing = np.full(len(parts.log), np.nan, dtype=np.float32)
    return SplitLog(parts.name, replace(parts.log, catalog=Catalog(items), rating=nothing, demographics={}), parts.part)


@pytest.fixture(scope="session")
def stack(parts: SplitLog) -> TasteStack:
    return TasteStack.fit(parts, seed=5, refits=1)


@pytest.fixture(scope="session")
def people(parts: SplitLog) -> Population:
    return from_log(parts, seed=5)
