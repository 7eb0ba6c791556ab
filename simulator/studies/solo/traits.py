"""A person's traits by name, all in standard deviations from the average person, and back.

Populations hold most traits so; activity is in visits a day there, and boredom proneness and the habit of position are
factors around 1. Here all are on one scale, as a person at a keyboard thinks of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.traits import BEHAVIOURAL, BY_NAME, LIMIT, Trait, activity_to_sd, sd_to_activity, to_percentile
from simulator.documents.fields import did_you_mean
from simulator.population import Population
from simulator.population.drawing import HABIT_SPREAD, factor
from simulator.records import UserInputError

F32 = npt.NDArray[np.float32]
_COLUMN = {"diversity": "boredom_proneness"}
"""Where a trait of a persona has another name as a column of a population."""
NAMES: tuple[str, ...] = tuple(_COLUMN.get(trait.name, trait.name) for trait in BEHAVIOURAL)
LABELS: Mapping[str, str] = {_COLUMN.get(trait.name, trait.name): trait.label for trait in BEHAVIOURAL}
_FACTORS = ("boredom_proneness", "position_habit")


def trait_named(name: str) -> str:
    """The trait that is meant: a column of a population, a trait of a persona, or its label. Raises UserInputError."""
    plain = " ".join(name.replace("_", " ").replace("-", " ").casefold().split())
    for column, label in LABELS.items():
        if plain in (column.replace("_", " "), label):
            return column
    if plain in BY_NAME:
        return _COLUMN[plain]
    known = ", ".join(NAMES)
    raise UserInputError(
        f"trait: there is none called {name[:40]!r}.{did_you_mean(plain.replace(' ', '_'), NAMES)} There are {known}"
    )


def trait_of(name: str) -> Trait:
    """What `personas.traits` says of a trait of a population."""
    return next(trait for trait in BEHAVIOURAL if _COLUMN.get(trait.name, trait.name) == name)


def traits_of(people: Population, row: int = 0) -> dict[str, float]:
    """Every trait of one person in sd, in the order of `NAMES`."""
    return {name: round(float(_in_sd(name)(getattr(people, name)[row : row + 1])[0]), 6) for name in NAMES}


def with_trait(people: Population, name: str, sd: float) -> Population:
    """These people, all of whom have so much of a trait, now and later."""
    value = np.full(len(people), sd, dtype=np.float32)
    if name == "activity":
        value = sd_to_activity(value).astype(np.float32)
    elif name in _FACTORS:
        value = factor(value)
    changed: dict[str, Any] = {name: value}
    if people.later is not None:
        changed["later"] = replace(people.later, people=with_trait(people.later.people, name, sd))
    return replace(people, **changed)


def as_stated(name: str, sd: float) -> tuple[str, float]:
    """A trait as a persona states it: its name there, and its value, visits a day or a percentile."""
    trait = trait_of(name).name
    return trait, float(sd_to_activity(sd) if trait == "activity" else to_percentile(sd))


def _in_sd(name: str) -> Callable[[F32], npt.NDArray[Any]]:
    if name == "activity":
        return activity_to_sd
    return _of_factor if name in _FACTORS else np.asarray


def _of_factor(values: F32) -> npt.NDArray[Any]:
    """The inverse of `factor`."""
    return np.clip((np.log(values) + HABIT_SPREAD**2 / 2) / HABIT_SPREAD, -LIMIT, LIMIT)
