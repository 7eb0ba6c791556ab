"""Where trials are lived: data, people and minds are made once, and each trial is a recommender put before them.

Those who tune live in a few blocks, in the order that was drawn, so that a hopeless trial costs a block or two
(`stopping`). The mind that they have is without one family of evidence, the one that the tuned recommender resembles
where that is known: what pleases it owes nothing to that likeness, and the minds that judge all have the family that it
lacked.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from recommenders.errors import PluginError
from recommenders.host import Host
from simulator.evaluation import statistics
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.offline import Holdout, accuracy, rank
from simulator.experiment.casting import make_host
from simulator.experiment.company import Company
from simulator.experiment.facts import write_tables
from simulator.experiment.live import live
from simulator.experiment.plan import Plan
from simulator.experiment.prepare import make_stage
from simulator.experiment.stage import Stage
from simulator.experiment.tasks import Task
from simulator.experiment.watch import told
from simulator.listener import Listener
from simulator.population import Population
from simulator.records import InteractionLog, SplitLog, UserInputError
from simulator.studies.tune.ground import Ground, run_data
from simulator.studies.tune.question import Question, direction, plan_arm
from simulator.studies.tune.stopping import LOOKS, hopeless, look
from simulator.studies.tune.trials import F64, Record, Trial

NDCG_AT = 10


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
                    outcome = live(task, stage, company, told(self.listener))
            else:
                company = self._companies.setdefault(blocks[0] % LOOKS, Company(stage))
                company.seat(arm, host)
                outcome = live(task, stage, company, told(self.listener))
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
