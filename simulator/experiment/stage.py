"""Everything that does not change while a run is lived: people, items, what the platform knows, laws, fitted models.

A stage is made once, by the coordinating process, and sent to the workers; fitted models travel through the run
folder and are memory-mapped, so that N workers hold them once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator.behaviour.laws import Laws
from simulator.experiment.plan import Plan
from simulator.experiment.tasks import Crowd, Task, cut
from simulator.journal.parts import PartKey
from simulator.population import Population
from simulator.records import Catalog, InteractionLog


@dataclass(frozen=True, eq=False, kw_only=True)
class Stage:
    """What all blocks have in common. Holds arrays and values only, so that it can be sent to a spawned process."""

    plan: Plan
    run: str
    folder: Path
    catalog: Catalog
    platform: InteractionLog
    """Part P of the log: the history that recommenders see."""
    everyone: Population
    ensemble: Population
    minds: tuple[str, ...]
    """The named mind first; the others are lived by the ensemble's people."""
    laws: Mapping[str, Laws]
    """By mind: refitted minds have laws of their own."""
    at_home: frozenset[str]
    """Arms whose recommender cannot leave the process that loaded it."""
    learning: frozenset[str]
    """Arms whose recommender learns during the run."""
    mind_at_home: bool
    """Whether the named mind cannot leave the process that loaded it."""

    def crowd(self, crowd: Crowd) -> Population:
        """The people of a crowd."""
        return self.everyone if crowd == "everyone" else self.ensemble

    def people_of(self, crowd: Crowd, block: int) -> Population:
        """The people of one block."""
        people, size = self.crowd(crowd), self.plan.block
        return people.take(np.arange(block * size, min((block + 1) * size, len(people))))

    def blocks(self, crowd: Crowd) -> int:
        """How many blocks a crowd makes."""
        return -(-len(self.crowd(crowd)) // self.plan.block)

    def named_worlds(self) -> list[PartKey]:
        """The worlds of the named mind, finished or not."""
        return [
            PartKey(run=self.run, arm=arm.name, seed=seed, mind=self.minds[0], block=block)
            for seed in self.plan.seeds
            for arm in self.plan.arms
            for block in range(self.blocks("everyone"))
        ]

    def tasks(self, workers: int) -> list[Task]:
        """The run, cut into tasks."""
        return cut(
            arms=[arm.name for arm in self.plan.arms],
            seeds=self.plan.seeds,
            minds=self.minds,
            blocks=self.blocks,
            learns=lambda arm: arm in self.learning,
            alone=lambda arm: arm in self.at_home,
            workers=workers,
        )

    def portable(self, task: Task) -> bool:
        """Whether a worker can live the task."""
        own_mind = self.mind_at_home and self.minds[0] in task.minds
        return not own_mind and not any(arm in self.at_home for arm in task.arms)

    def asks_a_model(self, task: Task) -> bool:
        """Whether the task's people are driven by a language model."""
        return self.plan.language is not None and self.minds[0] in task.minds

    def most_user_turns(self) -> int:
        """User-turns if every session were always open."""
        people = len(self.everyone) + len(self.ensemble) * (len(self.minds) - 1)
        return people * self.plan.turns * len(self.plan.arms) * len(self.plan.seeds)
