"""A mind whose people change on some day: it is asked about each person as they are by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.minds.account import Account
from simulator.minds.port import Mind, ReflectiveMind
from simulator.minds.stated import StatedMind
from simulator.minds.statistical import StatisticalMind
from simulator.population import Course
from simulator.records import I32
from simulator.turn import Appraisal, Page, Scene, Task, Thoughts


class DriftingMind:
    """Passes scenes on to a mind that was made with `course.versions`, with the rows of the versions of the day."""

    def __init__(self, inner: Mind, course: Course) -> None:
        self.name, self.inner, self.course = inner.name, inner, course

    async def appraise(self, scene: Scene) -> Appraisal:
        """The inner mind's appraisal of the people as they are by now."""
        return await self.inner.appraise(self._moved(scene))

    async def reflect(self, scene: Scene, page: Page, tasks: Sequence[Task]) -> Mapping[int, Thoughts]:
        """The inner mind's reflections, if it has any."""
        if not isinstance(self.inner, ReflectiveMind):
            return {}
        version = self.course.rows(scene.turn)
        moved = [replace(task, row=int(version[task.row])) for task in tasks]
        return await self.inner.reflect(self._moved(scene), page, moved)

    def _moved(self, scene: Scene) -> Scene:
        course = self.course
        rows = course.rows(scene.turn)[scene.rows]
        state = None if scene.state is None else _StateOfVersions(scene.state, course.owner)
        return replace(scene, people=course.versions, rows=rows, state=state)


def account_of(mind: Mind, row: int, item: int, turn: int) -> Account | None:
    """Why a person of a block wants an item, as they are on that turn; None for a mind that keeps no account of its
    wants, such as a language model or a plug-in."""
    if isinstance(mind, DriftingMind):
        row, mind = int(mind.course.rows(turn)[row]), mind.inner
    return mind.account(row, item) if isinstance(mind, StatisticalMind | StatedMind) else None


def drifting(mind: Mind, course: Course) -> Mind:
    """A mind that was made with `course.versions`, asked about people as they are on the day."""
    return DriftingMind(mind, course) if course.changes else mind


class _StateOfVersions:
    """A `PeopleState` by version: each has the state of its person."""

    def __init__(self, state: Any, owner: I32) -> None:
        self._state, self._owner = state, owner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._state, name)
        of_people = isinstance(value, np.ndarray) and value.ndim > 0 and len(value) == len(self._state.people)
        return value[self._owner] if of_people else value
