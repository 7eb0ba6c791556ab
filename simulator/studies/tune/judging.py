"""The winner tried again, where nothing was tuned: other people, new luck, minds with the evidence that was held back.

What lies here is an A/B run like any other (`judged/`), with a summary and a report of its own. Its arms are the
scenario's own parameters (`default`), the winner (`tuned`), and the trial that offline nDCG would have picked
(`by_ndcg`); trials that are the same stand once. Recommenders are fitted again, with a seed of their own: what is
judged are parameters, and no lucky fit.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from scenarios.loader import check as checked
from scenarios.resolved import dump_resolved, resolved, scenario_hash
from scenarios.schema import Scenario
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.run_data import RunData
from simulator.evaluation.summary import summarise
from simulator.experiment.asides import Asides
from simulator.experiment.company import Company
from simulator.experiment.engine import Engine, ProcessEngine
from simulator.experiment.facts import write_facts, write_origins, write_tables
from simulator.experiment.folder import RunFolder
from simulator.experiment.plan import Plan
from simulator.experiment.prepare import fit_recommenders, make_stage
from simulator.experiment.stage import Stage
from simulator.listener import Listener
from simulator.randomness import Stream
from simulator.report.html import write_report
from simulator.studies.run_manifest import begun, finish
from simulator.studies.tune.ground import Ground, run_data
from simulator.studies.tune.question import Question, arm_with, plan_arm
from simulator.studies.tune.trials import Trial

DEFAULT, TUNED, BY_NDCG = "default", "tuned", "by_ndcg"


class ArmFailedError(RuntimeError):
    """A recommender that had lived a trial failed before the people who judge."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Judged:
    """What the fresh people made of it."""

    arms: Mapping[str, str]
    """By role (`default`, `tuned`, `by_ndcg`): the arm that plays it; a role that nobody plays is missing."""
    by_judges: Crowd
    """Before the minds that judge."""
    by_tuning_mind: Crowd
    """The same people and luck before the mind that tuned."""
    summary: Mapping[str, Any]
    user_turns: int


def roles_of(default: Trial | None, tuned: Trial, by_ndcg: Trial | None) -> tuple[dict[str, str], dict[str, Trial]]:
    """Which arm plays which role, and each arm's trial. A trial in several roles stands under its first."""
    arms: dict[str, Trial] = {}
    roles: dict[str, str] = {}
    for role, trial in ((DEFAULT, default), (TUNED, tuned), (BY_NDCG, by_ndcg)):
        if trial is None:
            continue
        same = next((arm for arm, other in arms.items() if other.number == trial.number), None)
        roles[role] = same or role
        arms.setdefault(roles[role], trial)
    return roles, arms


def judge(
    ground: Ground,
    question: Question,
    folder: Path,
    roles: Mapping[str, str],
    trials: Mapping[str, Trial],
    listener: Listener,
    *,
    workers: int,
    versions: Mapping[str, str],
) -> Judged:
    """Live it, and read it. What an earlier call committed is not lived again. Raises UserInputError."""
    started = perf_counter()
    seeds = fresh_seeds(ground.plan)
    arms = tuple(plan_arm(ground.plan, question, name, trial.params) for name, trial in trials.items())
    plan = replace(ground.plan, arms=arms, control=arms[0].name, seeds=seeds, primary=ground.metric, block=1024)
    scenario = _scenario_of(ground, question, trials)
    run = _run_folder(folder, scenario, seeds, versions, ground)
    with run.locked():
        write_origins(run, ground.dataset, ground.fresh)
        fitting = perf_counter()
        where = ground.scenario.where
        models = run.models / "recommenders"
        asides = Asides(listener)
        hosts = fit_recommenders(plan, models, ground.split.catalog, ground.platform, listener, where, asides)
        fit_s = perf_counter() - fitting
        stage = make_stage(
            plan, run, ground.laws, ground.split, ground.fresh, hosts, run=run.path.name, platform=ground.platform
        )
        before = f"without_{question.held_back}"
        judges = replace(stage, minds=tuple(mind for mind in stage.minds if mind != before))
        write_tables(run, judges, ground.split, ground.fresh.cluster)
        write_facts(run, judges, ground.dataset, ground.laws)
        setup_s = perf_counter() - started - fit_s
        tuner = replace(stage, minds=(before,))
        living = perf_counter()
        for host in hosts.values():
            if host.learns:  # each seed and mind gets one that has learnt nothing yet
                host.close()
        company = Company(stage, {name: host for name, host in hosts.items() if not host.learns}, asides=asides)
        with closing(company):
            user_turns = _live((judges, tuner), company, listener, workers)
        run_s = perf_counter() - living
        performance = {
            "user_turns": user_turns,
            "setup_s": setup_s,
            "fit_s": fit_s,
            "run_s": run_s,
            "wall_s": perf_counter() - started,
            "user_turns_per_s": user_turns / max(run_s, 1e-9),
            "peak_rss_mb": Engine(stage, company).peak_rss_mb(),
        }
        names = tuple(trials)
        listener.phase("summary", "reading the journal")
        by_judges = Crowd.read(RunData.open(run.path))
        by_tuner = Crowd.read(run_data(ground, run.path, names, (before,), seeds))
        summary = summarise(run.path, performance=performance)
        run.write_summary(summary)
        finish(run)
        write_report(run.path)
        run.clear_scaffolding()
    return Judged(
        arms=dict(roles), by_judges=by_judges, by_tuning_mind=by_tuner, summary=summary, user_turns=user_turns
    )


