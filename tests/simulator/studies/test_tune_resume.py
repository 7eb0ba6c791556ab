"""A study that was stopped, in whatever way, has the trials that it would have had."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tuning import asked, scenario

from scenarios.resolved import dump_resolved
from simulator.listener import Silent
from simulator.records import UserInputError
from simulator.studies.tune.study import Outcome, resume, tune
from simulator.studies.tune.trials import Record

SPACES = ("x=0:1", "extra=1,2")


class Interrupting(Silent):
    """Interrupts in the middle of the trial after `trials` of them."""

    def __init__(self, trials: int) -> None:
        self.left = trials

    def notice(self, text: str) -> None:
        self.left -= text.startswith("trial ")

    def progress(self, **_: object) -> None:
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("whole")
    of = scenario(folder)
    return tune(of, asked(of, *SPACES, trials=4, people=60, fresh=60), folder / "out")


def same(one: Outcome, other: Outcome) -> None:
    first, second = Record.open(one.folder), Record.open(other.folder)
    assert first.trials == second.trials and len(first.trials) == 4
    for trial in first.trials:
        assert np.array_equal(first.values(trial.number), second.values(trial.number), equal_nan=True)
    assert one.answer is not None and other.answer is not None
    for name in ("best", "by_ndcg", "tried_again", "comparisons", "verdict"):
        assert one.answer[name] == other.answer[name]


def test_an_interrupted_study_goes_on_to_the_same_trials(whole: Outcome, tmp_path: Path) -> None:
    of = scenario(tmp_path)
    question = asked(of, *SPACES, trials=4, people=60, fresh=60)
    with pytest.raises(KeyboardInterrupt):
        tune(of, question, tmp_path / "out", listener=Interrupting(2))
    record = tmp_path / "out" / "trials.jsonl"
    assert len(record.read_text().splitlines()) == 2
    with record.open("a") as file:  # a crash cut a line off
        file.write('{"number": 2, "par')
    same(resume(tmp_path / "out"), whole)


def test_a_killed_study_goes_on_to_the_same_trials(whole: Outcome, tmp_path: Path) -> None:
    file, out = tmp_path / "planted.yaml", tmp_path / "out"
    file.write_text(dump_resolved(scenario(tmp_path)))
    options = ["--people", "60", "--fresh", "60", "--trials", "4", "--out", str(out), "--display", "none"]
    spaces = [word for space in SPACES for word in ("--space", space)]
    command = [sys.executable, "-m", "simulator.cli.main", "tune", str(file), "--arm", "planted", *spaces, *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    record = out / "trials.jsonl"
    try:
        while process.poll() is None and not (record.exists() and record.read_bytes().count(b"\n") >= 2):
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL, process.stderr and process.stderr.read()
    assert json.loads((out / "study.json").read_text())["status"] == "running"
    same(resume(out), whole)


def test_other_data_than_it_began_with_is_refused(whole: Outcome, tmp_path: Path) -> None:
    shutil.copytree(whole.folder, tmp_path / "out")
    study = tmp_path / "out" / "study.json"
    fingerprint = json.loads(study.read_text())["met"]["dataset"]
    study.write_text(study.read_text().replace(fingerprint, "0" * len(fingerprint)))
    with pytest.raises(UserInputError, match="not what they were when the study began"):
        resume(tmp_path / "out", trials=5)


def test_a_damaged_record_is_refused_with_its_line(whole: Outcome, tmp_path: Path) -> None:
    shutil.copytree(whole.folder, tmp_path / "out")
    record = tmp_path / "out" / "trials.jsonl"
    lines = record.read_text().splitlines()
    record.write_text("\n".join([lines[0], "{}", *lines[2:]]) + "\n")
    with pytest.raises(UserInputError, match=r"trials\.jsonl:2: this is no trial"):
        resume(tmp_path / "out", trials=5)
