"""Lives until each person has chosen so many items, kept as the log that a platform has of them, with nothing latent.

People do not meet each other, so nobody waits for anybody: every visit opens in the turn after the last one, while
people's own clocks go on by their own gaps. So a life of years costs as many turns as it has pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recommenders.platform import PlatformView
from simulator.journal.schema import OBSERVABLE
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.minds.stated import Statements, stated
from simulator.population import Population
from simulator.records import Catalog, InteractionLog
from simulator.state import PeopleState
from simulator.studies.persona_checks.editions import EditionMind, ExploringPages, editions_for, in_editions
from simulator.studies.persona_checks.information import Witnessed
from simulator.studies.persona_checks.setting import Setting
from simulator.turn import Page
from simulator.world import Cast, World

K = 10
"""Items of a page."""
LONGEST, PATIENT = 25, 1000
"""Pages for each choice that is to be made, and pages in any case, after which nobody is waited for."""
AT_ONCE = 1e-6
"""Turns of a day: so few that every gap is one turn."""
NEVER = 2**31 - 2
_COLUMNS = {
    "user": "user_id",
    "item": "item_id",
    "clicked": "clicked",
    "time": "sim_time",
    "dwell_s": "dwell_s",
    "position": "position",
    "rating": "rating",
}
"""What is kept, and what the journal calls it."""
assert set(_COLUMNS.values()) <= set(OBSERVABLE)


@dataclass(frozen=True, eq=False, kw_only=True)
class Life:
    """What people did, as a platform saw it, and what it tells of each trait at best."""

    log: InteractionLog
    attainable: dict[str, float]
    """By trait: see `information`."""


def lived_log(setting: Setting, people: Population, interactions: int, lean: float = 0.0) -> Life:
    """Lives of people, as who they are on the first day, until each has chosen so many items of the editions of the
    setting's catalogue. `lean`: of the logging policy (`ExploringPages`)."""
    catalog, base = in_editions(setting.split.catalog, editions_for(setting.split.catalog, interactions))
    number = len(catalog) // len(setting.split.catalog)
    inner = stated(
        setting.stack.block(people).mind(NAMED, setting.seed),
        Statements.of(people, setting.split.catalog),
        setting.seed,
    )
    met = replace(people, popularity=np.tile(people.popularity, number), later=None)
    laws = replace(setting.laws, returning=replace(setting.laws.returning, turns_per_day=AT_ONCE))
    nobody = np.zeros(len(people) + 1, dtype=np.int64)
    state = PeopleState(met, catalog, laws, setting.seed)
    behaviour = Witnessed(laws, setting.seed, met, catalog)
    counts = np.bincount(setting.split.platform.positives().item, minlength=len(setting.split.catalog))
    cast = Cast(
        people=met,
        state=state,
        view=PlatformView(catalog, people.user_ids, people.keys, nobody, np.zeros(0, dtype=np.int32)),
        host=ExploringPages(counts, number, lean),
        mind=EditionMind(inner, catalog.keys, setting.split.catalog.keys, base, setting.seed),
        behaviour=behaviour,
        wait_for=drive,
    )
    diary = _Diary()
    world = World(cast, diary, seed=setting.seed % 2**32, slate_size=K, layout="list")
    chosen = np.zeros(len(people), dtype=np.int64)
    while (chosen < interactions).any() and world.turn < max(PATIENT, LONGEST * interactions):
        world.step()
        page = world.last_page
        assert page is not None
        chosen[page.rows] += page.clicked.sum(axis=1)
        done = chosen >= interactions
        state.in_session[done], state.opens_at[done] = False, NEVER
    world.close()
    return Life(log=diary.log(catalog, people), attainable=behaviour.attainable())


@dataclass(eq=False)
class _Diary:
    """Takes the pages of a world instead of a journal."""

    committed: Sequence[tuple[int, Page]] = ()

    def __post_init__(self) -> None:
        self._parts: list[dict[str, npt.NDArray[Any]]] = []

    def append(self, turn: int, page: Page) -> None:
        """Note what was shown in a turn."""
        row, place = np.nonzero(page.shown)
        at = (row, place)
        self._parts.append(
            {
                "user": page.rows[row],
                "item": page.items[at],
                "clicked": page.clicked[at],
                "time": page.sim_time[row],
                "dwell_s": page.dwell_s[at],
                "position": place.astype(np.int32),
                "rating": page.rating[at],
            }
        )

    def log(self, catalog: Catalog, people: Population) -> InteractionLog:
        """All of it as a log. Everybody's last page lies at the log's end, so that who was done sooner is not taken for
        somebody who stopped coming."""
        noted = {name: np.concatenate([part[name] for part in self._parts]) for name in _COLUMNS}
        user, time = noted["user"], noted["time"]
        order = np.lexsort((noted["position"], time, user))
        last = np.zeros(len(people))
        np.maximum.at(last, user, time)
        seconds = 1 + np.floor(time - last[user] + time.max()).astype(np.int64)
        return InteractionLog(
            catalog=catalog,
            user_ids=people.user_ids,
            user=user[order].astype(np.int32),
            item=noted["item"][order].astype(np.int32),
            rating=noted["rating"][order].astype(np.float32),
            clicked=noted["clicked"][order],
            time=seconds[order],
            dwell_s=np.where(noted["clicked"], noted["dwell_s"], np.nan)[order].astype(np.float32),
            position=noted["position"][order],
        )
