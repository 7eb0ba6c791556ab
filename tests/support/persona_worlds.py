"""A made shop of stories whose pages show all cues, and crowds of personas that live in front of it in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from personas.files import of_mapping
from personas.schema import Persona
from recommenders.contract import RequestBatch, SlateBatch
from recommenders.platform import PlatformView
from simulator import datasets
from simulator.behaviour.calibrated import Calibrated
from simulator.behaviour.laws import Laws
from simulator.minds.drifting import drifting
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED, TasteStack
from simulator.minds.stated import Statements, stated
from simulator.population import Course, Population, from_personas
from simulator.randomness import Stream
from simulator.records import Catalog, InteractionLog, Item, SplitLog
from simulator.state import PeopleState
from simulator.turn import Page
from simulator.world import Cast, World

GENRES = ("Crime", "Love", "Space", "War")
N_ITEMS, N_PEOPLE = 160, 240
SEED, K = 11, 8
PHASE = 20
"""Turns for which a person's pages are mostly of one genre."""
_CATCHY = ("This is the secret until she finds out what happens", "Part two", "They reveal the truth: 7 weird days")
_PICTURES = ("a woman laughing", "an empty harbour", "two children in a boat", "a red clock")


def stories() -> tuple[Item, ...]:
    """Items of four genres with price, reviews, headline and picture, all unrelated to each other."""
    luck = np.random.default_rng(4)
    return tuple(
        Item(
            item_id=f"s{row}",
            title=f"{GENRES[row % 4]} story {row}",
            text=("A sister goes home.", "Ferries in the fog.", "A heist.", "Nothing happens.")[luck.integers(4)],
            categories=(GENRES[row % 4],),
            creator=f"maker {luck.integers(30)}",
            headline=_CATCHY[luck.integers(3)],
            image_caption=_PICTURES[luck.integers(4)],
            price=float(np.round(np.exp(luck.normal(2, 0.6)), 2)),
            review_count=int(np.exp(luck.normal(3, 1))),
            review_mean=float(np.round(luck.uniform(2, 5), 2)),
            duration_s=600.0,
        )
        for row in range(N_ITEMS)
    )


@lru_cache(maxsize=1)
def shop() -> SplitLog:
    """What 240 people chose and rated, in three parts."""
    catalog, luck = Catalog(stories()), np.random.default_rng(0)
    genre = np.arange(N_ITEMS) % 4
    liking = luck.dirichlet(np.full(4, 0.6), N_PEOPLE)
    appeal = 0.7 * np.log(liking[:, genre] + 0.02) + 0.9 * luck.normal(size=N_ITEMS) - 0.4
    user, item = np.nonzero(luck.random((N_PEOPLE, N_ITEMS)) < 1 / (1 + np.exp(-appeal)))
    level = 3.2 + luck.normal(0, 0.4, N_PEOPLE)[user] + 0.9 * np.log(3 * liking[user, genre[item]] + 0.2)
    n = user.size
    log = InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"u{row}" for row in range(N_PEOPLE)]),
        user=user.astype(np.int32),
        item=item.astype(np.int32),
        rating=np.clip(np.round(level + luck.normal(0, 0.6, n)), 1, 5).astype(np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=np.zeros(n, dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
    )
    return datasets.split(log, "shop")


@lru_cache(maxsize=1)
def taste() -> TasteStack:
    """The taste of the shop's people, learnt once a session."""
    return TasteStack.fit(shop(), seed=SEED, members="single")


def persona(**sections: Any) -> Persona:
    """One persona, `someone` if no id is given."""
    return of_mapping({"id": "someone"} | sections, "test")


class Pages:
    """Shows each person the same page in the same turn, whoever they are and whatever they did: mostly items of one
    genre for `PHASE` turns, then of another."""

    name = "pages"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._genre = catalog.categories.argmax(axis=1)

    def phase(self, keys: np.ndarray, turn: int) -> np.ndarray:
        """The genre of each person's pages in a turn."""
        return Stream.of(SEED, "luck", "phase").bits(keys, turn // PHASE) % 4

    def recommend(self, batch: RequestBatch, k: int) -> SlateBatch:
        """k items, by lot, those of the phase's genre with better odds."""
        lot = Stream.of(SEED, "luck", "page").gumbel(batch.keys, batch.turn, self._catalog.keys)
        lot = lot + 2 * (self._genre == self.phase(batch.keys, batch.turn)[:, None])
        return SlateBatch(self._catalog, np.argsort(-lot, axis=1)[:, :k].astype(np.int32))


@dataclass
class Diary:
    """Keeps the pages of a world as they are written."""

    committed: Sequence[tuple[int, Page]] = ()

    def __post_init__(self) -> None:
        self.pages: list[tuple[int, Page]] = []

    def append(self, turn: int, page: Page) -> None:
        self.pages.append((turn, page))

    def rows(self, people: Population, catalog: Catalog) -> pd.DataFrame:
        """One row an impression, with what a platform sees of it, by the journal's names."""
        frames = []
        for turn, page in self.pages:
            person, place = np.nonzero(page.shown)
            frames.append(
                pd.DataFrame(
                    {
                        "user_id": people.user_ids[page.rows[person]],
                        "turn": turn,
                        "session": page.session[person],
                        "page": page.page[person],
                        "position": place,
                        "item_id": catalog.item_ids[page.items[person, place]],
                        "clicked": page.clicked[person, place],
                        "dwell_s": page.dwell_s[person, place],
                        "rating": page.rating[person, place],
                        "action": page.action[person],
                        "left": page.left[person],
                        "sim_time": page.sim_time[person],
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)


def lived(
    people: Population,
    turns: int,
    *,
    laws: Laws | None = None,
    layout: str = "list",
    split: SplitLog | None = None,
    host: Any = None,
) -> pd.DataFrame:
    """What these people do in so many turns, as warm-ups are lived: with the statistical mind, in memory."""
    parts, law = split or shop(), laws or Laws()
    course = Course(people, law.returning.turns_per_day)
    own = stated(taste().block(course.versions).mind(NAMED, SEED), Statements.of(course.versions, parts.catalog), SEED)
    cast = Cast(
        people=people,
        state=PeopleState(people, parts.catalog, law, SEED),
        view=PlatformView.of(parts.platform, people.source, people.user_ids, people.keys),
        host=host or Pages(parts.catalog),
        mind=drifting(own, course),
        behaviour=Calibrated(law, SEED, people, parts.catalog),
        wait_for=drive,
        course=course,
    )
    diary = Diary()
    world = World(cast, diary, seed=SEED, slate_size=K, layout=layout)
    for _ in range(turns):
        world.step()
    world.close()
    return diary.rows(people, parts.catalog)


def crowd(one: Persona, size: int, *, split: SplitLog | None = None, seed: int = SEED) -> Population:
    """Clones of a persona, each with luck of its own."""
    return from_personas([one], split or shop(), size=size, seed=seed)


def with_items(**columns: Any) -> SplitLog:
    """The shop with some facts of its items replaced, by column."""
    parts = shop()
    items = tuple(
        replace(item, **{name: values[row] if isinstance(values, list) else values for name, values in columns.items()})
        for row, item in enumerate(parts.catalog)
    )
    return replace(parts, log=replace(parts.log, catalog=Catalog(items)))
