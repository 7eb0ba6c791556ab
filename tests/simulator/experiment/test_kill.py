"""A run that is killed without warning, again and again, ends with the rows of a run that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from small_runs import rows_of, same_rows

SCENARIO = """
population: {size: 100}
world: {turns: 250, slate_size: 5, sessions: {turns_per_day: 20}}
arms: {plain: popular, chance: random}
evaluation: {minds: single}
"""
UNDERSTUDY = (sys.executable, "-m", "simulator.cli.main")


def bytes_journaled(folder: Path) -> int:
    """Bytes of the streams and finished parts so far."""
    total = 0
    for path in [*folder.glob("stream/*"), *folder.glob("events/*")]:
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*UNDERSTUDY, *arguments, "--display", "none"], start_new_session=True, stdout=subprocess.DEVNULL
    )


def kill_in_mid_run(process: subprocess.Popen[bytes], folder: Path, delay_s: float) -> bool:
    """SIGKILL to the whole process group, some time after the journal began to grow; False if it ended by itself."""
    before = bytes_journaled(folder)
    deadline = time.monotonic() + 300
    while bytes_journaled(folder) == before and process.poll() is None:
        assert time.monotonic() < deadline, "the run does not get going"
        time.sleep(0.002)
    time.sleep(delay_s)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The rows of a run that was left alone."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "s.yaml").write_text(SCENARIO)
    command = [*UNDERSTUDY, "run", str(folder / "s.yaml"), "--out", str(folder / "run"), "--display", "none"]
    subprocess.run(command, check=True, capture_output=True)
    return rows_of(folder / "run")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_survives_kills_at_random_moments(tmp_path: Path, workers: str, whole: pd.DataFrame) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO)
    scenario, torn = (str(tmp_path / name) for name in ("s.yaml", "torn"))
    luck = random.Random(20)
    process = start("run", scenario, "--out", torn, "--workers", workers)
    kills = 0
    while kills < 6 and kill_in_mid_run(process, Path(torn), luck.uniform(0, 0.1)):
        kills += 1
        process = start("resume", torn, "--workers", luck.choice(["1", "2"]))
    assert kills >= 5, "the run ended before it could be killed often enough to mean anything"
    assert process.wait(timeout=600) == 0
    assert same_rows(whole, rows_of(Path(torn)))
    assert not (Path(torn) / "stream").exists()
