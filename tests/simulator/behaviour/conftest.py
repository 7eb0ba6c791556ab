"""A small made world for the tests of behaviour: people with histories, and items of known categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.behaviour.calibrated import Calibrated
from simulator.behaviour.laws import Laws
from simulator.perception import notice
from simulator.population import from_log
from simulator.records import PERSON, PLATFORM, Catalog, InteractionLog, Item, SplitLog
from simulator.state import PeopleState
from simulator.turn import Appraisal, Page, Scene

N_ITEMS, K = 300, 10


def made_split(n_people: int = 200) -> SplitLog:
    """Films of six genres, the first half without a duration; each person chose 30 of them."""
    rng = np.random.default_rng(0)
    genres = ["action", "comedy", "drama", "horror", "romance", "western"]
    items = tuple(
        Item(
            item_id=f"film {j}",
            categories=tuple(rng.choice(genres, rng.integers(1, 3), replace=False)),
            duration_s=None if j < N_ITEMS // 2 else 60.0 * (1 + j % 10),
        )
        for j in range(N_ITEMS)
    )
    item = np.concatenate([rng.choice(N_ITEMS, 30, replace=False) for _ in range(n_people)]).astype(np.int32)
    n = item.size
    log = InteractionLog(
        catalog=Catalog(items),
        user_ids=np.array([f"person {u}" for u in range(n_people)]),
        user=np.repeat(np.arange(n_people), 30).astype(np.int32),
        item=item,
        rating=rng.choice([1, 2, 3, 4, 5], n, p=[0.05, 0.1, 0.25, 0.35, 0.25]).astype(np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=np.zeros(n, dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
    )
    return SplitLog("made", log, rng.choice([PLATFORM, PERSON], n).astype(np.uint8))


class Stage:
    """People, their state and their behaviour, with scenes and appraisals made to order."""

    def __init__(self, laws: Laws | None = None, kind: type[Calibrated] = Calibrated, seed: int = 5) -> None:
        self.split = made_split()
        self.laws = laws or Laws()
        self.people = from_log(self.split, seed=seed)
        self.state = PeopleState(self.people, self.split.catalog, self.laws, seed)
        self.behaviour = kind(self.laws, seed, self.people, self.split.catalog)

    def scene(self, rows: Any, items: Any, turn: int = 0, layout: str = "list") -> Scene:
        rows, items = np.asarray(rows, dtype=np.int32), np.asarray(items, dtype=np.int32)
        blank = Scene(
            people=self.people,
            state=self.state,
            rows=rows,
            keys=self.people.keys[rows],
            turn=turn,
            items=items,
            noticed=items >= 0,
            page=self.state.page[rows],
            session=self.state.session[rows],
            layout=layout,
        )
        return notice(blank, self.laws)

    def random_items(self, n: int, seed: int = 0) -> Any:
        rng = np.random.default_rng(seed)
        return np.stack([rng.choice(N_ITEMS, K, replace=False) for _ in range(n)]).astype(np.int32)

    def appraisal(self, scene: Scene, want: float = -2.0, rating: float | None = None, **given: Any) -> Appraisal:
        shape = scene.items.shape
        expected = self.people.rating_mean[scene.rows][:, None] if rating is None else np.float32(rating)
        values: dict[str, Any] = {
            "want": np.full(shape, want, dtype=np.float32),
            "taste": np.full(shape, want, dtype=np.float32),
            "rating": np.broadcast_to(expected, shape).astype(np.float32),
            "mood": np.zeros(shape[0], dtype=np.float32),
            "source": np.zeros(shape[0], dtype=np.int8),
        }
        return Appraisal(**(values | given))

    def live(self, turn: int, want: float = -2.0) -> Page:
        """One whole turn of everyone whose session is open."""
        rows = self.state.arrive(turn)
        scene = self.scene(rows, self.random_items(rows.size, turn), turn)
        page = self.behaviour.behave(scene, self.appraisal(scene, want))
        self.state.advance(page, turn)
        return page


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def new_stage() -> Callable[..., Stage]:
    return Stage
