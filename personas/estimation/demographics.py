"""Facts about people that come with a log: age, gender and occupation, as far as they are there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.records import InteractionLog

YOUNGEST, OLDEST = 5, 115
_EXACT = re.compile(r"\d{1,3}")
_BETWEEN = re.compile(r"(\d{1,3})\s*(?:-|–|to)\s*(\d{1,3})")
_BELOW = re.compile(r"(?:under|below|<)\s*(\d{1,3})|(\d{1,3})\s*(?:and|or) (?:under|younger)")
_ABOVE = re.compile(r"(?:over|above|>)\s*(\d{1,3})|(\d{1,3})\s*(?:\+|(?:and|or) (?:over|older|above))")
_BEYOND = 3
"""Years by which people are taken to be beyond the end of a bracket that is open. Assumed."""
_LONGEST = 120


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is said of one person; None where nothing is."""

    age: int | None = None
    bracket: str | None = None
    """The words from which the age was taken, where they are no number."""
    gender: str | None = None
    occupation: str | None = None


def facts_of(log: InteractionLog, row: int) -> Facts:
    """Facts of a person, from the demographics named age, gender and occupation."""
    said = {name: " ".join(str(values[row]).split()) for name, values in log.demographics.items()}
    age, bracket = age_of(said.get("age", ""))
    job = said.get("occupation", "")
    if age is not None and age < 30 and "retired" in job.casefold().split():
        age, bracket = None, None  # a log that says both says neither
    return Facts(
        age=age, bracket=bracket, gender=said.get("gender", "")[:_LONGEST] or None, occupation=job[:_LONGEST] or None
    )


def age_of(said: str) -> tuple[int | None, str | None]:
    """Years, and the bracket that they were taken from if they are its middle: "34", "25-34", "under 18", "56+"."""
    text = said.strip().casefold()
    if _EXACT.fullmatch(text):
        return _plausible(int(text)), None
    years: float | None = None
    if found := _BETWEEN.fullmatch(text):
        years = (int(found[1]) + int(found[2])) / 2
    elif found := _BELOW.fullmatch(text):
        years = int(found[1] or found[2]) - _BEYOND
    elif found := _ABOVE.fullmatch(text):
        years = int(found[1] or found[2]) + _BEYOND
    age = None if years is None else _plausible(round(years))
    return age, None if age is None else said.strip()


def _plausible(years: int) -> int | None:
    return years if YOUNGEST <= years <= OLDEST else None
