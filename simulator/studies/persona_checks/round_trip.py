"""The round trip: people with known traits live, what a platform saw of them is read as a log, and the traits are
inferred again.

People live in front of a declared logging policy until each has made so many choices. The log has what a platform has:
items shown, places, clicks, dwell, ratings, times, and nothing latent. Of each trait the correlation of true and
inferred is reported with its interval (Fisher 1915), beside the correlation that is attainable at best by somebody who
knows everything else (`information`) and the one that the inference itself claims, the root of its mean reliability. A
trait whose law moves too little for so many choices, or that taste hides, is said not to be identifiable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.estimation import Estimates, estimate
from personas.schema import Persona
from personas.traits import BEHAVIOURAL, activity_to_sd, sd_to_activity, to_percentile
from simulator.behaviour.cues import cue_scores
from simulator.population import Population, from_personas
from simulator.population.drawing import normal
from simulator.randomness import Stream, keys_of
from simulator.studies.persona_checks.cues_there import cues_there
from simulator.studies.persona_checks.effects import effects
from simulator.studies.persona_checks.life_log import Life, lived_log
from simulator.studies.persona_checks.recovery import correlated, shares_recovered, tastes_recovered, verdict
from simulator.studies.persona_checks.setting import Setting

F64 = npt.NDArray[np.float64]

PEOPLE = 240
"""People who are drawn if nobody says how many: an interval of ± .05 about .8, in about a minute."""
ENOUGH = 100
"""Personas from which they make the trip alone; fewer are too few to learn from what is usual, and others are drawn to
make it with them."""
OVER = 0.15
"""By how much a claim may exceed the correlation before it is called one. Assumed."""
FEWEST = 10
"""Personas from which correlations are also told of them alone."""


def round_trip(
    setting: Setting, *, people: int | None = None, interactions: int = 100, lean: float = 0.0
) -> dict[str, Any]:
    """JSON-able: `people`, `interactions` (mean choices), `reached` (share of people who made so many), `shown` (mean
    items), `traits` by name {r, interval, attainable, claimed, effect, identifiable, reason, catalogue}, `ratings`
    {mean, spread, shares}, `tastes`, `identifiable`: how many traits are, `given`, `notes`.

    `people`: how many are drawn, where fewer than `ENOUGH` personas were given; of more personas than that, so many
    make the trip. `given`: the correlations of the given personas alone, where others were drawn beside at least
    `FEWEST` of them. `lean`: of the logging policy (`ExploringPages`). `catalogue` says what the setting's own
    catalogue lacks for the trait.
    """
    size = people or PEOPLE
    given = _some(setting.personas, size, setting.seed)
    own = len(given) >= ENOUGH
    cast = given if own else [*given, *drawn(size, setting.seed, {one.id for one in given})]
    population = replace(from_personas(cast, setting.split, seed=setting.seed), later=None)
    life = lived_log(setting, population, interactions, lean)
    found = estimate(life.log, cues=cue_scores(life.log.catalog))
    here = np.arange(len(population)) >= (0 if own else len(given))
    traits = _traits(setting, life, found, population, here, interactions)
    chosen = np.bincount(life.log.user[life.log.clicked], minlength=len(population))
    policy = f"an item of popularity c in proportion to (c + 1)^{lean:g}" if lean else "every item alike"
    whose = "the personas themselves" if own else "drawn, with traits that are independent of each other"
    return {
        "people": int(here.sum()),
        "interactions": float(chosen[here].mean()),
        "reached": float((chosen[here] >= interactions).mean()),
        "shown": float(len(life.log) / len(population)),
        "traits": traits,
        "ratings": _ratings(found, population, here),
        "tastes": tastes_recovered(found.tastes, population, setting.split.catalog, here),
        "identifiable": sum(row["identifiable"] == "yes" for row in traits.values()),
        "given": None if own or len(given) < FEWEST else _alone(found, population, ~here),
        "notes": [
            f"{int(here.sum()):,} people: {whose}.",
            f"Logging policy: pages drawn by lot, {policy}.",
            "Items are editions of the data's, with made prices, reviews, headlines and pictures.",
            "Sizes of the laws are assumed: a law of half the size is recovered less well.",
            *_overclaimed(traits),
        ],
    }


def drawn(n: int, seed: int, taken: frozenset[str] | set[str] = frozenset()) -> list[Persona]:
    """People whose traits are independent standard normals, stated, and who say nothing of their tastes. `taken`: ids
    that they must not have."""
    prefix = "trip"
    while any(name.startswith(f"{prefix}-") for name in taken):
        prefix += "-"
    ids = [f"{prefix}-{nth:05d}" for nth in range(n)]
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


def _inferred(found: Estimates, name: str) -> F64:
    value = found.traits[name].value
    return activity_to_sd(value) if name == "activity" else value.astype(np.float64)


def _traits(
    setting: Setting, life: Life, found: Estimates, people: Population, here: npt.NDArray[np.bool_], interactions: int
) -> dict[str, Any]:
    lacking, sizes = cues_there(setting.split), effects(setting.laws)
    traits: dict[str, Any] = {}
    for name, known in true_traits(people).items():
        row = correlated(known[here], _inferred(found, name)[here])
        at_best = life.attainable[name]
        row |= {
            "attainable": at_best,
            "claimed": float(np.sqrt(found.traits[name].confidence[here].mean())),
            "effect": asdict(sizes[name]),
        }
        identifiable, reason = verdict(name, row, at_best, sizes[name].text, interactions)
        traits[name] = row | {"identifiable": identifiable, "reason": reason, "catalogue": lacking.get(name)}
    return traits


def _overclaimed(traits: Mapping[str, Any]) -> list[str]:
    """A note on the traits of which the inference is surer than it is right."""
    over = [name for name, row in traits.items() if row["claimed"] - max(row["r"] or 0.0, 0.0) > OVER]
    if not over:
        return []
    told = ", ".join(
        f"{name.replace('_', ' ')} ({traits[name]['claimed']:.2f}, r {traits[name]['r'] or 0:.2f})" for name in over
    )
    return [f"The inference claims more than it keeps of {told}: do not go by its confidence there."]


def _ratings(found: Estimates, people: Population, here: npt.NDArray[np.bool_]) -> Mapping[str, Any]:
    style = found.ratings
    of_numbers = {
        name: correlated(getattr(people, f"rating_{name}")[here].astype(np.float64), told[here].astype(np.float64))
        for name, told in (("mean", style.mean), ("spread", style.spread))
    }
    return {**of_numbers, "shares": shares_recovered(people.thresholds[here], style.shares[here])}


def _alone(found: Estimates, people: Population, whose: npt.NDArray[np.bool_]) -> dict[str, Any]:
    true = true_traits(people)
    traits = {name: correlated(known[whose], _inferred(found, name)[whose]) for name, known in true.items()}
    return {"people": int(whose.sum()), "traits": traits}


def _some(personas: Sequence[Persona], most: int, seed: int) -> list[Persona]:
    """At most so many, by lot, in their order."""
    if len(personas) <= most:
        return list(personas)
    luck = Stream.of(seed, "population", "who makes the round trip").bits(keys_of([one.id for one in personas]))
    return [personas[row] for row in np.sort(np.argsort(luck, kind="stable")[:most]).tolist()]
