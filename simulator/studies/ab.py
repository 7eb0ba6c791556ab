"""The main job: run a scenario, resume it, or check it without running.

    data → people → minds and recommenders fitted → blocks lived → journal → answers

Everything that can be refused is refused before the first turn (`UserInputError`, status 2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from scenarios.loader import load_scenario
from scenarios.resolved import CIRCUMSTANCES, dump_resolved, scenario_hash
from scenarios.schema import Scenario
from simulator.evaluation.run_kind import require_experiment
from simulator.experiment.folder import RunFolder, replace_file
from simulator.experiment.plan import Plan
from simulator.listener import Listener, Silent
from simulator.llm.port import BudgetError, CallError, EndpointError
from simulator.minds.language.reliability import UnreliableError
from simulator.records import UserInputError
from simulator.studies.planning import plan_of
from simulator.studies.run_manifest import begun, finish, now, versions

if TYPE_CHECKING:
    from simulator.experiment.checking import Checked

DONE, FAILED, OUT_OF_BUDGET = 0, 1, 3
_STOPS = (OSError, EndpointError, CallError, UnreliableError)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended: exit status 0 done, 1 failed or 3 stopped by its budget, and where it lies."""

    status: int
    folder: Path
    summary: dict[str, Any] | None
    message: str | None = None
    failures: Mapping[str, str] = field(default_factory=dict)
    """By arm: why it was not lived to the end."""


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
    manifest = begun(out, scenario, workers=workers, command=command, data_dir=data_dir)
    folder = RunFolder.create(out, manifest, dump_resolved(scenario))
    try:
        with folder.locked():
            return _carry_out(plan_of(scenario), scenario, folder, workers, listener or Silent(), data_dir)
    except UserInputError:
        folder.discard()  # refused before the first turn: nothing was lived that could be lost
        raise


def resume(
    path: Path,
    *,
    workers: int = 1,
    listener: Listener | None = None,
    command: Sequence[str] = (),
    overrides: Sequence[str] = (),
) -> Outcome:
    """Go on with a run that was interrupted: from its last committed turns, to the same rows.

    `overrides`, texts such as `llm.budget.usd=5`, change how the model is reached and paid, and nothing that decides a
    row; they hold from now on. Raises UserInputError.
    """
    folder = RunFolder.open(path)
    with folder.locked():
        return _resume(folder, workers, listener or Silent(), command, overrides)


def _resume(
    folder: RunFolder, workers: int, listener: Listener, command: Sequence[str], overrides: Sequence[str]
) -> Outcome:
    manifest = folder.read_manifest()
    require_experiment(folder.path, manifest, "run of people to go on with")
    summary = _finished_summary(folder) if manifest["status"] == "finished" else None
    if summary is not None:
        message = "this run is finished; nothing is left to resume"
        return Outcome(status=DONE, folder=folder.path, summary=summary, message=message)
    scenario = _circumstances_changed(folder, manifest, overrides)
    manifest["resumed"].append({"at": now(), "command": list(command), "workers": workers})
    changed = {name: version for name, version in versions().items() if manifest["versions"].get(name) != version}
    if changed:
        listener.notice(
            "resumed with other versions than it was started with: "
            + ", ".join(f"{name} {version}" for name, version in changed.items())
        )
    manifest.pop("failure", None)
    folder.write_manifest(manifest | {"status": "running"})
    data_dir = None if manifest["data_dir"] is None else Path(manifest["data_dir"])
    return _carry_out(plan_of(scenario), scenario, folder, workers, listener, data_dir)


def _circumstances_changed(folder: RunFolder, manifest: Mapping[str, Any], overrides: Sequence[str]) -> Scenario:
    """The run's scenario with what a resumed run may change."""
    for text in overrides:
        section, _, field = text.partition("=")[0].partition(".")
        if section.strip() != "llm" or field.partition(".")[0].strip() not in CIRCUMSTANCES:
            raise UserInputError(
                f"--set {text[:80]}: a resumed run keeps its scenario; only how a model is reached and paid, and "
                "when the run gives up, may change: " + ", ".join(f"llm.{name}" for name in sorted(CIRCUMSTANCES))
            )
    scenario = load_scenario(str(folder.scenario), overrides=overrides)
    if scenario_hash(scenario) != manifest["scenario_hash"]:
        raise UserInputError(
            f"{folder.scenario}: this is not the scenario that the run was started with. Cure: restore it, or start a "
            "new run"
        )
    if overrides:
        replace_file(folder.scenario, dump_resolved(scenario))
    return scenario


def _carry_out(
    plan: Plan, scenario: Scenario, folder: RunFolder, workers: int, listener: Listener, data_dir: Path | None
) -> Outcome:
    """Prepare, live, answer. What goes wrong on the way is told, and leaves what was committed as it is."""
    from simulator.evaluation.identities import BrokenIdentityError
    from simulator.experiment.engine import WorkerDiedError
    from simulator.experiment.process import settled
    from simulator.minds.plugin import MindError
    from simulator.world import JournalMismatchError

    try:
        with settled():
            failures, performance = _live(plan, scenario, folder, workers, listener, data_dir)
            return _answer(plan, folder, failures, performance, listener)
    except UserInputError as error:
        _note_failure(folder, str(error))
        raise
    except BudgetError as error:
        folder.write_manifest(folder.read_manifest() | {"status": "out of budget", "failure": str(error)})
        return Outcome(status=OUT_OF_BUDGET, folder=folder.path, summary=None, message=str(error))
    except (*_STOPS, MindError, WorkerDiedError, JournalMismatchError, BrokenIdentityError) as error:
        what = f"{error.strerror}: {error.filename or folder.path}" if isinstance(error, OSError) else str(error)
        message = f"the run stopped: {what}. Nothing committed is lost; go on with: understudy resume {folder.path}"
        _note_failure(folder, message)
        return Outcome(status=FAILED, folder=folder.path, summary=None, message=message)


