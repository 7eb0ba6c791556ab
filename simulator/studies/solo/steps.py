"""The steps of a life: everything that was done, from which it is made again."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.studies.solo.changes import Change
from simulator.studies.solo.lived import Source


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page was shown, and lived."""

    items: tuple[int, ...]
    """Rows of the catalogue, from the top."""
    source: Source
    layout: str


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Something was changed, from then on."""

    change: Change


@dataclass(frozen=True)
class Waited:
    """The time until the next visit passed."""


Step = Shown | Changed | Waited
