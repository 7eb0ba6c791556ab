"""The round trip: people with known traits live, what a platform saw of them is read as a log, and the traits are
inferred again.

People live in front of random pages until each has made so many choices. The log has what a platform has: items shown,
places, clicks, dwell, ratings, times, and nothing latent. Of each trait the correlation of true and inferred is
reported with its interval (Fisher 1915), and beside it the correlation that the inference itself claims to reach, the
root of its mean reliability. A trait whose law moves too little for so many choices is said not to be identifiable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.estimation import estimate
from personas.schema import Persona
from personas.traits import BEHAVIOURAL, activity_to_sd, sd_to_activity, to_percentile
from recommenders.platform import PlatformView
from simulator.behaviour.calibrated import Calibrated
from simulator.behaviour.cues import cue_scores
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.minds.stated import Statements, stated
from simulator.population import Population, from_personas
from simulator.population.drawing import normal
from simulator.randomness import keys_of
from simulator.records import Catalog, InteractionLog
from simulator.state import PeopleState
from simulator.studies.persona_checks.editions import EditionMind, RandomPages, in_editions
from simulator.studies.persona_checks.setting import Setting
from simulator.turn import Page
from simulator.world import Cast, World

F64 = npt.NDArray[np.float64]

PEOPLE = 400
ENOUGH = 100
"""Personas from which they make the trip themselves; fewer are too few for a correlation, and others are drawn."""
LONGEST = 20_000
"""Turns after which nobody is waited for."""
K = 10
CLEAR, WEAK = 0.8, 0.5
"""Correlations from which a trait counts as identifiable, and as weakly so. Assumed."""
NEVER = 2**31 - 2


def round_trip(setting: Setting, *, people: int | None = None, interactions: int = 100) -> dict[str, Any]:
    """JSON-able: `people`, `interactions` (mean choices), `shown` (mean items), `traits` by name {r, interval,
    attainable, identifiable, reason}, `ratings` {mean, spread}, `identifiable`: how many traits are, and `notes`.

    `people`: how many are drawn, where fewer than `ENOUGH` personas were given.
    """
    own = len(setting.personas) >= ENOUGH
    cast = list(setting.personas) if own else drawn(people or PEOPLE, setting.seed)
    population = replace(from_personas(cast, setting.split, seed=setting.seed), later=None)
    log = lived_log(setting, population, interactions)
    found = estimate(log, cues=cue_scores(log.catalog))
    true = true_traits(population)
    traits = {}
    for name, known in true.items():
        told = found.traits[name]
        value = activity_to_sd(told.value) if name == "activity" else told.value.astype(np.float64)
        traits[name] = _recovered(known, value, float(told.confidence.mean()), interactions)
    style = {
        name: _recovered(getattr(population, f"rating_{name}").astype(np.float64), told.astype(np.float64))
        for name, told in (("mean", found.ratings.mean), ("spread", found.ratings.spread))
    }
    whose = "the personas themselves" if own else "drawn, with traits that are independent of each other"
    return {
        "people": len(population),
        "interactions": float(log.clicked.sum() / len(population)),
        "shown": float(len(log) / len(population)),
        "traits": traits,
        "ratings": style,
        "identifiable": sum(row["identifiable"] == "yes" for row in traits.values()),
        "notes": [
            f"{len(population):,} people on random pages: {whose}.",
            "Items are editions of the data's, with made prices, reviews, headlines and pictures.",
            "Sizes of the laws are assumed: a law of half the size is recovered less well.",
        ],
    }


def drawn(n: int, seed: int) -> list[Persona]:
    """People whose traits are independent standard normals, stated, and who say nothing of their tastes."""
    ids = [f"trip-{nth:05d}" for nth in range(n)]
    keys = keys_of(ids)
    sd = {trait.name: normal(seed, f"round trip {trait.name}", keys) for trait in BEHAVIOURAL}
    value = {name: sd_to_activity(z) if name == "activity" else to_percentile(z) for name, z in sd.items()}
    return [
        Persona.model_validate({"id": name, "behaviour": {trait: float(value[trait][nth]) for trait in value}})
        for nth, name in enumerate(ids)
    ]


def true_traits(people: Population) -> dict[str, F64]:
    """Every behavioural trait of a population up to an affine map, as correlations need it. (n,) each."""
    factors = {"diversity": people.boredom_proneness, "position_habit": people.position_habit}
    out: dict[str, F64] = {}
    for trait in BEHAVIOURAL:
        if trait.name == "activity":
            out[trait.name] = activity_to_sd(people.activity)
        elif trait.name in factors:
            out[trait.name] = np.log(factors[trait.name].astype(np.float64))
        else:
            out[trait.name] = getattr(people, trait.name).astype(np.float64)
    return out


def lived_log(setting: Setting, people: Population, interactions: int) -> InteractionLog:
    """What a platform sees of people until each has chosen so many items."""
    catalog, base = in_editions(setting.split.catalog)
    inner = stated(
        setting.stack.block(people).mind(NAMED, setting.seed),
        Statements.of(people, setting.split.catalog),
        setting.seed,
    )
    met = replace(people, popularity=np.tile(people.popularity, len(catalog) // len(people.popularity)))
    nobody = np.zeros(len(people) + 1, dtype=np.int64)
    state = PeopleState(met, catalog, setting.laws, setting.seed)
    cast = Cast(
        people=met,
        state=state,
        view=PlatformView(catalog, people.user_ids, people.keys, nobody, np.zeros(0, dtype=np.int32)),
        host=RandomPages(),
        mind=EditionMind(inner, catalog.keys, base, setting.seed),
        behaviour=Calibrated(setting.laws, setting.seed, met, catalog),
        wait_for=drive,
    )
    diary = _Diary()
    world = World(cast, diary, seed=setting.seed % 2**32, slate_size=K, layout="list")
    chosen = np.zeros(len(people), dtype=np.int64)
    while (chosen < interactions).any() and world.turn < LONGEST:
        world.step()
        page = world.last_page
        assert page is not None
        chosen[page.rows] += page.clicked.sum(axis=1)
        done = chosen >= interactions
        state.in_session[done], state.opens_at[done] = False, NEVER
    world.close()
    return diary.log(catalog, people)


@dataclass(eq=False)
class _Diary:
    """Takes the pages of a world instead of a journal."""

    committed: Sequence[tuple[int, Page]] = ()

    def __post_init__(self) -> None:
        self._parts: list[tuple[npt.NDArray[Any], ...]] = []

    def append(self, turn: int, page: Page) -> None:
        """Note what was shown in a turn."""
        row, place = np.nonzero(page.shown)
        at = (row, place)
        self._parts.append(
            (
                page.rows[row],
                page.items[at],
                page.clicked[at],
                page.sim_time[row],
                page.dwell_s[at],
                place,
                page.rating[at],
            )
        )

    def log(self, catalog: Catalog, people: Population) -> InteractionLog:
        """All of it as a log. Everybody's last page lies at the log's end, so that who was done sooner is not taken for
        somebody who stopped coming."""
        user, item, clicked, time, dwell, place, rating = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        order = np.lexsort((place, time, user))
        last = np.zeros(len(people))
        np.maximum.at(last, user, time)
        seconds = 1 + np.floor(time - last[user] + time.max()).astype(np.int64)
        return InteractionLog(
            catalog=catalog,
            user_ids=people.user_ids,
            user=user[order].astype(np.int32),
            item=item[order].astype(np.int32),
            rating=rating[order].astype(np.float32),
            clicked=clicked[order],
            time=seconds[order],
            dwell_s=np.where(clicked, dwell, np.nan)[order].astype(np.float32),
            position=place[order].astype(np.int32),
        )


def _recovered(true: F64, inferred: F64, reliability: float | None = None, interactions: int = 0) -> dict[str, Any]:
    """Correlation of true and inferred with its 95 % interval, and what it means."""
    n = true.size
    r = None if n < 4 or true.std() < 1e-9 or inferred.std() < 1e-9 else float(np.corrcoef(true, inferred)[0, 1])
    interval = None
    if r is not None:
        z, half = np.arctanh(min(max(r, -0.999999), 0.999999)), 1.96 / np.sqrt(n - 3)
        interval = [float(np.tanh(z - half)), float(np.tanh(z + half))]
    verdict = "no" if r is None or r < WEAK else "weakly" if r < CLEAR else "yes"
    row: dict[str, Any] = {"r": r, "interval": interval, "identifiable": verdict}
    if reliability is None:
        return row
    reason = None
    if verdict != "yes":
        reason = (
            "the log does not tell it at all"
            if reliability <= 0
            else f"its law moves too little for {interactions:,} choices to tell people apart"
        )
    return row | {"attainable": float(np.sqrt(reliability)), "reason": reason}
