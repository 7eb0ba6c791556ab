"""A real life to ask, lived once; lives whose numbers a test sets are in `told_lives`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lives import PEOPLE, minds, opened

from simulator.studies.solo.life import Life
from simulator.studies.solo.lived import Source
from simulator.studies.solo.setting import Setting


@pytest.fixture(scope="session")
def met_setting() -> Iterator[Setting]:
    with opened(minds(), PEOPLE) as made:
        yield made


@pytest.fixture(scope="session")
def met(met_setting: Setting) -> Life:
    """Somebody of the log after six pages; not to be lived further."""
    life = met_setting.life(str(met_setting.everyone.user_ids[0]))
    for turn in range(6):
        items = [one.item for one in life.recommend("popular" if turn % 2 else "clever", k=5)]
        life.show(items, Source(kind="recommender"))
    return life
