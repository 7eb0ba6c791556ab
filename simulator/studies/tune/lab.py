"""Where trials are lived: data, people and minds are made once, and each trial is a recommender put before them.

The people of the log are drawn into an order by lot. The first of them tune; others, who tuned nothing, judge. Those
who tune live in a few blocks, in that order, so that a hopeless trial costs a block or two (`stopping`). The mind that
they have is without one family of evidence, the one that the tuned recommender resembles where that is known: what
pleases it owes nothing to that likeness, and the minds that judge all have the family that it lacked.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from recommenders.errors import PluginError
from recommenders.host import Host
from scenarios.schema import Scenario
from simulator.behaviour.laws import Laws
from simulator.datasets import Dataset
from simulator.evaluation import statistics
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.metrics import primary_of
from simulator.evaluation.offline import Holdout, accuracy, rank
from simulator.evaluation.run_data import RunData
from simulator.experiment.casting import make_host
from simulator.experiment.company import Company
from simulator.experiment.crowd import fingerprint
from simulator.experiment.facts import write_tables
from simulator.experiment.folder import RunFolder
from simulator.experiment.live import live
from simulator.experiment.plan import Plan
from simulator.experiment.prepare import fit_minds, make_stage, read_data, read_laws, read_people
from simulator.experiment.stage import Stage
from simulator.experiment.tasks import Task
from simulator.experiment.warmup import warm_up
from simulator.listener import Listener
from simulator.population import Population
from simulator.randomness import Stream, keys_of
from simulator.records import I64, InteractionLog, SplitLog, UserInputError
from simulator.studies.planning import plan_of
from simulator.studies.tune.question import PEOPLE, Question, direction, plan_arm
from simulator.studies.tune.stopping import FEWEST, LOOKS, hopeless, look
from simulator.studies.tune.trials import F64, Record, Trial

LARGEST_BLOCK = 1024
NDCG_AT = 10


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


@dataclass(eq=False)
class Lab:
    """Lives trials, one at a time. Its companies keep what every trial shares: who the people of a block are, and what
    they want."""

    ground: Ground
    question: Question
    listener: Listener
    mind: str = field(init=False)
    _stage: Stage = field(init=False)
    _companies: dict[int, Company] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        ground = self.ground
        self.mind = f"without_{self.question.held_back}"
        stage = make_stage(
            ground.plan,
            ground.folder,
            ground.laws,
            ground.split,
            ground.tuning,
            {},
            run="tune",
            platform=ground.platform,
        )
        self._stage = replace(stage, minds=(self.mind,))
        write_tables(ground.folder, self._stage, ground.split, ground.tuning.cluster)

    @property
    def blocks(self) -> int:
        """Blocks of the people who tune."""
        return self._stage.blocks("everyone")

    def most_user_turns(self) -> int:
        """User-turns of all trials, if every session were always open and no trial were stopped."""
        plan = self.ground.plan
        return len(self.ground.tuning) * plan.turns * len(plan.seeds) * self.question.trials

    def close(self) -> None:
        """Let go of everything."""
        for company in self._companies.values():
            company.close()

    def live(self, number: int, values: Mapping[str, Any], record: Record) -> tuple[Trial, F64 | None]:
        """Fit and live one trial. A recommender that fails is a failed trial, and no error."""
        arm = f"t{number:04d}"
        plan = replace(self.ground.plan, arms=(plan_arm(self.ground.plan, self.question, arm, values),))
        trial = Trial(number=number, params=dict(values), state="failed")
        host: Host | None = None
        started = perf_counter()
        try:
            host = make_host(plan, plan.arms[0], self.listener.notice)
            host.fit(self.ground.split.catalog, self.ground.platform)
            host.probe(self.ground.split.catalog, self.ground.platform, plan.slate_size)
            ndcg = self._ndcg(host)
            trial = replace(trial, ndcg=ndcg, fit_s=perf_counter() - started)
            return self._lived(trial, plan, host, record)
        except UserInputError as error:  # also PluginError: some parameters do not go together
            return replace(trial, ndcg=None, failure=str(error), fit_s=perf_counter() - started), None
        finally:
            for company in self._companies.values():
                company.dismiss(arm)
            if host is not None:
                host.close()
            self.ground.clear()
            shutil.rmtree(self.ground.folder.models / "recommenders", ignore_errors=True)

    def _lived(self, trial: Trial, plan: Plan, host: Host, record: Record) -> tuple[Trial, F64 | None]:
        arm, best = plan.arms[0].name, record.best()
        trial = replace(trial, against=None if best is None else best.number)
        best_values = None if best is None else record.values(best.number)
        values = np.full(len(self.ground.tuning), np.nan)
        started = perf_counter()
        learning = frozenset({arm}) if host.learns else frozenset[str]()
        stage = replace(self._stage, plan=plan, learning=learning)
        shares = [tuple(range(self.blocks))] if host.learns else [(block,) for block in range(self.blocks)]
        for nth, blocks in enumerate(shares):
            user_turns = self._live_blocks(stage, arm, host, blocks)
            values = np.where(np.isnan(values), self._values(stage, arm), values)
            lived = min((blocks[-1] + 1) * plan.block, values.size)
            if not np.isfinite(values).any():
                raise PluginError(
                    plan.arms[0].recommender, f"{self.ground.metric} is defined for nobody", "tune by another --metric"
                )
            seen = look(values, best_values, self.ground.tuning.cluster, lived)
            trial = replace(
                trial,
                score=seen.score,
                people=lived,
                user_turns=trial.user_turns + user_turns,
                looks=(*trial.looks, seen),
                live_s=perf_counter() - started,
            )
            if nth + 1 < len(shares) and hopeless(seen):
                return replace(trial, state="stopped"), values
        return replace(trial, state="complete"), values

    def _live_blocks(self, stage: Stage, arm: str, host: Host, blocks: tuple[int, ...]) -> int:
        user_turns = 0
        for seed in stage.plan.seeds:
            task = Task(
                crowd="everyone", blocks=blocks, seed=seed, arms=(arm,), minds=(self.mind,), together=host.learns
            )
            if host.learns:  # each seed gets one that has learnt nothing yet
                with closing(Company(stage)) as company:
                    outcome = live(task, stage, company, self.listener.progress)
            else:
                company = self._companies.setdefault(blocks[0] % LOOKS, Company(stage))
                company.seat(arm, host)
                outcome = live(task, stage, company, self.listener.progress)
            if outcome.failures:
                raise UserInputError(outcome.failures[arm])
            user_turns += outcome.user_turns
        return user_turns

    def _values(self, stage: Stage, arm: str) -> F64:
        """The metric of everybody who has just lived, turned so that more is better, and NaN for the others; the
        journal of it goes. (n_people,)."""
        ground = self.ground
        data = run_data(ground, ground.folder.path, (arm,), (self.mind,), stage.plan.seeds)
        crowd = Crowd.read(data)
        found = statistics.over_seeds(crowd.of(arm, ground.metric))
        ground.clear()
        at = np.searchsorted(crowd.user_ids, ground.tuning.user_ids)
        values: F64 = direction(ground.metric) * found[at]
        return values

    def _ndcg(self, host: Host) -> float | None:
        """nDCG@10 of the fitted model on what the people who tune chose and is held out; None if nothing is."""
        ground = self.ground
        share = ground.plan.split["fractions"][2]
        holdout = held_out_of(ground.split, ground.platform, ground.tuning, share)
        if not holdout.people.size:
            return None
        ranked = rank(host, holdout, NDCG_AT, seed=self.ground.plan.seed)
        return float(np.nanmean(accuracy(ranked.items, holdout.relevant, (NDCG_AT,))[f"ndcg@{NDCG_AT}"]))


def held_out_of(split: SplitLog, platform: InteractionLog, people: Population, share: float) -> Holdout:
    """The choices of `people` in the part V, which no recommender and none of the minds' models has seen."""
    chosen = split.held_out.positives()
    theirs = np.isin(chosen.user, people.source[people.source >= 0])
    return Holdout(
        train=platform,
        test=chosen.select(theirs),
        scheme="per_user",
        order="mixed",
        share=float(share),
        why="The part V of the simulated people's histories.",
    )


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
