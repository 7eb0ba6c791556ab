"""A study from its question to its answer, in a folder of its own.

study.json      what is asked; then how far it is, and what it must meet again
scenario.yaml   the scenario with every default written out
trials.jsonl    one line a finished trial (`Record`); values/ each person's value in it
people.json     who tuned
judged/         the A/B run of the winner on fresh people, with its report
summary.json    the answer; best.yaml a scenario with the winner against the default
tuning/         fitted minds and scratch; gone when the study is finished
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from scenarios.loader import load_scenario
from scenarios.resolved import dump_resolved, scenario_hash
from scenarios.schema import Scenario
from simulator.experiment.folder import RunFolder, replace_file
from simulator.experiment.process import settled
from simulator.listener import Listener, Silent
from simulator.records import UserInputError
from simulator.studies.ab import DONE, FAILED
from simulator.studies.run_manifest import versions
from simulator.studies.tune.proposals import importance, propose, require_optuna
from simulator.studies.tune.question import Question, direction, own_values
from simulator.studies.tune.trials import Record, Trial

FORMAT = 1
STUDY = "study.json"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a study ended: exit status 0 done or 1 failed, and its answer."""

    status: int
    folder: Path
    answer: dict[str, Any] | None
    message: str | None = None


def is_study(folder: Path) -> bool:
    """Whether a folder holds a study."""
    return (folder / STUDY).is_file()


def tune(
    scenario: Scenario,
    asked: Question,
    out: Path,
    *,
    workers: int = 1,
    listener: Listener | None = None,
    data_dir: Path | None = None,
) -> Outcome:
    """Start a study in the new folder `out`. `workers`: processes that judge. Raises UserInputError."""
    require_optuna()
    told = {
        "format": FORMAT,
        "status": "running",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "question": asked.facts(),
        "scenario_hash": scenario_hash(scenario),
        "versions": _versions(),
        "data_dir": None if data_dir is None else str(data_dir.resolve()),
        "met": None,
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / "scenario.yaml", dump_resolved(scenario))
        _write(out, told)
    except OSError as error:
        raise UserInputError(f"{out}: cannot write a study here ({error.strerror}). Give another --out") from None
    try:
        with _locked(out):
            return _carry_out(scenario, asked, out, workers, listener or Silent(), data_dir)
    except UserInputError:
        if not (out / "trials.jsonl").exists():  # refused before the first trial: nothing is lost
            _discard(out)
        raise


def resume(folder: Path, *, trials: int | None = None, workers: int = 1, listener: Listener | None = None) -> Outcome:
    """Go on with a study, to the same trials that it would have had; or with more of them. Raises UserInputError."""
    require_optuna()
    hear = listener or Silent()
    with _locked(folder):
        told = _read(folder)
        asked = Question.from_facts(told["question"])
        summary = folder / "summary.json"
        if trials is not None and trials < asked.trials:
            raise UserInputError(
                f"--trials {trials}: this study has {asked.trials} already. Give more, or leave it out"
            )
        if told["status"] == "finished" and summary.is_file() and trials in (None, asked.trials):
            answer = json.loads(summary.read_text(encoding="utf-8"))
            message = "this study is finished; --trials N asks for more"
            return Outcome(status=DONE, folder=folder, answer=answer, message=message)
        if trials is not None:
            asked = replace(asked, trials=trials)
        scenario = load_scenario(str(folder / "scenario.yaml"))
        if scenario_hash(scenario) != told["scenario_hash"]:
            raise UserInputError(
                f"{folder / 'scenario.yaml'}: this is not the scenario that the study was started with. Restore it, or "
                "start a new study"
            )
        changed = {name: one for name, one in _versions().items() if told["versions"].get(name) != one}
        if changed:
            hear.notice(
                "resumed with other versions than it was started with: "
                + ", ".join(f"{name} {one}" for name, one in changed.items())
            )
        _write(folder, told | {"status": "running", "question": asked.facts()})
        data_dir = None if told["data_dir"] is None else Path(told["data_dir"])
        return _carry_out(scenario, asked, folder, workers, hear, data_dir)


def _carry_out(
    scenario: Scenario, asked: Question, folder: Path, workers: int, listener: Listener, data_dir: Path | None
) -> Outcome:
    from simulator.experiment.engine import WorkerDiedError
    from simulator.studies.tune.ground import break_ground
    from simulator.studies.tune.judging import ArmFailedError
    from simulator.studies.tune.lab import Lab

    started = perf_counter()
    record = Record.open(folder)
    try:
        with settled():
            ground = break_ground(scenario, asked, RunFolder(folder / "tuning"), listener, data_dir)
            _meet_again(folder, ground.fingerprints)
            replace_file(folder / "people.json", json.dumps(sorted(ground.tuning.user_ids.tolist()), indent=0) + "\n")
            with closing(Lab(ground, asked, listener)) as lab:
                setup_s = perf_counter() - started
                search(lab, asked, record, own_values(scenario, asked), listener)
                tuned_s = perf_counter() - started - setup_s
                if record.best() is None:
                    return _nothing_worked(folder, record)
                answer = _answer(lab, asked, record, folder, listener, workers)
            answer["performance"] = {
                "setup_s": round(setup_s, 3),
                "tuning_s": round(tuned_s, 3),
                "judging_s": round(perf_counter() - started - setup_s - tuned_s, 3),
                "wall_s": round(perf_counter() - started, 3),
            }
            replace_file(folder / "summary.json", json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False))
            _write(folder, _read(folder) | {"status": "finished"})
            shutil.rmtree(folder / "tuning", ignore_errors=True)
            listener.finished(answer)
            return Outcome(status=DONE, folder=folder, answer=answer)
    except (OSError, WorkerDiedError, ArmFailedError) as error:
        what = f"{error.strerror}: {error.filename or folder}" if isinstance(error, OSError) else str(error)
        message = f"the study stopped: {what}. No finished trial is lost; go on with: understudy tune {folder}"
        return Outcome(status=FAILED, folder=folder, answer=None, message=message)