def _live(stages: tuple[Stage, ...], company: Company, listener: Listener, workers: int) -> int:
    tasks = [stage.tasks(workers) for stage in stages]
    listener.started(
        units=sum(task.units for some in tasks for task in some),
        user_turns=sum(stage.most_user_turns() for stage in stages),
    )
    user_turns = 0
    for stage, some in zip(stages, tasks, strict=True):
        with closing(Engine(stage, company) if workers == 1 else ProcessEngine(stage, company, workers)) as engine:
            outcome = engine.run(some, listener)
        if outcome.failures:
            raise ArmFailedError("\n".join(f"arm {arm}: {fault}" for arm, fault in outcome.failures.items()))
        user_turns += outcome.user_turns
    return user_turns


def fresh_seeds(plan: Plan) -> tuple[int, ...]:
    """As many seeds as the plan has, and none of its."""
    return tuple(Stream.of(seed, "luck", "tune/judge").key >> 33 for seed in plan.seeds)


def winner(ground: Ground, question: Question, trials: Mapping[str, Trial]) -> Scenario:
    """The scenario with the arms that were judged in place of its own."""
    return _scenario_of(ground, question, trials)


def _scenario_of(ground: Ground, question: Question, trials: Mapping[str, Trial]) -> Scenario:
    base = ground.scenario
    data = resolved(base)
    arm = base.arms[question.arm]
    spec = data["arms"][question.arm]["recommender"]  # with the file's whole path
    data["arms"] = {
        name: arm_with(arm, trial.params).model_dump(mode="json", by_alias=True) | {"recommender": spec}
        for name, trial in trials.items()
    }
    data["evaluation"] |= {"control": next(iter(trials)), "primary": ground.metric, "minds": "ensemble"}
    return checked(data, file="best.yaml", base_dir=base.base_dir)


def _run_folder(
    path: Path, scenario: Scenario, seeds: tuple[int, ...], versions: Mapping[str, str], ground: Ground
) -> RunFolder:
    """The folder, new or as an interruption left it, with the minds that the study fitted."""
    told = scenario_hash(scenario)
    if path.exists():
        run = RunFolder(path)
        if not run.manifest.is_file() or run.read_manifest().get("judges") != told:
            shutil.rmtree(path)  # of another winner: more trials were asked for since
    if not path.exists():
        manifest = begun(path, scenario, seeds=seeds, versions=dict(versions), judges=told)
        # Its people are not the scenario's, so `understudy resume` must not go on.
        RunFolder.create(path, manifest | {"scenario_hash": f"tune:{told}"}, dump_resolved(scenario))
    run = RunFolder(path)
    link = run.models / "mind"
    run.models.mkdir(exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(os.path.relpath((ground.folder.models / "mind").resolve(), run.models.resolve()))
    return run
