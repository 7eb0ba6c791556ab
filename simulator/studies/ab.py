"""The main job: run a scenario, resume it, or check it without running.

    data → people → minds and recommenders fitted → blocks lived → journal → answers

Everything that can be refused is refused before the first turn (`UserInputError`, status 2).
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any

from scenarios.loader import load_scenario
from scenarios.resolved import dump_resolved, scenario_hash
from scenarios.schema import Scenario
from simulator.experiment.folder import RunFolder
from simulator.experiment.plan import Arm, Plan
from simulator.listener import Listener, Silent
from simulator.records import UserInputError

DONE, FAILED = 0, 1
_REPORTED_VERSIONS = ("understudy", "numpy", "scipy", "pyarrow", "duckdb", "mesa", "implicit", "scikit-learn")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended: exit status 0 done or 1 failed, and where it lies."""

    status: int
    folder: Path
    summary: dict[str, Any] | None
    message: str | None = None


def plan_of(scenario: Scenario) -> Plan:
    """The experiment that a scenario asks for."""
    dataset = scenario.dataset
    load: dict[str, Any] = {"source": dataset.source}
    if dataset.path is not None:
        load["path"] = scenario.base_dir / dataset.path
    if dataset.columns is not None:
        load["columns"] = dataset.columns.model_dump(exclude_none=True)
    for name in ("separator", "rating_range"):
        if getattr(dataset, name) is not None:
            load[name] = getattr(dataset, name)
    if dataset.items is not None:
        items = dataset.items.model_dump(exclude_none=True)
        load["items"] = items | {"path": scenario.base_dir / dataset.items.path}
    laws = {name: dict(constants) for name, constants in scenario.behaviour.laws.items()}
    laws.setdefault("returning", {}).setdefault("turns_per_day", scenario.world.sessions.turns_per_day)
    arms = tuple(
        Arm(
            name=name,
            recommender=arm.recommender,
            params=arm.params,
            explore=None if arm.explore is None else arm.explore.model_dump(exclude_none=True),
            timeout_s=arm.timeout_s,
        )
        for name, arm in scenario.arms.items()
    )
    split = dataset.split
    return Plan(
        name=scenario.name,
        seeds=scenario.seeds,
        dataset=load,
        split={
            "fractions": (split.platform, split.person, split.held_out),
            "order": "key" if split.order == "random" else split.order,
        },
        size=scenario.population.size,
        mind=scenario.mind.kind,
        mind_params=scenario.mind.params,
        behaviour=scenario.behaviour.kind,
        laws=laws,
        turns=scenario.world.turns,
        slate_size=scenario.world.slate_size,
        layout=scenario.world.layout,
        arms=arms,
        control=scenario.control,
        primary=scenario.evaluation.primary,
        minds=scenario.evaluation.minds,
        ensemble_size=scenario.evaluation.ensemble_size,
        refits=scenario.evaluation.refits,
        confidence=scenario.evaluation.confidence,
        base_dir=scenario.base_dir,
    )


def run(
    scenario: Scenario,
    out: Path,
    *,
    workers: int = 1,
    listener: Listener | None = None,
    command: Sequence[str] = (),
    data_dir: Path | None = None,
) -> Outcome:
    """Run a scenario into the new folder `out`."""
    manifest = {
        "run": out.name,
        "name": scenario.name,
        "status": "running",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": list(command),
        "workers": workers,
        "seeds": list(scenario.seeds),
        "scenario_hash": scenario_hash(scenario),
        "versions": versions(),
        "data_dir": None if data_dir is None else str(data_dir.resolve()),
        "resumed": [],
    }
    folder = RunFolder.create(out, manifest, dump_resolved(scenario))
    return _carry_out(
        plan_of(scenario), scenario, folder, workers=workers, listener=listener or Silent(), data_dir=data_dir
    )


