"""A session kept: as a run that readers of runs read, as a scenario that runs, as a persona that passes the check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lives import BY_HAND, opened, rows_of_life, shown
from llm_runs import only_what_is_tested
from read_runs import TALKING, talking_run
from small_runs import rows_of, same_rows

import simulator
from personas.files import load_one
from scenarios.loader import load_scenario
from simulator.cli.main import main
from simulator.evaluation.compare import compare
from simulator.evaluation.overview import overview
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.timeline import life as timeline
from simulator.records import UserInputError
from simulator.report.html import write_report
from simulator.studies import ab
from simulator.studies.solo.changes import SetBelief, SetItem, SetLayout, SetMood, SetTrait
from simulator.studies.solo.life import Life
from simulator.studies.solo.people import PersonSource, find, sit_down
from simulator.studies.solo.saving import persona_of, save_journal, save_persona, save_scenario, save_session
from simulator.studies.solo.setting import Setting


@pytest.fixture
def met(setting: Setting) -> PersonSource:
    return find("night-shift-nurse", setting=setting)


@pytest.fixture
def life(setting: Setting, met: PersonSource) -> Life:
    """Two pages, an edit, a page picked by hand."""
    made = sit_down(setting, met)
    shown(made, 2, "clever")
    made.change(SetTrait("patience", 1.5))
    made.show([one.item for one in made.search("drama")][:3], BY_HAND)
    return made


def test_a_journal_is_read_like_any_run(life: Life, met: PersonSource, tmp_path: Path, capsys) -> None:
    run = save_journal(tmp_path / "kept", life, met)
    read = simulator.open(tmp_path / "kept")
    assert (read.status, read.arms, read.minds) == ("finished", ("main",), ("statistical",))
    assert read.people.to_pylist()[0]["user_id"] == "night-shift-nurse"
    mine = rows_of(run.path)
    assert same_rows(mine.drop(columns=["arm", "score", "propensity"]), rows_of_life(life))
    pages = timeline(Journal.open(run.path), "night-shift-nurse")["pages"]
    assert [page["turn"] for page in pages] == [lived.turn for lived in life.turns]
    assert [item["title"] for item in pages[0]["items"]] == [place.title for place in life.turns[0].places]
    assert not Journal.open(run.path).gaps()
    assert main(["log", "timeline", str(run.path), "--user", "night-shift-nurse", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["pages"]) == 3
    for verb in (
        ["log", "search", str(run.path), "Ngozi"],
        ["log", "memories", str(run.path), "--user", "night-shift-nurse"],
    ):
        assert main(verb) == 0, verb


def test_each_line_of_a_life_is_an_arm_and_the_life_stays_as_it_was(
    life: Life, met: PersonSource, tmp_path: Path
) -> None:
    whole = life.steps
    life.back(2)
    life.show([one.item for one in life.search("horror")][:4], BY_HAND)
    here, rows = life.steps, rows_of_life(life)
    run = save_journal(tmp_path / "kept", life, met, line="if: 1", branches={"if--1": whole, "empty": whole[:0]})
    assert life.steps == here
    read = simulator.open(run.path)
    assert read.arms == ("if--1", "if--1-2")
    both = {arm: part.drop(columns=["arm", "score", "propensity"]) for arm, part in rows_of(run.path).groupby("arm")}
    assert same_rows(both["if--1"].reset_index(drop=True), rows)
    assert sorted(set(both["if--1-2"]["turn"]))[:1] == sorted(set(rows["turn"]))[:1]
    assert len(set(both["if--1-2"]["turn"])) == 3


def test_nothing_is_overwritten_and_nothing_lived_is_no_journal(
    setting: Setting, life: Life, met: PersonSource, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    for name in ("there", "there/mine.txt"):
        with pytest.raises(UserInputError, match="nothing is overwritten"):
            save_journal(tmp_path / name, life, met)
    (tmp_path / "s.yaml").write_text("mine")
    (tmp_path / "t.persona.yaml").write_text("mine")
    for save in (save_scenario, save_session):
        with pytest.raises(UserInputError, match="nothing is overwritten"):
            save(tmp_path / "s.yaml", life, met)
    with pytest.raises(UserInputError, match=r"t.persona.yaml: there is something here already"):
        save_scenario(tmp_path / "t.yaml", life, met)
    with pytest.raises(UserInputError, match="nothing is overwritten"):
        save_persona(tmp_path / "s.yaml", life)
    with pytest.raises(UserInputError, match="is not there"):
        save_persona(tmp_path / "no" / "such.yaml", life)
    with pytest.raises(UserInputError, match="Name another place"):
        save_persona(tmp_path / ("x" * 5000), life)
    assert {path.name for path in tmp_path.iterdir()} == {"there", "s.yaml", "t.persona.yaml"}
    with pytest.raises(UserInputError, match="Show a page first"):
        save_journal(tmp_path / "new", sit_down(setting, met), met)


def test_a_saved_session_has_no_arms_to_compare_and_tells_how_it_is_read(
    life: Life, met: PersonSource, tmp_path: Path
) -> None:
    run = save_journal(tmp_path / "kept", life, met)
    for ask in (write_report, lambda place: compare([place]), ab.resume):
        with pytest.raises(UserInputError, match=r"this is a saved session.*chat --replay"):
            ask(run.path)
    found = overview(run.path)
    assert (found["kind"], found["finished"], simulator.open(run.path).kind) == ("session", True, "session")


def test_the_persona_holds_the_edits_and_passes_the_check(
    life: Life, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    life.change(SetBelief("Western", likes=True))
    life.change(SetBelief("Drama", likes=False))
    saved = save_persona(tmp_path / "nurse.yaml", life)
    read = load_one(str(tmp_path / "nurse.yaml"))
    assert read == saved and read.identity.name == "Ngozi Okafor"
    assert read.behaviour.patience == pytest.approx(0.933, abs=0.001)
    assert "Western" in read.tastes.genres.liked and "Drama" not in read.tastes.genres.liked
    assert "Drama" in read.tastes.genres.disliked
    assert main(["personas", "check", str(tmp_path / "nurse.yaml"), "--only", "files"]) == 0


def test_somebody_of_the_data_becomes_the_persona_that_the_data_tells(setting: Setting, tmp_path: Path) -> None:
    life = sit_down(setting, find(str(setting.split.log.user_ids[3]), setting=setting))
    life.change(SetTrait("pickiness", -1.0))
    life.change(SetBelief("Horror", likes=False))
    persona = save_persona(tmp_path / "them.yaml", life)
    assert load_one(str(tmp_path / "them.yaml")) == persona
    assert persona.behaviour.pickiness == pytest.approx(0.1587, abs=0.001)
    assert persona.origin("behaviour.pickiness").how == "stated"
    assert persona.origin("behaviour.activity").how == "inferred"
    assert persona.tastes.genres.disliked[0] == "Horror" and persona.tastes.examples.liked
    assert life.user_id not in (tmp_path / "them.yaml").read_text()


def test_the_scenario_runs_with_this_person_and_the_arms_that_were_used(
    taste: Path, life: Life, met: PersonSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.show([one.item for one in life.recommend("popular")], type(BY_HAND)(kind="recommender", name="popular"))
    life.change(SetLayout("grid"))
    life.change(SetItem(3, "price", 5.0))
    saved = save_scenario(tmp_path / "alone.yaml", life, met)
    assert set(saved.left_out) == {"what was changed of items", "pages that were picked by hand or found by a search"}
    scenario = load_scenario(str(saved.path))
    assert list(scenario.arms) == ["clever", "popular"] and scenario.world.layout == "grid"
    assert scenario.seeds == (life.seed,) and scenario.population.personas == "alone.persona.yaml"
    monkeypatch.chdir("/")
    only_what_is_tested(taste, monkeypatch)
    run = simulator.run(saved.path, tmp_path / "run", overrides=["world.turns=3"])
    assert run.people.to_pylist()[0]["user_id"] == "night-shift-nurse"
    assert run.people.num_rows == 1 and load_one(str(saved.persona)) == persona_of(life)


@pytest.fixture
def talking(taste: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with opened(taste, TALKING, run=talking_run(tmp_path_factory)) as made:
        yield made


def test_what_people_remember_is_kept_beside_their_pages(
    talking: Setting, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    run = talking_run(tmp_path_factory)
    met = find(run=run, setting=talking)
    life = sit_down(talking, met)
    kept = save_journal(tmp_path / "kept", life, met)
    mine = [
        row
        for row in simulator.open(run).memories.to_pylist()
        if row["user_id"] == life.user_id and row["arm"] == met.past.arm
    ]
    theirs = simulator.open(kept.path).memories.to_pylist()
    assert mine and [row | {"arm": ""} for row in theirs] == [row | {"arm": ""} for row in mine]
    said = Journal.open(kept.path)
    assert any(page["feeling"] for page in timeline(said, life.user_id)["pages"])


def test_a_mood_that_was_set_is_told_to_be_no_part_of_a_scenario(
    setting: Setting, met: PersonSource, tmp_path: Path
) -> None:
    life = sit_down(setting, met)
    life.change(SetMood(-0.5))
    saved = save_scenario(tmp_path / "new.yaml", life, met)
    assert saved.left_out == ("the mood and the tiredness that were set",)
    assert list(load_scenario(str(saved.path)).arms) == ["clever", "learning"]
