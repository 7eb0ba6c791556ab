"""`understudy personas`: its answers, its documents, its mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import made_survey
import pytest
from small_runs import small

from personas.files import LIBRARY, library, load, load_one, plain, write_jsonl, write_yaml
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
        "import sys; from simulator.cli.main import main\n"
        "main(['personas', '--help']); main(['personas', 'infer', '--help'])\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr.strip().endswith("[]")
    assert "This many of the people [everybody]" in done.stdout  # not read as markup


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


def test_sample_writes_people_beside_their_targets(told: Any, tmp_path: Path) -> None:
    out = told("sample", "-n", 40, "--out", tmp_path / "a.jsonl", "--seed", 3)
    assert "40 people in" in out and "Correlations of the Big Five" in out and "Gender" in out
    assert len(load(tmp_path / "a.jsonl")) == 40
    report = json.loads(told("sample", "-n", 40, "--out", tmp_path / "b.jsonl", "--seed", 3, "--json"))
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert report["n"] == 40 and report["file"] == str(tmp_path / "b.jsonl")
    assert {"target", "sample", "difference"} == set(report["marginals"]["gender"]["categories"]["female"])
    told("sample", "-n", 40, "--out", tmp_path / "c.jsonl", "--seed", 4)
    assert (tmp_path / "a.jsonl").read_bytes() != (tmp_path / "c.jsonl").read_bytes()


def test_sample_keeps_to_marginals_of_a_file_and_takes_genres_from_a_dataset(told: Any, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("gender: {female: 0.75, male: 0.25}\n")
    told("sample", "-n", 40, "--out", tmp_path / "a.jsonl", "--marginals", tmp_path / "m.yaml", "--data", "sample")
    people = load(tmp_path / "a.jsonl")
    assert sum(person.identity.gender == "female" for person in people) == 30
    assert people[0].origin("tastes").evidence == "somebody's of sample"


@pytest.fixture
def answered(tmp_path: Path) -> tuple[Path, Path]:
    return made_survey.write(tmp_path, made_survey.rows(60))


def test_survey_makes_people_and_judges_them_by_what_was_held_out(
    told: Any, tmp_path: Path, answered: tuple[Path, Path]
) -> None:
    table, codebook = answered
    arguments = ("survey", table, "--codebook", codebook)
    out = told(*arguments, "--out", tmp_path / "a.jsonl", "--held-out")
    assert "60 people of" in out and "What was measured" in out and "held-out questions, predicted of" in out
    report = json.loads(told(*arguments, "--out", tmp_path / "b.jsonl", "-n", 20, "--json"))
    assert report["people"]["personas"] == len(load(tmp_path / "b.jsonl")) == 20 and report["validation"] is None
    more = json.loads(
        told(*arguments, "--out", tmp_path / "c.jsonl", "--hold-out", "o1", "--held-out", "--seed", 9, "--json")
    )
    assert "o1" in more["questions"]["held_out"] and "o1" not in report["questions"]["held_out"]
    assert set(more["validation"]["rows"]["constructs"]) >= {"exact", "accuracy", "correlation"}


def test_infer_writes_people_of_a_dataset_and_says_what_its_log_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["personas", "infer", "sample", "--out", str(tmp_path / "a.jsonl"), "-n", "30"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("30 people of sample in") and "What the log tells" in out and "data: sample" in err
    assert (
        "Not known: openness" in out
        and "activity" not in out.partition("Not known")[2]
        and "20% of the log is held out" in " ".join(out.split())
    )
    people = load(tmp_path / "a.jsonl")
    assert len(people) == 30 and all(one.origin("behaviour.activity").how == "inferred" for one in people)


def inferred(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, *arguments: object, status: int = 0) -> Any:
    """Runs `personas infer … --json` and returns its document."""
    out = str(tmp_path / name)
    assert main(["personas", "infer", *map(str, arguments), "--out", out, "--json", "--display", "none"]) == status
    return json.loads(capsys.readouterr().out)


def test_infer_takes_the_same_people_for_a_seed_and_hides_who_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = inferred(tmp_path, capsys, "a.jsonl", "sample", "-n", 5)
    assert (found["source"], found["people"], found["asked"]) == ("sample", 5, None)
    traits = found["traits"]
    assert traits["activity"]["inferred"] == 5 and traits["openness"]["unknown"] == 5
    assert 0.5 < traits["activity"]["confidence"] < 1
    inferred(tmp_path, capsys, "b.jsonl", "sample", "-n", 5)
    inferred(tmp_path, capsys, "c.jsonl", "sample", "-n", 5, "--seed", 8)
    inferred(tmp_path, capsys, "d.jsonl", "sample", "-n", 5, "--salt", "secret")
    inferred(tmp_path, capsys, "e.jsonl", "sample", "-n", 8)
    a, b, c, d, e = ([one.id for one in load(tmp_path / f"{name}.jsonl")] for name in "abcde")
    assert a == b and set(a) < set(e) and not set(a) & set(d) and a != c
    inferred(tmp_path, capsys, "all.jsonl", "sample")
    everybody = [one.id for one in load(tmp_path / "all.jsonl")]
    assert len(everybody) == 1000 and [one for one in everybody if one in set(a)] == a  # in the order of the log
    same, salted = ([plain(one) | {"id": ""} for one in load(tmp_path / f"{name}.jsonl")] for name in "ad")
    assert same == salted


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))


SCRIPTED = ("--set", "llm.model=scripted")


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("mode", ["match", "backstory", "interview", "tournament"])
def test_a_model_is_asked_about_the_people_that_were_inferred(
    mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = inferred(tmp_path, capsys, "a.jsonl", "sample", "-n", 3, "--with-model", mode, *SCRIPTED)
    asked = found["asked"]
    assert asked["status"] == "done" and sum(asked["outcomes"].values()) == 3 and asked["took"]["calls"] >= 3
    assert asked["mode"] == ("backstory" if mode == "interview" else mode)
    stories = [one.backstory for one in load(tmp_path / "a.jsonl")]
    if mode in ("backstory", "interview"):
        assert all(stories) and all(("Q: " in str(story)) == (mode == "interview") for story in stories)


@pytest.mark.usefixtures("own_cache")
def test_a_dry_run_prices_the_model_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    price = inferred(tmp_path, capsys, "a.jsonl", "sample", "-n", 3, "--with-model", "match", "--dry-run")
    assert price["model"] == "gpt-5-mini" and price["calls"] > 3 and price["usd"] > 0
    arguments = ["infer", "sample", "-n", "3", "--with-model", "match", "--dry-run", "--display", "none"]
    assert main(["personas", *arguments, "--out", str(tmp_path / "a.jsonl")]) == 0
    assert capsys.readouterr().out.startswith("gpt-5-mini: about")
    assert not (tmp_path / "a.jsonl").exists()


@pytest.mark.usefixtures("own_cache")
def test_a_spent_budget_keeps_what_there_is_and_is_status_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["infer", "sample", "-n", "4", "--with-model", "backstory", *SCRIPTED, "--display", "none"]
    out = tmp_path / "a.jsonl"
    assert main(["personas", *arguments, "--set", "llm.budget.tokens=8000", "--out", str(out)]) == 3
    err = capsys.readouterr().err
    assert err.startswith("Error: the budget does not cover") and "a.jsonl holds what there is" in err
    told = [one.backstory is not None for one in load(out)]
    assert len(told) == 4 and 0 < sum(told) < 4


def test_an_endpoint_that_is_not_there_is_status_1_and_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["infer", "sample", "-n", "3", "--with-model", "match", "--set", "llm.base_url=http://127.0.0.1:9"]
    assert main(["personas", *arguments, "--out", str(tmp_path / "a.jsonl"), "--display", "none"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("Error: ") and "cannot be reached" in err and err.count("\n") == 1
    assert not (tmp_path / "a.jsonl").exists()


def test_people_of_a_run_are_inferred_from_the_journal_of_one_arm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "small.yaml"
    scenario.write_text(json.dumps(small(population={"size": 90}, arms={"plain": "popular", "luck": "random"})))
    run = tmp_path / "run"
    assert main(["run", str(scenario), "--out", str(run), "--display", "none", "--json"]) == 0
    capsys.readouterr()
    err = refused(capsys, "infer", run, "--out", tmp_path / "a.jsonl", "--display", "none")
    assert "several arms. Name one of them: plain, luck" in err
    found = inferred(tmp_path, capsys, "a.jsonl", run, "--arm", "plain")
    assert found["people"] == 90 and found["source"] == f"{run}, arm plain"
    assert "simulated people" in found["notes"][0]
    assert sum(trait["inferred"] for trait in found["traits"].values()) > 0
    assert "Error" not in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["sample", "survey", "infer"])
def test_a_crowd_is_never_written_over_and_never_computed_in_vain(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {"sample": ["-n", "5"], "survey": ["none.csv", "--codebook", "none"], "infer": ["none"]}[verb]
    (tmp_path / "there.jsonl").write_text("mine")
    for name, what in (
        ("there.jsonl", "there is already such a file"),
        ("people.yaml", "Name it people.jsonl"),
        ("no/folder.jsonl", "there is no folder"),
        ("x" * 3000 + ".jsonl", "cannot be used"),
    ):
        err = refused(capsys, verb, *arguments, "--out", tmp_path / name)
        assert "--out" in err and what in err and err.count("\n") == 1
    assert (tmp_path / "there.jsonl").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["sample"], "Missing option '--out'"),
        (["sample", "-n", "0"], "-n"),
        (["sample", "-n", "3", "--marginals", "none.yaml"], "none.yaml"),
        (["sample", "-n", "3", "--data", "movielens-1n"], "Did you mean movielens-1m?"),
        (["infer", "sampel"], "Did you mean sample?"),
        (["infer", "sample", "-n", "1001"], "sample has 1,000 people"),
        (["infer", "sample", "--dry-run"], "Name --with-model"),
        (["infer", "sample", "--with-model", "mach"], "--with-model"),
        (["infer", "sample", "--with-model", "match", "--set", "llm.modle=x"], "Did you mean model?"),
        (["infer", "sample", "--arm", "control"], "only a run has arms"),
        (["survey", "none.csv", "--codebook", "none"], "there is no such codebook"),
        (["survey", "none.csv", "--codebook", "openpsychometrics_big5"], "none.csv"),
    ],
)
def test_mistakes_about_crowds_are_one_message_and_no_file(
    arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [] if arguments == ["sample"] else ["--out", tmp_path / "a.jsonl"]
    given += ["--display", "none"] if arguments[0] == "infer" else []
    assert expected in refused(capsys, *arguments, *given)
    assert not (tmp_path / "a.jsonl").exists()


def test_check_lets_people_live_and_says_what_it_found(told: Any, crowd: Path) -> None:
    found = json.loads(
        told(
            "check",
            crowd,
            "--json",
            "--display",
            "none",
            "--people",
            6,
            "--sessions",
            2,
            "--only",
            "files",
            "--only",
            "consistency",
        )
    )
    assert found["people"] == 6 and set(found) >= {"files", "consistency", "errors"} and "privacy" not in found
    assert found["files"]["people"] == 6 and found["consistency"]["sessions"] == 2
    out = told("check", "library", "--display", "none", "--only", "privacy", "--only", "heterogeneity")
    assert "24 personas of library" in out and "As unlike each other as" in out and "0 errors" in out


def test_a_persona_that_gives_somebody_away_ends_check_with_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leak = {"id": "p-1", "backstory": "Write to ann@example.org.", "origins": {"backstory": {"how": "inferred"}}}
    (tmp_path / "leak.jsonl").write_text(json.dumps(leak) + "\n", encoding="utf-8")
    assert main(["personas", "check", str(tmp_path / "leak.jsonl"), "--only", "privacy"]) == 1
    assert "direct identifier (email). Take it out" in capsys.readouterr().out


def test_a_scripted_model_can_be_asked_by_check_and_measures_nothing(told: Any, tmp_path: Path) -> None:
    found = json.loads(
        told(
            "check", "library", "--json", "--display", "none", "--people", 4, "--only", "consistency", "--sessions", 2,
            "--set", "llm.model=scripted", "--set", "llm.cache=off", "--ledger", tmp_path / "calls.jsonl",
        )
    )  # fmt: skip
    assert found["model"]["scripted"] and found["model"]["consistency"]["measured"] is False
    assert found["model"]["took"]["calls"] > 0 and (tmp_path / "calls.jsonl").stat().st_size > 0