def resume(path: Path, *, workers: int = 1, listener: Listener | None = None, command: Sequence[str] = ()) -> Outcome:
    """Go on with a run that was interrupted: from its last committed turns, to the same rows."""
    folder = RunFolder.open(path)
    manifest = folder.read_manifest()
    if manifest["status"] == "finished":
        summary = json.loads(folder.summary.read_text(encoding="utf-8"))
        return Outcome(
            status=DONE, folder=path, summary=summary, message="this run is finished; nothing is left to resume"
        )
    scenario = load_scenario(str(folder.scenario))
    if scenario_hash(scenario) != manifest["scenario_hash"]:
        raise UserInputError(
            f"{folder.scenario}: this is not the scenario that the run was started with. Cure: restore it, or start a "
            "new run"
        )
    manifest["resumed"].append(
        {"at": datetime.now(UTC).isoformat(timespec="seconds"), "command": list(command), "workers": workers}
    )
    changed = {name: version for name, version in versions().items() if manifest["versions"].get(name) != version}
    told = listener or Silent()
    if changed:
        told.notice(
            "resumed with other versions than it was started with: "
            + ", ".join(f"{name} {version}" for name, version in changed.items())
        )
    folder.write_manifest(manifest)
    data_dir = None if manifest["data_dir"] is None else Path(manifest["data_dir"])
    return _carry_out(plan_of(scenario), scenario, folder, workers=workers, listener=told, data_dir=data_dir)


def _carry_out(
    plan: Plan, scenario: Scenario, folder: RunFolder, *, workers: int, listener: Listener, data_dir: Path | None
) -> Outcome:
    from simulator.evaluation.summary import summarise
    from simulator.experiment.engine import Engine, ProcessEngine, WorkerDiedError
    from simulator.experiment.prepare import prepare
    from simulator.experiment.process import settled
    from simulator.minds.plugin import MindError
    from simulator.report.html import write_report
    from simulator.world import JournalMismatchError

    started = perf_counter()
    with folder.locked(), settled():
        try:
            stage, company, fit_s = prepare(plan, folder, listener, scenario.where, data_dir)
            engine = Engine(stage, company) if workers == 1 else ProcessEngine(stage, company, workers)
        except UserInputError as error:
            _note_failure(folder, str(error))
            raise
        try:
            tasks = stage.tasks(workers)
            setup_s = perf_counter() - started - fit_s
            listener.started(units=sum(task.units for task in tasks), user_turns=stage.most_user_turns())
            lived_from = perf_counter()
            outcome = engine.run(tasks, listener)
            run_s = perf_counter() - lived_from
        except (OSError, MindError, WorkerDiedError, JournalMismatchError) as error:
            what = f"{error.strerror}: {error.filename or folder.path}" if isinstance(error, OSError) else str(error)
            message = f"the run stopped: {what}. Nothing committed is lost; go on with: understudy resume {folder.path}"
            _note_failure(folder, message)
            return Outcome(status=FAILED, folder=folder.path, summary=None, message=message)
        finally:
            engine.close()
            company.close()
        if outcome.failures:
            message = "\n".join(f"arm {arm}: {fault}" for arm, fault in outcome.failures.items())
            _note_failure(folder, message)
            return Outcome(status=FAILED, folder=folder.path, summary=None, message=message)
        performance = {
            "user_turns": outcome.user_turns,
            "setup_s": setup_s,
            "fit_s": fit_s,
            "run_s": run_s,
            "wall_s": perf_counter() - started,
            "user_turns_per_s": outcome.user_turns / run_s,
            "peak_rss_mb": engine.peak_rss_mb(),
        }
        listener.phase("summary", "reading the journal")
        summary = summarise(folder.path, performance=performance)
        folder.write_summary(summary)
        listener.phase("report", "drawing the report")
        write_report(folder.path)
        manifest = folder.read_manifest()
        manifest |= {"status": "finished", "finished": datetime.now(UTC).isoformat(timespec="seconds")}
        folder.write_manifest(manifest)
        folder.clear_scaffolding()
    listener.finished(summary)
    return Outcome(status=DONE, folder=folder.path, summary=summary)


def check(scenario: Scenario, *, data_dir: Path | None = None, listener: Listener | None = None) -> dict[str, Any]:
    """Everything that a run would refuse, found without running: data, laws, plug-ins (loaded, fitted, probed), and
    the size."""
    from tempfile import TemporaryDirectory

    from simulator.experiment.prepare import rehearse

    with TemporaryDirectory(prefix="understudy-check-") as scratch:
        return rehearse(plan_of(scenario), scenario.where, data_dir, listener or Silent(), Path(scratch))


def versions() -> Mapping[str, str]:
    """Versions that results may depend on."""
    found = {"python": platform.python_version()}
    for name in _REPORTED_VERSIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def _note_failure(folder: RunFolder, message: str) -> None:
    with suppress(OSError):  # a full disk must not hide what it is that went wrong
        folder.write_manifest(folder.read_manifest() | {"status": "failed", "failure": message})
