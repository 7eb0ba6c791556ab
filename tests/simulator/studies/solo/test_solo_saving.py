"""A session kept: as a run that readers of runs read, as a scenario that runs, as a persona that passes the check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lives import BY_HAND, full_disk, opened, ran, rows_of_life, rows_of_person, shown
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
from simulator.studies.solo.lived import Source
from simulator.studies.solo.people import PersonSource, find, sit_down
from simulator.studies.solo.replaying import open_replay
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


def test_what_could_not_be_written_whole_leaves_nothing_in_the_way_of_the_next_try(
    life: Life, met: PersonSource, tmp_path: Path
) -> None:
    other = find("a nurse of 34 who loves horror", setting=life.setting)
    nurse = sit_down(life.setting, other)
    saved = save_scenario(tmp_path / "whole.yaml", nurse, other)
    persona = saved.persona.stat().st_size
    assert saved.path.stat().st_size > persona
    for left, what, save in (
        (3000, "run", lambda path: save_journal(path, life, met)),
        (100, "session.json", lambda path: save_session(path, life, met)),
        (100, "them.yaml", lambda path: save_persona(path, life)),
        (persona, "scenario.yaml", lambda path: save_scenario(path, nurse, other)),
    ):
        folder = tmp_path / f"for {what}"
        folder.mkdir()
        with full_disk(left), pytest.raises(UserInputError, match=r"cannot be written \(File too large\)"):
            save(folder / what)
        assert not list(folder.iterdir()), what
        save(folder / what)
    assert simulator.open(tmp_path / "for run" / "run").events.num_rows == len(rows_of_life(life))


def test_what_is_no_text_is_kept_as_text_and_names_no_place(life: Life, met: PersonSource, tmp_path: Path) -> None:
    life.show([one.item for one in life.search("comedy")][:2], Source(kind="search", name="\udcffcomedy" + "y" * 2000))
    save_session(tmp_path / "session.json", life, met)
    replay = open_replay(tmp_path / "session.json", setting=life.setting)
    assert list(replay) == list(life.steps) and not replay.differences
    for save in (save_journal, save_scenario):
        with pytest.raises(UserInputError, match="its name is no text"):
            save(tmp_path / "\udcff.yaml", life, met)


def test_a_page_of_a_run_on_which_nothing_was_left_to_show_is_kept_too(taste: Path, tmp_path: Path) -> None:
    rows = [f"u{user},i{(user * 5 + nth) % 12}" for user in range(24) for nth in range(9)]
    (tmp_path / "few.csv").write_text("\n".join(["user,item", *rows]))
    few = {
        "name": "few",
        "dataset": {"source": "table", "path": str(tmp_path / "few.csv"), "columns": {"user": "user", "item": "item"}},
        "population": {"size": 4},
        "world": {"turns": 8, "slate_size": 8, "sessions": {"turns_per_day": 1}},
        "arms": {"all": "popular", "other": "random"},
        "evaluation": {"minds": "single"},
    }
    run = ran(taste, tmp_path, few)
    nothing = simulator.open(run).sql("select user_id from events where arm = 'all' and item_id is null limit 1")
    with opened(taste, few, run=run) as setting:
        met = find(run=run, user=str(nothing["user_id"][0].as_py()), arm="all", setting=setting)
        life = sit_down(setting, met)
        assert any(not lived.places for lived in life.turns)
        kept = save_journal(tmp_path / "kept", life, met)
        replay = open_replay(kept.path, setting=setting)
        assert list(replay) == list(life.steps) and not replay.differences
        assert same_rows(rows_of_life(replay.life), rows_of_life(life))


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
    assert saved.left_out == (
        "what was changed of items",
        "when the person or the layout was changed, for both are so from the first page on",
        "that they change on some day, for they are run as they are now",
        "pages that were picked by hand or found by a search",
        "which recommender made which page, for each is an arm of its own",
        "what others did in the warm-up, on which the recommenders were fitted too",
    )
    scenario = load_scenario(str(saved.path))
    assert list(scenario.arms) == ["clever", "popular"] and scenario.world.layout == "grid"
    assert scenario.seeds == (life.seed,) and scenario.population.personas == "alone.persona.yaml"
    monkeypatch.chdir("/")
    only_what_is_tested(taste, monkeypatch)
    run = simulator.run(saved.path, tmp_path / "run", overrides=["world.turns=3"])
    assert run.people.to_pylist()[0]["user_id"] == "night-shift-nurse"
    assert run.people.num_rows == 1 and load_one(str(saved.persona)) == persona_of(life)


def test_a_plug_in_stands_once_in_the_scenario_and_lies_where_the_setting_found_it(
    life: Life, met: PersonSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("", "mine.py:Mine", "mine.py:Mine"):
        life.show([life.search("comedy")[0].item], Source(kind="recommender", name=name))
    scenario = load_scenario(str(save_scenario(tmp_path / "s.yaml", life, met).path))
    assert list(scenario.arms) == ["clever", "Mine"]
    assert scenario.arms["Mine"].recommender == f"{life.setting.scenario.base_dir / 'mine.py'}:Mine"


@pytest.fixture
def talking(taste: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with opened(taste, TALKING, run=talking_run(tmp_path_factory)) as made:
        yield made


def test_where_nothing_is_left_out_the_scenario_runs_as_it_was_lived(
    taste: Path, talking: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the luck of the life is of another seed than people and models."""
    met = find("bored-millionaire", setting=talking)
    life = sit_down(talking, met, seed=9)
    shown(life, 4, "treatment")
    saved = save_scenario(tmp_path / "s.yaml", life, met)
    assert not saved.left_out
    only_what_is_tested(taste, monkeypatch)
    rows = rows_of(simulator.run(saved.path, tmp_path / "run").folder)
    mine = rows_of_person(rows, arm="treatment", seed=9, user_id=life.user_id)
    assert same_rows(mine[mine["turn"] <= life.turns[-1].turn].reset_index(drop=True), rows_of_life(life))


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


def test_when_a_belief_is_remembered_from_does_not_hang_on_who_looked(
    talking: Setting, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run, remembered = talking_run(tmp_path_factory), []
    for looked_at in (False, True):
        life = sit_down(talking, find(run=run, setting=talking))
        while life.now.in_session:
            shown(life, 1, "control")
        if looked_at:
            life.intent()
        life.change(SetBelief("Horror", likes=True))
        life.intent()
        remembered.append(life.strongest_memories(50))
    assert remembered[0] == remembered[1]


def test_a_mood_that_was_set_is_told_to_be_no_part_of_a_scenario(
    setting: Setting, met: PersonSource, tmp_path: Path
) -> None:
    life = sit_down(setting, met)
    life.change(SetMood(-0.5))
    saved = save_scenario(tmp_path / "new.yaml", life, met)
    assert "the mood and the tiredness that were set" in saved.left_out
    assert list(load_scenario(str(saved.path)).arms) == ["clever", "learning"]
