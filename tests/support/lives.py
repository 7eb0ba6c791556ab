"""Lives of single people, and a run of the same people to compare them with."""

from __future__ import annotations

import atexit
import resource
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from llm_runs import only_what_is_tested

from scenarios.loader import check as checked_scenario
from simulator.journal.parts import PartKey, to_table
from simulator.journal.schema import IDENTITY
from simulator.studies import ab
from simulator.studies.solo.life import Life
from simulator.studies.solo.lived import Lived, Source
from simulator.studies.solo.setting import Setting, open_setting

PEOPLE: dict[str, Any] = {
    "name": "people",
    "seed": [5, 6],
    "population": {"size": 30, "personas": "library"},
    "world": {"turns": 10, "slate_size": 5, "sessions": {"turns_per_day": 4}},
    "arms": {"clever": "ease", "learning": {"recommender": "thompson", "params": {"draws": 8}}},
    "evaluation": {"minds": "single"},
}
"""People of the log, and strangers who live a warm-up; one recommender that learns."""
BY_HAND = Source(kind="hand")
_OF_THE_RECOMMENDER = ("run", "arm", "score", "propensity")


@lru_cache(maxsize=1)
def minds() -> Path:
    """Where fitted minds are kept for all tests of a process; goes with it."""
    folder = tempfile.TemporaryDirectory(prefix="minds-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


@contextmanager
def opened(kept: Path, scenario: dict[str, Any], **options: Any) -> Iterator[Setting]:
    """A setting whose minds are learnt once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        only_what_is_tested(kept, patch)
        setting = open_setting(scenario, **options)
    with setting:
        yield setting


def ran(kept: Path, folder: Path, scenario: dict[str, Any]) -> Path:
    """The folder of a run of a scenario."""
    with pytest.MonkeyPatch.context() as patch:
        only_what_is_tested(kept, patch)
        loaded = checked_scenario(scenario, file="test", base_dir=folder)
        outcome = ab.run(loaded, folder / "run", command=["test"])
    assert outcome.status == ab.DONE, outcome.message
    return outcome.folder


@contextmanager
def full_disk(left: int) -> Iterator[None]:
    """No file can grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def rows_of_life(life: Life) -> pd.DataFrame:
    """A life as the rows of a journal, but for what only a recommender knows."""
    key = PartKey(run="run", arm="arm", seed=life.seed, mind=life.setting.theatre.stage.minds[0], block=0)
    table = to_table(key, life.pages, np.array([life.user_id]), life.catalog.item_ids)
    return _comparable(table.to_pandas()[list(IDENTITY)])


def rows_of_person(rows: pd.DataFrame, *, arm: str, seed: int, user_id: str) -> pd.DataFrame:
    """The same of a person of a run (`small_runs.rows_of`)."""
    mine = rows[(rows["arm"] == arm) & (rows["seed"] == seed) & (rows["user_id"] == user_id)]
    return _comparable(mine)


def _comparable(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.drop(columns=[name for name in _OF_THE_RECOMMENDER if name in rows])
    rows = rows.astype({c: object for c in rows if isinstance(rows[c].dtype, pd.CategoricalDtype)})
    return rows.sort_values(["turn", "position"]).reset_index(drop=True)


def slates_of(rows: pd.DataFrame, life: Life) -> list[list[int]]:
    """The pages of a person's rows, as rows of the catalogue."""
    return [
        [life.catalog.row_of[item] for item in page["item_id"] if isinstance(item, str)]
        for _, page in rows.groupby("turn", sort=True)
    ]


def shown(life: Life, pages: int, name: str | None = None) -> Sequence[Lived]:
    """Lives pages that a recommender makes."""
    for _ in range(pages):
        life.show([one.item for one in life.recommend(name)], Source(kind="recommender", name=name or ""))
    return life.turns[-pages:]


def state_of(life: Life) -> dict[str, np.ndarray]:
    """Everything that the next page is computed from."""
    sitting = life._line.sitting
    found = {name: value for name, value in vars(sitting.state).items() if isinstance(value, np.ndarray)}
    view = sitting.world.view
    return {name: value.copy() for name, value in found.items()} | {
        "blocked": view.blocked.copy(),
        "turn": np.array(sitting.world.turn),
        "mood of the page": np.array(life.now.mood),
    }


def same_state(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)
