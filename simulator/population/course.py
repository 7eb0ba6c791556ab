"""The course of a life: who the people of a block are on each day, where some of them change."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from simulator.population.people import Later, Population, joined
from simulator.records import I32


class Course:
    """People and their later selves. `versions` holds the n people first, then each later self."""

    def __init__(self, people: Population, turns_per_day: float) -> None:
        self.people, self._turns_per_day = people, turns_per_day
        self._later: Later | None = people.later
        self._on: dict[int, Population] = {}

    @property
    def changes(self) -> bool:
        """Whether anybody changes at all."""
        return self._later is not None

    @cached_property
    def versions(self) -> Population:
        """Everybody as they are on the first day, then as some of them will be."""
        now = replace(self.people, later=None)
        return now if self._later is None else joined(now, self._later.people)

    @cached_property
    def owner(self) -> I32:
        """Row of the people that each version is of. (n_versions,)."""
        own = np.arange(len(self.people), dtype=np.int32)
        return own if self._later is None else np.concatenate([own, self._later.owner])

    def rows(self, turn: int) -> I32:
        """The version that each person is in a turn: a row of `versions`. (n,)."""
        n = len(self.people)
        rows = np.arange(n, dtype=np.int32)
        if self._later is not None:
            due = np.flatnonzero(self._later.from_day <= turn / self._turns_per_day)
            rows[self._later.owner[due]] = (n + due).astype(np.int32)  # sorted by day: the last one that is due stays
        return rows

    def on(self, turn: int) -> Population:
        """The people as they are in a turn."""
        if self._later is None:
            return self.people
        number = int((self._later.from_day <= turn / self._turns_per_day).sum())
        if number not in self._on:
            self._on = {number: self.versions.take(self.rows(turn))}
        return self._on[number]
