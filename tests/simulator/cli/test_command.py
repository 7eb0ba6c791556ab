"""The command itself: its answers, its mistakes, its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import simulator
from simulator.cli.main import main
from simulator.records import UserInputError
from simulator.studies import ab

UNDERSTUDY = [sys.executable, "-c", "import sys; from simulator.cli.main import main; sys.exit(main())"]


def understudy(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*UNDERSTUDY, *arguments], capture_output=True, text=True, check=False, timeout=300, **options
    )


def test_help_imports_little_so_that_it_answers_at_once() -> None:
    code = "import sys; from simulator.cli.main import main; main(['--help']); print(len(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert "run" in done.stdout and int(done.stderr) < 300, "numpy alone would bring about as many"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["scenarios"], ["log", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    heavy = ("numpy", "scipy", "pyarrow", "duckdb", "pandas", "rich.console", "ruamel", "mesa", "sklearn", "scenarios")
    code = (
        "import sys; from simulator.cli.main import main; "
        f"main({arguments!r}); print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr.strip().endswith("[]")


def test_command_alone_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Usage: understudy" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"understudy {simulator.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rn"], "Did you mean 'run'?"),
        (["scenarios", "shw"], "Did you mean 'show'?"),
        (["scenarios", "show", "quikstart"], "Did you mean quickstart?"),
        (["run"], "Missing argument 'SCENARIO'. See `understudy run --help`"),
        (["run", "quickstart", "--user", "3"], "Did you mean --users?"),
        (["run", "quickstart", "too-many"], "See `understudy run --help`"),
        (["compare"], "RUN"),
    ],
)
def test_wrong_command_line_is_status_2_with_a_hint(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and expected in err and err.count("\n") == 1


@pytest.mark.parametrize("verb", [["resume"], ["report"], ["compare"], ["log", "overview"]])
def test_folder_that_is_no_run_is_refused(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "quickstart-1").mkdir(parents=True)
    (tmp_path / "runs" / "quickstart-1" / "manifest.json").write_text("{}")
    (tmp_path / "other").mkdir()
    assert main([*verb, "runs/quikstart-1"]) == 2
    assert "Did you mean runs/quickstart-1?" in capsys.readouterr().err
    assert main([*verb, "other"]) == 2
    assert "other: this is no run" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "cure"), [("manifest.json", "understudy resume"), ("notes.txt", "another --out")])
def test_folder_that_holds_something_is_never_written_into(
    content: str, cure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / content).write_text("{}")
    assert main(["run", "quickstart", "--out", str(tmp_path)]) == 2
    assert cure in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [content]


def fake_run(monkeypatch: pytest.MonkeyPatch, **ending: Any) -> list[dict[str, Any]]:
    """Puts a run that only notes how it was called, and ends as told, in the place of the real one."""
    calls = []

    def run(scenario: Any, out: Path, **options: Any) -> ab.Outcome:
        calls.append({"scenario": scenario, "out": out, **options})
        out.mkdir(parents=True)
        (out / "manifest.json").write_text("{}")
        if "raises" in ending:
            raise ending["raises"]
        if ending.get("summary") is not None:
            (out / "summary.json").write_text(json.dumps(ending["summary"]) + "\n", encoding="utf-8")
        return ab.Outcome(folder=out, **ending)

    monkeypatch.setattr(ab, "run", run)
    return calls


def test_run_passes_its_options_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fake_run(monkeypatch, status=0, summary={"arms": {}})
    out, data = tmp_path / "out", tmp_path / "data"
    options = [
        "--workers",
        "3",
        "--users",
        "9",
        "--seed",
        "4",
        "--set",
        "world.turns=2",
        "--data-dir",
        str(data),
        "--json",
    ]
    assert main(["run", "quickstart", "--out", str(out), *options]) == 0
    (call,) = calls
    assert (call["out"], call["workers"], call["data_dir"]) == (out, 3, data)
    scenario = call["scenario"]
    assert (scenario.population.size, scenario.seeds, scenario.world.turns) == (9, (4,), 2)


def test_run_json_prints_exactly_the_summary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_run(monkeypatch, status=0, summary={"arms": {}, "name": "Käse"})
    assert main(["run", "quickstart", "--out", str(tmp_path / "out"), "--json"]) == 0
    assert capsys.readouterr().out == (tmp_path / "out" / "summary.json").read_text(encoding="utf-8")


def test_runs_without_out_get_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    calls = fake_run(monkeypatch, status=0, summary=None)
    assert [main(["run", "quickstart"]) for _ in range(3)] == [0, 0, 0]
    folders = [call["out"] for call in calls]
    assert len(set(folders)) == 3
    assert all(folder.parent == Path("runs") and folder.name.startswith("quickstart-20") for folder in folders)


def test_failed_run_is_status_1_with_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_run(monkeypatch, status=1, summary=None, message="arm treatment: it broke")
    assert main(["run", "quickstart", "--out", str(tmp_path / "out")]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "Error: arm treatment: it broke" in err


def test_interrupted_run_is_status_130_and_says_how_to_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_run(monkeypatch, raises=KeyboardInterrupt())
    assert main(["run", "quickstart", "--out", str(tmp_path / "out")]) == 130
    assert f"understudy resume {tmp_path / 'out'}" in capsys.readouterr().err


def test_mistake_found_during_a_run_is_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_run(monkeypatch, raises=UserInputError("x.csv: wrong. Cure"))
    assert main(["run", "quickstart", "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "Error: x.csv: wrong. Cure\n"


def test_broken_pipe_is_quiet() -> None:
    reader = subprocess.Popen([*UNDERSTUDY, "scenarios", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdout is not None and reader.stderr is not None
    reader.stdout.close()
    err = reader.stderr.read()
    reader.wait(timeout=300)
    reader.stderr.close()
    assert err == b""


def test_output_that_cannot_show_a_letter_does_not_fail() -> None:
    done = understudy("scenarios", "schema", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0 and done.stderr == ""


def test_working_folder_comes_last_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('shadowed')")
    home = str(Path(simulator.__file__).parents[1])
    code = (
        f"import sys; sys.path = [p for p in sys.path if p]; sys.path.insert(0, {home!r}); "
        "from simulator.cli.main import main; s = main(['scenarios', 'list']); import os; "
        "print(sys.path.index(os.getcwd()) == len(sys.path) - 1); sys.exit(s)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300, cwd=tmp_path
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "True"), done.stderr


def test_package_of_somebody_else_in_our_place_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = tmp_path / "recommenders"
    foreign.mkdir()
    (foreign / "__init__.py").write_text("")
    real = find_spec

    class Spec:
        origin = str(foreign / "__init__.py")

    monkeypatch.setattr("simulator.cli.main.find_spec", lambda name: Spec if name == "recommenders" else real(name))
    assert main(["scenarios", "list"]) == 2
    err = capsys.readouterr().err
    assert "'recommenders'" in err and str(tmp_path) in err and "virtual environment" in err


def test_scenarios_are_listed_shown_and_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["scenarios", "list", "--json"]) == 0
    listed = [one["name"] for one in json.loads(capsys.readouterr().out)]
    assert listed == [
        "evaluate",
        "feed",
        "llm_scripted",
        "llm_users",
        "memory_ablation",
        "movielens_ab",
        "quickstart",
        "strangers",
    ]
    assert main(["scenarios", "show", "feed"]) == 0
    shown = capsys.readouterr().out
    assert main(["scenarios", "copy", "feed"]) == 0
    assert (tmp_path / "feed.yaml").read_text(encoding="utf-8") == shown
    assert main(["scenarios", "copy", "feed"]) == 2
    assert "feed.yaml: there is already such a file" in capsys.readouterr().err
    (tmp_path / "sub").mkdir()
    assert main(["scenarios", "copy", "feed", "sub"]) == 0
    assert (tmp_path / "sub" / "feed.yaml").exists()


def test_names_of_the_package_are_imported_when_used() -> None:
    for name in simulator.__all__:
        assert getattr(simulator, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = simulator.nonsense