def search(lab: Any, asked: Question, record: Record, own: Mapping[str, Any], listener: Listener) -> None:
    """Live the trials that are not there yet: the scenario's own parameters first, then what is proposed."""
    if len(record.trials) < asked.trials:
        listener.started(units=asked.trials * lab.blocks * len(lab.ground.plan.seeds), user_turns=lab.most_user_turns())
    while (number := len(record.trials)) < asked.trials:
        values = own if number == 0 else propose(asked.space, record.trials, seed=lab.ground.plan.seed, number=number)
        if values is None:
            listener.notice(f"after {number} trials nothing new is left to try in this space")
            return
        trial, found = lab.live(number, values, record)
        record.add(trial, found)
        listener.notice(told(trial, record, direction(lab.ground.metric)))


def told(trial: Trial, record: Record, sign: int = 1) -> str:
    """A finished trial in one line. `sign`: -1 where less of the metric is better."""
    params = ", ".join(f"{name} {shown(value)}" for name, value in trial.params.items()) or "the recommender's defaults"
    if trial.state == "failed":
        return f"trial {trial.number} ({params}) failed: {' '.join((trial.failure or '').split())[:200]}"
    best = record.best()
    score = shown(sign * (trial.score or 0.0))
    if trial.state == "stopped":
        behind = shown(sign * (trial.looks[-1].difference or 0.0))
        what = f"{score} for the first {trial.people:,} people, {behind} from trial {trial.against} there; stopped"
    elif best is not None and best.number != trial.number:
        what = f"{score}; best so far is trial {best.number} with {shown(sign * (best.score or 0.0))}"
    else:
        what = f"{score}; the best"
    return f"trial {trial.number} ({params}): {what}"


def shown(value: Any) -> str:
    """A parameter or a score in four significant digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _answer(
    lab: Any, asked: Question, record: Record, folder: Path, listener: Listener, workers: int
) -> dict[str, Any]:
    from simulator.studies.tune import answer as answers
    from simulator.studies.tune.judging import judge, roles_of, winner

    best = record.best()
    assert best is not None
    roles, trials = roles_of(answers.default_of(record), best, record.best_by_ndcg())
    judged = judge(lab.ground, asked, folder / "judged", roles, trials, listener, workers=workers, versions=_versions())
    listener.phase("answer")
    shares = importance(asked.space, record.trials)
    found = answers.document(lab, asked, record, judged, shares)
    kept = {roles[role]: trials[roles[role]] for role in ("default", "tuned") if role in roles}
    replace_file(folder / "best.yaml", dump_resolved(winner(lab.ground, asked, kept)))
    return found | {"folder": str(folder), "judged": str(folder / "judged")}


def _nothing_worked(folder: Path, record: Record) -> Outcome:
    failed = [trial for trial in record.trials if trial.state == "failed"]
    message = (
        f"all {len(failed)} trials failed; the first: {failed[0].failure if failed else 'none was lived'}. "
        "Mend the recommender or change the space, and start a new study"
    )
    _write(folder, _read(folder) | {"status": "failed"})
    return Outcome(status=FAILED, folder=folder, answer=None, message=message)


def _meet_again(folder: Path, met: Mapping[str, Any]) -> None:
    """A resumed study must meet the data and the personas that it began with. Raises UserInputError."""
    told = _read(folder)
    if told["met"] is None:
        _write(folder, told | {"met": dict(met)})
    elif told["met"] != met:
        raise UserInputError(
            f"{folder}: the data or the personas are not what they were when the study began. Restore them, or start a "
            "new study"
        )


def _versions() -> dict[str, str]:
    from importlib import metadata

    return {**versions(), "optuna": metadata.version("optuna")}


def _discard(folder: Path) -> None:
    """Remove what a study that was refused has written."""
    shutil.rmtree(folder / "tuning", ignore_errors=True)
    for name in ("scenario.yaml", "people.json", STUDY, "lock"):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _read(folder: Path) -> dict[str, Any]:
    path = folder / STUDY
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT or not isinstance(told["question"], dict):
            raise ValueError(f"format {told['format']}")
        return dict(told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserInputError(
            f"{path}: this is no study that can be read ({error}). Restore it, or start anew"
        ) from None


def _write(folder: Path, told: Mapping[str, Any]) -> None:
    replace_file(folder / STUDY, json.dumps(told, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else works on this study meanwhile. The lock dies with its process."""
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserInputError(
                f"{folder}: another process is at work on this study. Wait for it, or stop it"
            ) from None
        yield
