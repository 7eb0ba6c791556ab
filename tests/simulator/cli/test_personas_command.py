"""`understudy personas`: its answers, its documents, its mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from personas.files import LIBRARY, library, load_one, plain, write_jsonl, write_yaml
from personas.schema import Persona
from simulator.cli.main import main


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """Sixty people in JSON lines."""
    people = [
        Persona.model_validate({"id": f"p{nth}", "identity": {"age": 20 + nth}, "behaviour": {"patience": 0.95}})
        for nth in range(60)
    ]
    write_jsonl(people, tmp_path / "people.jsonl")
    return tmp_path / "people.jsonl"


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command, which must succeed, and returns its standard output."""

    def run(*arguments: object) -> str:
        assert main(["personas", *map(str, arguments)]) == 0, capsys.readouterr().err
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return run


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["personas", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("Error: ") and "Traceback" not in err
    return err


def test_help_of_the_verbs_imports_nothing_heavy() -> None:
    heavy = ("numpy", "scipy", "rich.console", "ruamel", "personas", "scenarios")
    code = (
        "import sys; from simulator.cli.main import main; main(['personas', '--help']); main(['personas', 'infer', '--help'])"
        f"; print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr.strip().endswith("[]")


def test_list_shows_the_library(told: Any) -> None:
    out = told("list")
    for person in library():
        assert person.id in out
    assert f"{len(library())} people in library" in out


def test_list_as_a_document(told: Any) -> None:
    found = json.loads(told("list", "--json"))
    assert (found["place"], found["count"]) == ("library", len(library()))
    nurse = next(one for one in found["people"] if one["id"] == "night-shift-nurse")
    assert list(nurse) == ["id", "name", "age", "occupation", "place", "telling"]
    assert nurse["name"] == "Ngozi Okafor" and nurse["telling"]


def test_list_of_a_crowd_shows_the_first_fifty_unless_told_otherwise(told: Any, crowd: Path) -> None:
    out = told("list", crowd)
    assert "p49 " in out and "p50 " not in out and "50 of 60" in out
    assert "p2 " in told("list", crowd, "-n", 3) and "p3 " not in told("list", crowd, "-n", 3)
    assert len(json.loads(told("list", crowd, "--json"))["people"]) == 60
    few = json.loads(told("list", crowd, "--json", "-n", 2))
    assert few["count"] == 60 and [one["id"] for one in few["people"]] == ["p0", "p1"]
    assert few["people"][0] == {
        "id": "p0", "name": None, "age": 20, "occupation": None, "place": None, "telling": "takes their time"
    }  # fmt: skip


def test_every_person_of_the_library_has_a_page(told: Any) -> None:
    for person in library():
        out = told("show", person.id)
        assert out.startswith(person.name) and "Behaviour" in out and max(map(len, out.splitlines())) <= 80


def test_yaml_of_the_library_is_the_file_itself_and_starts_one_of_your_own(told: Any, tmp_path: Path) -> None:
    text = told("show", "night-shift-nurse", "--yaml")
    assert text == (LIBRARY / "night-shift-nurse.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert load_one(str(tmp_path / "mine.yaml")) == library().by_id["night-shift-nurse"]
    assert told("show", tmp_path / "mine.yaml").startswith("Ngozi Okafor, 41")


def test_one_of_a_crowd_is_named_after_a_hash(told: Any, crowd: Path, tmp_path: Path) -> None:
    assert told("show", f"{crowd}#p7").startswith("p7, 27")
    (tmp_path / "p7.yaml").write_text(told("show", f"{crowd}#p7", "--yaml"), encoding="utf-8")
    assert load_one(str(tmp_path / "p7.yaml")) == load_one(f"{crowd}#p7")
    assert json.loads(told("show", f"{crowd}#p7", "--json")) == plain(load_one(f"{crowd}#p7"))


def test_a_file_wins_over_somebody_of_the_library(told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_yaml(Persona.model_validate({"id": "me"}), tmp_path / "me.yaml")
    (tmp_path / "me.yaml").rename(tmp_path / "film-student")
    monkeypatch.chdir(tmp_path)
    assert told("show", "film-student", "--yaml") == "id: me\n"


def test_day_shows_the_person_as_of_then(told: Any) -> None:
    assert "stroke nurse on nights" in told("show", "night-shift-nurse", "--day", 19).splitlines()[1]
    assert "stroke nurse on days" in told("show", "night-shift-nurse", "--day", 20).splitlines()[1]
    later = json.loads(told("show", "night-shift-nurse", "--day", 20, "--json"))
    assert later["behaviour"]["activity"] == 0.5 and "changes" not in later
    assert "activity: 0.5" in told("show", "night-shift-nurse", "--day", 20, "--yaml")


def test_diff_as_a_document_and_as_a_page(told: Any) -> None:
    found = json.loads(told("diff", "night-shift-nurse", "film-student", "--json"))
    assert set(found) == {"a", "b", "traits", "tastes", "identity", "other"}
    assert (found["a"], found["b"]) == ("night-shift-nurse", "film-student")
    patience = found["traits"]["patience"]
    assert patience["sd"] > 0 and patience["a"] == library().by_id["night-shift-nurse"].behaviour.patience
    out = told("diff", "night-shift-nurse", "film-student")
    assert "A  Ngozi Okafor (night-shift-nurse)" in out and f"+{patience['sd']:.2f}" in out
    assert "They do not differ." in told("diff", "film-student", "film-student")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["show", "night-shift-nures"], "Did you mean night-shift-nurse?"),
        (["show", "library#nobody"], "nobody here has the id 'nobody'"),
        (["show", "library"], "Say which one: library#"),
        (["show", "x" * 5000], "cannot be read"),
        (["show", "film-student", "--yaml", "--json"], "Choose one"),
        (["show", "film-student", "--day", "-1"], "--day"),
        (["list", "nowhere.jsonl"], "there is no such file or folder of personas"),
        (["list", "-n", "0"], "-n"),
        (["diff", "film-student"], "Missing argument"),
        (["shw"], "Did you mean 'show'?"),
    ],
)
def test_mistakes_are_one_message(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    err = refused(capsys, *arguments)
    assert expected in err and err.count("\n") == 1


def test_a_broken_file_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("id: a\nbehaviour:\n  patients: 0.3\n")
    (tmp_path / "b.jsonl").write_text('{"id": "a"}\n{"id": "b", "identity": {"name": "' + "x" * 100_000 + '"}}\n')
    assert f"{tmp_path / 'a.yaml'}:3: behaviour.patients: unknown field. Did you mean patience" in refused(
        capsys, "show", tmp_path / "a.yaml"
    )
    err = refused(capsys, "list", tmp_path / "b.jsonl")
    assert f"{tmp_path / 'b.jsonl'}:2: identity.name:" in err and len(err) < 1000
