"""The state of a person in words, as the line above a page: which page of which visit, mood and energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simulator.simulated_time import DAYS, day_of_week, hour_of_day

_MOODS = ((-0.6, "bad"), (-0.2, "rather low"), (0.2, "even"), (0.6, "good"), (2.0, "very good"))
"""Valence up to which the words hold: five equal parts of [-1, 1]."""
_ENERGY = ((0.15, "fresh"), (0.35, "a little tired"), (0.6, "tired"), (2.0, "worn out"))
"""Fatigue up to which the words hold. A page of ten costs about a tenth, so each word lasts a page or more."""


def condition_words(state: Any, row: int, session: int, page: int, *, calendar: bool = False) -> str:
    """Of row `row` of a `PeopleState`, or of anything with `mood` and `fatigue` by row; None: a person just come in.

    `calendar`: day and hour too, for people who have routines; then `clock_s` by row as well, or None for no hour.
    """
    told = calendar and state is not None and state.clock_s is not None
    when = _when(float(state.clock_s[row])) if told else ""
    mood = 0.0 if state is None else float(state.mood[row])
    fatigue = 0.0 if state is None else float(state.fatigue[row])
    feeling = f"Your mood is {_word(mood, _MOODS)}; you are {_word(fatigue, _ENERGY)}."
    return f"{when}Visit {session + 1}, page {page + 1}. {feeling}"


def _when(clock_s: float) -> str:
    clock = np.array([clock_s])
    return f"It is {DAYS[int(day_of_week(clock)[0])]}, about {int(hour_of_day(clock)[0])}:00. "


def _word(value: float, scale: Sequence[tuple[float, str]]) -> str:
    return next(text for most, text in scale if value <= most)
