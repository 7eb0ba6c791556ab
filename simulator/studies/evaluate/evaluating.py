"""An evaluation from end to end, in a folder that a second call goes on with.

OUT/question.json      what was asked: another question in the same folder is refused
OUT/offline.json       the offline half, once it is done
OUT/run/               the A/B run, a folder as any run's
OUT/evaluation.json    the answer
OUT/report.html        the same to look at
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from scenarios.forms import plug_in_file
from scenarios.resolved import scenario_hash
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.ensemble import rank_tau
from simulator.evaluation.metrics import METRICS
from simulator.evaluation.offline.splits import Scheme
from simulator.evaluation.run_data import RunData
from simulator.evaluation.summary import comparison
from simulator.experiment.folder import RunFolder, replace_file
from simulator.listener import Listener, Silent
from simulator.records import UserInputError
from simulator.report.evaluation_words import verdict
from simulator.studies import ab
from simulator.studies.evaluate.offline import Offline, measure_offline
from simulator.studies.evaluate.question import Question
from simulator.studies.planning import plan_of


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """How an evaluation ended: the status of its run, and the document if there is an answer."""

    status: int
    folder: Path
    document: dict[str, Any] | None
    message: str | None = None


def evaluate(
    asked: Question,
    out: Path,
    *,
    scheme: Scheme = "per_user",
    workers: int = 1,
    listener: Listener | None = None,
    command: Sequence[str] = (),
    data_dir: Path | None = None,
) -> Evaluated:
    """Answer `asked` in the folder `out`, which is new or holds the same question, perhaps half answered.

    Raises UserInputError where the input, or a recommender before the first turn, is at fault.
    """
    listener = listener or Silent()
    _take_folder(asked, out, scheme)
    offline = _offline(asked, out, scheme, listener, data_dir)
    outcome = _run(asked, out / "run", workers, listener, command, data_dir)
    message = _told(outcome, out) if outcome.status else None
    if outcome.status == ab.OUT_OF_BUDGET or (outcome.status and outcome.summary is None):
        return Evaluated(status=outcome.status, folder=out, document=None, message=message)
    document = _document(asked, offline, outcome)
    replace_file(out / "evaluation.json", json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    from simulator.report.evaluation import write_evaluation_report

    write_evaluation_report(out, document)
    return Evaluated(status=outcome.status, folder=out, document=document, message=message)


def _take_folder(asked: Question, out: Path, scheme: Scheme) -> None:
    """Make the folder, or see that it holds this question."""
    told = {"scenario": scenario_hash(asked.scenario), "candidate": asked.candidate, "scheme": scheme}
    path = out / "question.json"
    if path.exists():
        if json.loads(path.read_text(encoding="utf-8")) != told:
            raise UserInputError(f"--out {out}: the folder holds another evaluation. Choose another --out")
        return
    out.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(told, indent=2) + "\n")


def _offline(asked: Question, out: Path, scheme: Scheme, listener: Listener, data_dir: Path | None) -> Offline:
    from simulator.experiment.prepare import read_data
    from simulator.experiment.process import settled

    path, files = out / "offline.json", _plug_in_files(asked)
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept.pop("files") == files:
            return Offline(**kept | {"differences": tuple(kept["differences"])})
        if (out / "evaluation.json").exists() and _is_finished(out / "run"):
            raise UserInputError(
                f"--out {out}: a plug-in's file has changed since this was answered. Choose another --out"
            )
    plan = plan_of(asked.scenario)
    dataset, split = read_data(plan, listener, asked.scenario.where, data_dir)
    with settled():
        offline = measure_offline(asked, plan, dataset, split, scheme, listener)
    replace_file(path, json.dumps(offline.as_json() | {"files": files}, indent=2, allow_nan=False) + "\n")
    return offline


def _plug_in_files(asked: Question) -> dict[str, str]:
    """Hashes of the files that arms name: what was measured of another version is measured again."""
    hashes = {}
    for name, arm in asked.scenario.arms.items():
        file = Path(plug_in_file(arm.recommender) or "")
        places = (asked.scenario.base_dir / file, Path.cwd() / file)
        found = next((place for place in places if file.name and place.is_file()), None)
        if found is not None:
            hashes[name] = blake2b(found.read_bytes(), digest_size=16).hexdigest()
    return hashes


def _is_finished(folder: Path) -> bool:
    return bool(RunFolder.open(folder).read_manifest()["status"] == "finished")


def _run(
    asked: Question, folder: Path, workers: int, listener: Listener, command: Sequence[str], data_dir: Path | None
) -> ab.Outcome:
    if (folder / "manifest.json").exists():
        return ab.resume(folder, workers=workers, listener=listener, command=command)
    return ab.run(asked.scenario, folder, workers=workers, listener=listener, command=command, data_dir=data_dir)


def _document(asked: Question, offline: Offline, outcome: ab.Outcome) -> dict[str, Any]:
    import pyarrow.parquet as pq

    assert outcome.summary is not None
    summary = outcome.summary
    complete = summary["arms"]
    document: dict[str, Any] = {
        "plugin": asked.plugin,
        "against": [asked.scenario.arms[name].recommender for name in asked.baselines],
        "candidate": asked.candidate,
        "baselines": list(asked.baselines),
        "primary": summary["primary"],
        "confidence": summary["confidence"],
        "offline": offline.tables,
        "simulated": complete,
        "comparisons": _comparisons(asked, outcome.folder, complete),
        "offline_differences": list(offline.differences),
        "cost": offline.cost,
        "split": offline.split,
        "slate_calibration": summary["slate_calibration"],
        "failures": dict(outcome.failures),
        "people": pq.read_metadata(outcome.folder / "people.parquet").num_rows,
        "people_who_came": max(cell["n_users"] for arm in complete.values() for cell in arm.values()),
        "turns": asked.scenario.world.turns,
        "slate_size": asked.scenario.world.slate_size,
        "performance": summary["performance"],
        "notes": summary["notes"],
    }
    return document | {"verdict": verdict(document)}


def _comparisons(asked: Question, folder: Path, complete: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidate minus each baseline in every metric; of those that were run to the end."""
    pairs = [name for name in asked.baselines if name in complete]
    if asked.candidate not in complete or not pairs:
        return []
    crowd = Crowd.read(RunData.open(folder))
    tau = {metric.name: rank_tau(crowd, metric.name) for metric in METRICS}
    rows = (
        comparison(crowd, baseline, asked.candidate, metric, tau[metric.name])
        for baseline in pairs
        for metric in METRICS
    )
    return [row for row in rows if row is not None]


def _told(outcome: ab.Outcome, out: Path) -> str:
    """What the run says of its end; who goes on, goes on with the evaluation."""
    again = f"the same command and --out {out}"
    told = (outcome.message or "").replace(f"understudy resume {outcome.folder}", again)
    # What was lived stays as it is, and so must what a mended recommender shows in it.
    return f"{told} (with a new --out if it now shows other pages)" if told.endswith(again) else told
