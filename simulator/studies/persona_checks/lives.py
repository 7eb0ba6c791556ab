"""Lives lived in memory in front of a logging policy, and what each person did in them, as numbers.

As in a warm-up people meet one recommender with the statistical mind, and with what they say of themselves where they
have personas. Tastes, the lasting taste for single items included, are those of the setting's seed; what happens to
people is keyed by the life's own. So two lives of a person differ in luck alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from recommenders.builtin.popular import Popular
from recommenders.builtin.random import Random
from recommenders.exploration import explore as explored
from recommenders.host import Host
from recommenders.platform import PlatformView
from simulator.behaviour.calibrated import Calibrated
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.minds.stated import Statements, stated
from simulator.population import Population
from simulator.records import UserInputError
from simulator.simulated_time import DAY_S
from simulator.state import PeopleState
from simulator.studies.persona_checks.setting import Setting
from simulator.turn import Page
from simulator.world import Cast, World

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

SHORT_S = 10.0
"""Seconds below which a look at an item was a short one."""
K = 10
"""Items of a page."""
BLOCK = 1024
NEVER = 2**31 - 2
BEHAVIOURS = (
    "click_rate",
    "clicks_per_page",
    "pages_per_visit",
    "short_dwells",
    "rating_level",
    "click_place",
    "visits_per_day",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Lives:
    """What n people did. All (n,) unless said otherwise; NaN where it cannot be told."""

    click_rate: F64
    """Share of the items looked at that were chosen."""
    clicks_per_page: F64
    pages_per_visit: F64
    short_dwells: F64
    """Share of choices that ended within `SHORT_S`."""
    rating_level: F64
    """Mean of given ratings, as levels 1-5."""
    click_place: F64
    """Mean place of what was chosen, from 1."""
    visits_per_day: F64
    """Visits after the first, by the days between the first and the last."""
    profile: F64
    """Mean category vector of what was chosen, of unit length; 0 where nothing was. (n, n_categories)."""
    visits: I64
    pages: I64
    clicks: I64
    ratings: I64

    def behaviours(self) -> F64:
        """The columns of `BEHAVIOURS`. (n, 7)."""
        return np.column_stack([getattr(self, name) for name in BEHAVIOURS])


def lived(
    setting: Setting,
    people: Population,
    *,
    seed: int,
    sessions: int,
    policy: Literal["popular", "random"] = "popular",
    explore: float = 0.1,
) -> Lives:
    """So many visits of each person, as who they are on the first day.

    `seed`: of the luck of these lives. `explore`: share of places of the popular policy that are filled by lot. Raises
    UserInputError where nobody or no visit is asked for.
    """
    if not len(people) or sessions < 1:
        raise UserInputError("lives: give at least one person and one visit")
    host = _host(setting, policy, explore)
    people = replace(people, later=None)
    try:
        parts = [
            _block(setting, host, people.take(np.arange(start, min(start + BLOCK, len(people)))), seed, sessions)
            for start in range(0, len(people), BLOCK)
        ]
    finally:
        host.close()
    tallies = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[0].__dict__}
    return _as_numbers(tallies, people.rating_unit)


def _host(setting: Setting, policy: str, explore: float) -> Host:
    popular = Popular()
    base = (
        Random() if policy == "random" else explored(popular, "epsilon_greedy", epsilon=explore) if explore else popular
    )
    host = Host(base, policy)
    host.fit(setting.split.catalog, setting.split.platform)
    return host


def _block(setting: Setting, host: Host, people: Population, seed: int, sessions: int) -> _Tally:
    split, laws = setting.split, setting.laws
    own = setting.stack.block(people).mind(NAMED, setting.seed)
    cast = Cast(
        people=people,
        state=PeopleState(people, split.catalog, laws, seed),
        view=PlatformView.of(split.platform, people.source, people.user_ids, people.keys),
        host=host,
        mind=stated(own, Statements.of(people, split.catalog), seed),
        behaviour=Calibrated(laws, seed, people, split.catalog),
        wait_for=drive,
    )
    tally = _Tally.of(len(people), split.catalog.categories)
    world = World(cast, _Keeper(tally, split.catalog.categories), seed=seed % 2**32, slate_size=K, layout="list")
    state = cast.state
    done = np.zeros(len(people), dtype=np.bool_)
    while not done.all():
        if not state.in_session.any():  # nobody is there: on to the next visit
            world.turn = max(world.turn, int(state.opens_at[~done].min()))
        world.step()
        done |= (state.session >= sessions - 1) & ~state.in_session
        state.opens_at[done] = NEVER
    world.close()
    return tally


@dataclass(eq=False)
class _Tally:
    """Sums over the pages of each person. (n,), `tastes` (n, n_categories)."""

    pages: F64
    visits: F64
    looked: F64
    clicks: F64
    short: F64
    places: F64
    ratings: F64
    rated: F64
    first_s: F64
    last_s: F64
    tastes: F64

    @classmethod
    def of(cls, n: int, categories: npt.NDArray[Any]) -> _Tally:
        """Nothing yet."""
        zeros = {name: np.zeros(n) for name in cls.__annotations__ if name not in ("first_s", "tastes")}
        return cls(**zeros, first_s=np.full(n, np.nan), tastes=np.zeros((n, categories.shape[1])))


@dataclass(eq=False)
class _Keeper:
    """Takes the pages of a world instead of a journal, and keeps sums."""

    tally: _Tally
    categories: npt.NDArray[Any]
    committed: Sequence[tuple[int, Page]] = field(default=())

    def append(self, turn: int, page: Page) -> None:
        """Count a turn; a person has at most one page in it."""
        out, rows = self.tally, page.rows
        chosen = page.clicked
        rated = np.isfinite(page.rating)
        out.pages[rows] += 1
        out.looked[rows] += page.examined.sum(axis=1)
        out.clicks[rows] += chosen.sum(axis=1)
        out.short[rows] += (chosen & (page.dwell_s < SHORT_S)).sum(axis=1)
        out.places[rows] += np.where(chosen, np.arange(1, chosen.shape[1] + 1), 0).sum(axis=1)
        out.ratings[rows] += rated.sum(axis=1)
        out.rated[rows] += np.where(rated, page.rating, 0).sum(axis=1)
        person, place = np.nonzero(chosen)
        np.add.at(out.tastes, rows[person], self.categories[page.items[person, place]])
        opening = page.page == 0
        came, at = rows[opening], page.sim_time[opening]
        out.visits[came] += 1
        out.first_s[came] = np.where(np.isnan(out.first_s[came]), at, out.first_s[came])
        out.last_s[came] = at


def _as_numbers(sums: dict[str, F64], unit: float) -> Lives:
    length = np.linalg.norm(sums["tastes"], axis=1, keepdims=True)
    return Lives(
        click_rate=_ratio(sums["clicks"], sums["looked"]),
        clicks_per_page=_ratio(sums["clicks"], sums["pages"]),
        pages_per_visit=_ratio(sums["pages"], sums["visits"]),
        short_dwells=_ratio(sums["short"], sums["clicks"]),
        rating_level=_ratio(sums["rated"], sums["ratings"]) / unit,
        click_place=_ratio(sums["places"], sums["clicks"]),
        visits_per_day=_ratio(sums["visits"] - 1, (sums["last_s"] - sums["first_s"]) / DAY_S),
        profile=np.divide(sums["tastes"], length, out=np.zeros_like(sums["tastes"]), where=length > 0),
        **{name: sums[name].astype(np.int64) for name in ("visits", "pages", "clicks", "ratings")},
    )


def _ratio(top: F64, bottom: F64) -> F64:
    ratio: F64 = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return ratio
