"""What every trial stands on, made once: the data, the people who tune and those who judge, and the fitted minds.

The people are drawn into an order by lot; the first of them tune, and others, who tuned nothing, judge.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.schema import Scenario
from simulator.behaviour.laws import Laws
from simulator.datasets import Dataset
from simulator.evaluation.metrics import primary_of
from simulator.evaluation.run_data import RunData
from simulator.experiment.crowd import fingerprint
from simulator.experiment.folder import RunFolder
from simulator.experiment.plan import Plan
from simulator.experiment.prepare import fit_minds, read_data, read_laws, read_people
from simulator.experiment.warmup import warm_up
from simulator.listener import Listener
from simulator.population import Population
from simulator.randomness import Stream, keys_of
from simulator.records import I64, InteractionLog, SplitLog, UserInputError
from simulator.studies.planning import plan_of
from simulator.studies.tune.question import PEOPLE, Question
from simulator.studies.tune.stopping import FEWEST, LOOKS

LARGEST_BLOCK = 1024


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """What every trial stands on."""

    plan: Plan
    scenario: Scenario
    laws: Laws
    dataset: Dataset
    split: SplitLog
    platform: InteractionLog
    tuning: Population
    """In the order in which they live."""
    fresh: Population
    metric: str
    folder: RunFolder
    """Scratch: the fitted minds, and the journal of what is lived just now."""

    def clear(self) -> None:
        """Remove what has been lived."""
        for emptied in (self.folder.events, self.folder.stream):
            shutil.rmtree(emptied, ignore_errors=True)

    @property
    def fingerprints(self) -> dict[str, Any]:
        """What a resumed study must meet again."""
        return {"dataset": self.dataset.fingerprint, "personas": fingerprint(self.tuning)}


def break_ground(
    scenario: Scenario, question: Question, folder: RunFolder, listener: Listener, data_dir: Path | None
) -> Ground:
    """Read the data, draw the people and fit the minds. Raises UserInputError."""
    plan, where = plan_of(scenario), scenario.where
    # Everybody is read, whatever the scenario's size: those beyond it judge.
    size = plan.crowd.size if plan.crowd.origin == "sample" else None
    everyone_of = replace(plan.crowd, size=_drawn(question, size) if plan.crowd.origin == "sample" else None)
    plan = replace(plan, crowd=everyone_of, minds="ensemble")
    laws = read_laws(plan, where)
    dataset, split = read_data(plan, listener, where, data_dir)
    everyone = read_people(plan, split, where)
    wanted = scenario.population.size if question.people is None else question.people
    who_tunes, who_judges = divided(everyone, wanted, question, plan.seed)
    platform = split.platform
    folder.path.mkdir(parents=True, exist_ok=True)
    fit_minds(plan, folder.models / "mind", split, listener)
    if plan.warmup is not None:
        platform, everyone = warm_up(plan, folder, split, everyone, laws, listener)
    tuning, fresh = everyone.take(who_tunes), everyone.take(who_judges)
    listener.phase("people", f"{len(tuning):,} tune, {len(fresh):,} others judge")
    metric = primary_of(question.metric, log_has_clicks=not bool(dataset.log.clicked.all()), calibrated=True)
    ground = Ground(
        plan=replace(plan, block=_block_size(len(tuning))),
        scenario=scenario,
        laws=laws,
        dataset=dataset,
        split=split,
        platform=platform,
        tuning=tuning,
        fresh=fresh,
        metric=metric,
        folder=folder,
    )
    ground.clear()  # what an interrupted trial left
    return ground


def divided(everyone: Population, wanted: int | None, question: Question, seed: int) -> tuple[I64, I64]:
    """Rows of those who tune, in the order in which they live, and of those who judge: nobody, and no two clones of one
    person, on both sides. Raises UserInputError."""
    lot = Stream.of(seed, "population", "tune").bits(keys_of(everyone.cluster.tolist()))
    order = np.argsort(lot, kind="stable")
    n = len(everyone)
    size = min(wanted or PEOPLE, n // 2)
    if question.people is not None and question.people > n // 2:
        raise UserInputError(
            f"--people {question.people:,}: as many others must be left to judge the winner, and there are {n:,} "
            f"people in all. Give at most {n // 2:,}"
        )
    if size < 2:
        raise UserInputError(f"population: {n:,} people are too few to tune with and to judge by. Use a larger log")
    tuning = order[:size]
    others = order[size:]
    others = others[~np.isin(everyone.cluster[others], everyone.cluster[tuning])]
    most = question.fresh or max(size, PEOPLE)
    return tuning, np.sort(others[:most])


def _drawn(question: Question, size: int | None) -> int:
    """People to draw who are in no log: those who tune and those who judge."""
    tuning = question.people or size or PEOPLE
    return tuning + (question.fresh or tuning)


def _block_size(people: int) -> int:
    """Enough people in a block that a look at it may stop a trial."""
    return min(LARGEST_BLOCK, max(-(-people // LOOKS), min(FEWEST, people)))


def run_data(
    ground: Ground, folder: Path, arms: tuple[str, ...], minds: tuple[str, ...], seeds: tuple[int, ...]
) -> RunData:
    """What the evaluation needs to know of a journal that is no finished run's."""
    return RunData(
        folder=folder,
        run="tune",
        scenario_hash="",
        versions={},
        seeds=seeds,
        arms=arms,
        control=arms[0],
        minds=minds,
        primary=ground.metric,
        confidence=ground.plan.confidence,
        catalog_size=len(ground.split.catalog),
    )