def _live(
    plan: Plan, scenario: Scenario, folder: RunFolder, workers: int, listener: Listener, data_dir: Path | None
) -> tuple[dict[str, str], dict[str, float]]:
    """Live what the journal does not hold yet. Why arms failed, by arm; and what it took."""
    from simulator.experiment.engine import Engine, ProcessEngine
    from simulator.experiment.prepare import prepare

    started = perf_counter()
    stage, company, fit_s = prepare(plan, folder, listener, scenario.where, data_dir)
    with (
        closing(company),
        closing(Engine(stage, company) if workers == 1 else ProcessEngine(stage, company, workers)) as engine,
    ):
        tasks = stage.tasks(workers)
        setup_s = perf_counter() - started - fit_s
        listener.started(units=sum(task.units for task in tasks), user_turns=stage.most_user_turns())
        lived_from = perf_counter()
        outcome = engine.run(tasks, listener)
        run_s = perf_counter() - lived_from
        company.asides.pass_on()
        if company.asides.said:
            manifest = folder.read_manifest()
            folder.write_manifest(manifest | {"notices": [*manifest.get("notices", []), *company.asides.said]})
        return outcome.failures, {
            "user_turns": outcome.user_turns,
            "setup_s": setup_s,
            "fit_s": fit_s,
            "run_s": run_s,
            "wall_s": perf_counter() - started,
            "user_turns_per_s": outcome.user_turns / run_s,
            "peak_rss_mb": engine.peak_rss_mb(),
        }


def _answer(
    plan: Plan, folder: RunFolder, failures: Mapping[str, str], performance: Mapping[str, float], listener: Listener
) -> Outcome:
    """Summary and report of the arms that are complete; the run is finished if all are."""
    from simulator.evaluation.summary import summarise
    from simulator.report.html import write_report

    complete = [arm.name for arm in plan.arms if arm.name not in failures]
    message = None
    if failures:
        faults = "\n".join(f"arm {arm}: {_short(fault)}" for arm, fault in failures.items())
        rest = f"Complete: {', '.join(complete)}. " if complete else ""
        message = f"{faults}\n{rest}Mend the recommender and go on with: understudy resume {folder.path}"
    summary = None
    if plan.control in complete:
        folder.write_manifest(folder.read_manifest() | {"arms": complete})
        listener.phase("summary", "reading the journal")
        summary = summarise(folder.path, performance=performance, llm=_taken(folder))
        folder.write_summary(summary)
        listener.phase("report", "drawing the report")
        write_report(folder.path)
        listener.finished(summary)
    if message is not None:
        _note_failure(folder, message)
        told = {arm: _short(fault) for arm, fault in failures.items()}
        return Outcome(status=FAILED, folder=folder.path, summary=summary, message=message, failures=told)
    finish(folder)
    folder.clear_scaffolding()
    return Outcome(status=DONE, folder=folder.path, summary=summary)


def _taken(folder: RunFolder) -> dict[str, Any] | None:
    """What the calls of a run took, over all its sessions, beside what was expected; None where no model was asked."""
    from simulator.llm.ledger import read_totals

    told = folder.read_manifest().get("llm")
    return None if told is None else read_totals(folder.ledger) | {"estimate": told["estimate"]}


def check(scenario: Scenario, *, data_dir: Path | None = None, listener: Listener | None = None) -> Checked:
    """Everything that a run would refuse, found without running: data, laws, plug-ins (loaded, fitted, probed), the
    size, and what a language model would cost. Asks no model."""
    from tempfile import TemporaryDirectory

    from simulator.experiment.checking import look_over
    from simulator.experiment.process import settled

    with TemporaryDirectory(prefix="understudy-check-") as scratch, settled():
        return look_over(plan_of(scenario), scenario.where, data_dir, listener or Silent(), Path(scratch))


def _finished_summary(folder: RunFolder) -> dict[str, Any] | None:
    """The answer of a finished run; None if it, or a part of the journal that it rests on, is lost or damaged."""
    from simulator.evaluation.run_data import RunData

    try:
        RunData.open(folder.path)
        summary = json.loads(folder.summary.read_text(encoding="utf-8"))
    except (UserInputError, OSError, ValueError):
        return None
    return summary if isinstance(summary, dict) else None


def _short(text: str, limit: int = 1000) -> str:
    return text if len(text) <= limit else text[:limit] + " …"


def _note_failure(folder: RunFolder, message: str) -> None:
    with suppress(OSError):  # a full disk must not hide what it is that went wrong
        folder.write_manifest(folder.read_manifest() | {"status": "failed", "failure": message})
