"""What a regression sees of personas: their constructs and their demographics, as standardised columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.schema import Persona
from personas.traits import BIG_FIVE, PERCENTILES, activity_to_sd, to_sd

F64 = npt.NDArray[np.float64]

LEAST_OF_CATEGORY, MOST_CATEGORIES = 20, 20
"""People that a word, such as a place, must have to be a predictor; words of one fact, the most frequent first."""


def features_of(personas: Sequence[Persona], *, constructs: bool) -> F64:
    """Traits in standard deviations, age and its square, and the words of the other facts that are frequent enough.

    Unknown numbers are 0, with a column that says so. (n, d).
    """
    columns: list[F64] = []
    if constructs:
        for name in BIG_FIVE:
            columns += _number([getattr(one.personality, name) for one in personas])
        for name in PERCENTILES:
            columns += _number([_sd(getattr(one.behaviour, name)) for one in personas])
        columns += _number([_activity(one.behaviour.activity) for one in personas])
    age = _number([one.identity.age for one in personas])
    columns += age + _number(list(age[0] ** 2) if age else [])
    for name in ("gender", "occupation", "place", "language"):
        columns += _words([getattr(one.identity, name) for one in personas])
    return np.column_stack(columns) if columns else np.empty((len(personas), 0))


def _sd(percentile: float | None) -> float | None:
    return None if percentile is None else float(to_sd(percentile))


def _activity(visits: float | None) -> float | None:
    return None if visits is None else float(activity_to_sd(visits))


def _number(values: Sequence[Any]) -> list[F64]:
    told = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    known = np.isfinite(told)
    if known.sum() < 2 or (spread := float(told[known].std())) == 0:
        return []
    scaled = np.where(known, (told - told[known].mean()) / spread, 0.0)
    return [scaled] if known.all() else [scaled, (~known).astype(np.float64)]


def _words(values: Sequence[str | None]) -> list[F64]:
    told = np.array(["" if value is None else value.casefold() for value in values], dtype=np.str_)
    words, count = np.unique(told, return_counts=True)
    frequent = [w for w, c in sorted(zip(words, count, strict=True), key=lambda one: -one[1]) if c >= LEAST_OF_CATEGORY]
    return [(told == word).astype(np.float64) for word in frequent[:MOST_CATEGORIES] if len(words) > 1]
