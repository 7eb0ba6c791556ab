"""Whose tastes people have who are drawn: those of the log's people, of like age and gender where that is known."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from personas.links import MEN, WOMEN
from personas.sampling import TasteSource
from simulator.records import Ids, InteractionLog

_NUMBER = re.compile(r"\d+")


def tastes_of(log: InteractionLog) -> TasteSource | None:
    """Choices of each person by category; None for a log without categories."""
    chosen = log.positives()
    if not log.catalog.category_names or not len(chosen):
        return None
    held = (log.catalog.categories > 0).astype(np.float64)
    facts = log.demographics
    return TasteSource(
        names=log.catalog.category_names,
        shares=np.asarray(log.matrix() @ held),
        gender=None if "gender" not in facts else _gender(facts["gender"]),
        age=None if "age" not in facts else age_in_years(facts["age"]),
        name="the people of the log",
    )


def age_in_years(words: Ids) -> npt.NDArray[np.float64]:
    """The middle of brackets in words, such as 25-34; two years inside an open one; NaN where there is no number."""
    out = np.full(words.size, np.nan)
    for nth, text in enumerate(words.tolist()):
        numbers = [int(number) for number in _NUMBER.findall(text)]
        if len(numbers) == 1:
            open_ended = 2 * ("under" in text or "<" in text) - 2 * ("over" in text or "+" in text or ">" in text)
            out[nth] = numbers[0] - open_ended
        elif numbers:
            out[nth] = (numbers[0] + numbers[-1]) / 2
    return out


def _gender(words: Ids) -> Ids:
    known = [word.strip().casefold() for word in words.tolist()]
    return np.array(
        ["female" if one in WOMEN else "male" if one in MEN else "other" if one else "" for one in known], dtype=np.str_
    )
