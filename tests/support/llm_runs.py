"""Small runs of people whom a model on the loopback speaks for, and what their folders say."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from scenarios.loader import check as checked_scenario
from simulator.experiment import opening, prepare
from simulator.experiment.plan import Plan
from simulator.experiment.stage import Stage
from simulator.listener import Silent
from simulator.studies import ab, theatre

MODEL = "small-model"
KEY = "sk-loopback-4f1d0c77e2"
UNDERSTUDY = (sys.executable, "-m", "simulator.cli.main")
ROW = ["arm", "turn", "user_id", "position"]


def talking(base_url: str, *, llm: dict[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
    """A scenario of one arm whose people ask the model at an address; whole sections may be replaced."""
    scenario: dict[str, Any] = {
        "name": "talking",
        "population": {"size": 24},
        "mind": "llm",
        "memory": "episodic",
        "world": {"turns": 3, "slate_size": 5, "sessions": {"turns_per_day": 1}},
        "arms": {"plain": "popular"},
        "evaluation": {"minds": "single"},
        "llm": {"model": MODEL, "base_url": base_url, "max_failure_rate": 1.0} | (llm or {}),
    }
    return scenario | sections


class Workshop:
    """A folder with runs and a cache of their own."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root, self._patch = root, patch
        self.cache("cache")
        patch.setenv("OPENAI_API_KEY", KEY)
        patch.delenv("OPENAI_BASE_URL", raising=False)

    def cache(self, folder: str | Path) -> None:
        """Keep answers in this folder from now on."""
        self._patch.setenv("UNDERSTUDY_CACHE_DIR", str(self.root / folder))

    def run(self, scenario: dict[str, Any], name: str = "run", listener: Any = None) -> ab.Outcome:
        loaded = checked_scenario(scenario, file="test", base_dir=self.root)
        return ab.run(loaded, self.root / name, command=["test"], listener=listener or Silent())

    def done(self, scenario: dict[str, Any], name: str = "run", listener: Any = None) -> Path:
        """The folder of a run that must finish."""
        return finished(self.run(scenario, name, listener))

    def resumed(self, name: str, *overrides: str) -> Path:
        """The folder of a run that must finish now."""
        return finished(ab.resume(self.root / name, overrides=overrides))

    def file(self, scenario: dict[str, Any]) -> str:
        """The scenario as a file (JSON is YAML), for the command."""
        path = self.root / "scenario.yaml"
        path.write_text(json.dumps(scenario), encoding="utf-8")
        return str(path)


def finished(outcome: ab.Outcome) -> Path:
    assert outcome.status == ab.DONE, outcome.message
    return outcome.folder


def only_what_is_tested(kept: Path, patch: pytest.MonkeyPatch) -> None:
    """The taste of the sample's people is learnt once (copies come from `kept`), the same run is rehearsed once, and no
    report is drawn: none of it is what these tests are about, and all of it takes longer than the runs."""
    learn, rehearse = prepare.fit_minds, opening.rehearse_model

    def fit_minds(plan: Plan, folder: Path, split: Any, listener: Any) -> None:
        named = kept / f"{split.name}-{len(split.log)}-{plan.seed}-{plan.minds}-{plan.refits}"
        if not named.exists():
            learn(plan, named, split, listener)
        if not folder.exists():
            shutil.copytree(named, folder)

    def rehearse_model(stage: Stage, *arguments: Any, **options: Any) -> Any:
        asked = replace(stage.plan, llm=None, base_dir=kept)
        named = repr((asked, stage.plan.llm and stage.plan.llm.price, options))
        if named not in _rehearsed:
            _rehearsed[named] = rehearse(stage, *arguments, **options)
        return _rehearsed[named]

    patch.setattr(prepare, "fit_minds", fit_minds)
    patch.setattr(theatre, "fit_minds", fit_minds)
    patch.setattr(opening, "rehearse_model", rehearse_model)
    patch.setattr("simulator.report.html.write_report", lambda folder: None)


_rehearsed: dict[str, Any] = {}


class AfterTurn(Silent):
    """Calls something once, when a turn was committed."""

    def __init__(self, turn: int, call: Callable[[], None]) -> None:
        self._turn, self._call = turn, call

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        if turn == self._turn:
            self._call()


def ledger(folder: Path) -> list[dict[str, Any]]:
    """The lines of calls."""
    path = folder / "llm" / "ledger.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return [line for line in lines if line["kind"] != "session"]


def pages(folder: Path) -> pd.DataFrame:
    """The first row of each page, with all columns."""
    frames = [pq.read_table(path).to_pandas() for path in sorted(folder.glob("events/*.parquet"))]
    rows = pd.concat([f.astype({c: object for c in f if isinstance(f[c].dtype, pd.CategoricalDtype)}) for f in frames])
    return rows.sort_values(ROW).drop_duplicates(["arm", "seed", "mind", "turn", "user_id"]).reset_index(drop=True)


def asked_with(bodies: Sequence[Any]) -> Counter[str]:
    """How often each question was sent."""
    return Counter(json.dumps(body["messages"]) for body in bodies)


def start(*arguments: str) -> subprocess.Popen[str]:
    """The command, in a process group of its own."""
    return subprocess.Popen(
        [*UNDERSTUDY, *arguments, "--display", "none"],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )


def when_lines(process: subprocess.Popen[str], folder: Path, n: int) -> None:
    """Waits until the ledger holds n calls."""
    deadline = time.monotonic() + 300
    while len(_complete_lines(folder)) < n:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the run does not get going"
        time.sleep(0.005)


def stopped(process: subprocess.Popen[str], how: signal.Signals) -> tuple[int, str, str]:
    """Status, output and errors at the end, after a signal to the whole group."""
    os.killpg(process.pid, how)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def _complete_lines(folder: Path) -> list[bytes]:
    path = folder / "llm" / "ledger.jsonl"
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []
