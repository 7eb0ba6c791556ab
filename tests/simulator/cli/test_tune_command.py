"""`understudy tune`: exit statuses, messages, and the page."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tuning import scenario

from scenarios.resolved import dump_resolved
from simulator.cli.main import main


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "planted.yaml"
    path.write_text(dump_resolved(scenario(tmp_path)))
    return str(path)


def test_a_study_from_question_to_page_and_document(
    file: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    space = tmp_path / "space.yaml"
    space.write_text("space:\n  x: {low: 0.0, high: 1.0}\n")
    sizes = ["--people", "40", "--fresh", "40", "--trials", "3", "--turns", "2", "--display", "none"]
    assert main(["tune", file, "--space-file", str(space), "--out", out, *sizes]) == 0
    page = capfd.readouterr().out
    for part in ("as tuned", "fresh people, same mind", "Optimism", "nDCG@10", "To paste into a scenario", "best.yaml"):
        assert part in page
    assert max(map(len, page.splitlines()[:40])) <= 80
    assert main(["tune", out, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capfd.readouterr().out)
    assert answer["trials"]["done"] == 3 and answer["metric"] == "want"
    assert main(["tune", out, "--space", "x=0:2"]) == 2
    assert "a study keeps its question, so --space cannot be given" in capfd.readouterr().err
    assert main(["tune", file, "--space", "x=0:1", "--out", out]) == 2
    assert f"Go on with it by `understudy tune {out}`" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "nothing to tune is named"),
        (["--space", "y=0:1"], "has no parameter 'y'"),
        (["--space", "x=0:1", "--people", "200"], "--people 200: as many others must be left to judge"),
        (["--space", "x=0:1", "--trials", "0"], "--trials"),
    ],
)
def test_bad_input_is_one_message_with_status_2_and_leaves_nothing(
    file: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    out = tmp_path / "out"
    assert main(["tune", file, *arguments, "--out", str(out), "--display", "none"]) == 2
    error = capfd.readouterr().err
    assert told in error and "Traceback" not in error
    assert not out.exists()


def test_without_optuna_the_line_to_type_is_told(
    file: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert main(["tune", file, "--space", "x=0:1"]) == 2
    assert 'pip install -e ".[tune]" -c constraints.txt' in capfd.readouterr().err


def test_an_interruption_ends_with_130_and_says_how_to_go_on(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simulator.studies.tune.lab.Lab.live", interrupted)
    out = tmp_path / "out"
    assert main(["tune", file, "--space", "x=0:1", "--out", str(out), "--display", "none"]) == 130
    assert f"go on with: understudy tune {out}" in capfd.readouterr().err
    monkeypatch.undo()
    monkeypatch.setattr("simulator.studies.tune.study.search", interrupted)
    assert main(["tune", str(out), "--display", "none"]) == 130
