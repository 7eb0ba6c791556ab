"""Whom a user means: names, files, runs at a turn, people of the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lives import BY_HAND, opened, rows_of_life, rows_of_person, same_state, slates_of, state_of
from read_runs import TALKING, talking_run
from small_runs import rows_of, same_rows

from personas.files import library, write_jsonl, write_yaml
from scenarios.resolved import dump_resolved
from simulator.experiment.folder import RunFolder
from simulator.listener import Silent
from simulator.records import UserInputError
from simulator.studies import ab
from simulator.studies.run_manifest import begun
from simulator.studies.solo.past import read_past
from simulator.studies.solo.people import find, sit_down
from simulator.studies.solo.setting import Setting


def test_without_a_name_somebody_of_the_library_is_met_the_same_one_for_the_same_seed(setting: Setting) -> None:
    met = find(setting=setting)
    assert met.persona is not None and met.persona.id in library().by_id
    assert find(setting=setting).persona == met.persona
    assert not met.persona.is_minor and met.persona.backstory and met.persona.speaking_style
    assert met.persona.id in met.label


def test_a_persona_of_the_library_is_known_by_its_id(setting: Setting) -> None:
    met = find("night-shift-nurse", setting=setting)
    assert met.persona == library().by_id["night-shift-nurse"]
    assert sit_down(setting, met).name == "Ngozi Okafor"


@pytest.mark.parametrize("word", ["night-shift-nurs", "nurse", "NURSE"])
def test_a_name_that_nobody_has_is_answered_with_the_nearest(setting: Setting, word: str) -> None:
    with pytest.raises(UserInputError, match="Did you mean night-shift-nurse"):
        find(word, setting=setting)


def test_a_word_that_is_near_to_nothing_is_answered_with_what_may_be_said(setting: Setting) -> None:
    with pytest.raises(UserInputError, match="in a sentence"):
        find("qqqqqqqqqq", setting=setting)
    with pytest.raises(UserInputError, match="nobody is called so"):
        find("x" * 10_000, setting=setting)


def test_a_persona_file_tells_who_is_met(setting: Setting, tmp_path: Path) -> None:
    two = [library().by_id["film-student"], library().by_id["mountain-vet"]]
    one, crowd = tmp_path / "one of them.yaml", tmp_path / "two.jsonl"
    write_yaml(two[0].model_copy(update={"id": "somebody"}), one)
    write_jsonl(two, crowd)
    assert find(str(one), setting=setting).persona.id == "somebody"
    assert find(f"{crowd}#mountain-vet", setting=setting).persona.id == "mountain-vet"
    with pytest.raises(UserInputError, match="Say which one"):
        find(str(crowd), setting=setting)
    with pytest.raises(UserInputError, match="Did you mean mountain-vet"):
        find(f"{crowd}#mountain-ve", setting=setting)
    with pytest.raises(UserInputError, match="no such file"):
        find(str(tmp_path / "nobody.yaml"), setting=setting)


def test_somebody_of_the_data_brings_their_history(setting: Setting) -> None:
    user = str(setting.split.log.user_ids[17])
    for met in (find(user, setting=setting), find(user=user, setting=setting)):
        assert met.origin == "log"
        assert sit_down(setting, met).history
    with pytest.raises(UserInputError, match="nobody in sample"):
        find(user="no such person", setting=setting)
    with pytest.raises(UserInputError, match="Leave one of the two out"):
        find("film-student", user=user, setting=setting)


def test_what_belongs_to_a_run_needs_one(setting: Setting) -> None:
    with pytest.raises(UserInputError, match="--run FOLDER"):
        find("film-student", turn=3, setting=setting)


def somebody(run: Path, *, written: bool, arm: str = "clever", seed: int = 5) -> str:
    """The person with the most pages among those of the log, or among the personas."""
    rows = rows_of(run)
    rows = rows[(rows["arm"] == arm) & (rows["seed"] == seed)]
    rows = rows[rows["user_id"].isin(list(library().by_id)) == written]
    return str(rows.groupby("user_id")["turn"].nunique().idxmax())


@pytest.mark.parametrize(("arm", "seed", "written"), [("clever", 5, False), ("learning", 6, True)])
def test_after_each_turn_of_a_run_the_next_page_is_lived_as_the_run_lived_it(
    setting: Setting, run_of_people: Path, arm: str, seed: int, written: bool
) -> None:
    user = somebody(run_of_people, written=written, arm=arm, seed=seed)
    mine = rows_of_person(rows_of(run_of_people), arm=arm, seed=seed, user_id=user)
    turns = sorted(set(mine["turn"]))
    assert len(turns) > 3
    for before, after in zip([-1, *turns], turns, strict=False):
        met = find(run=run_of_people, user=user, turn=before, arm=arm, seed=seed, setting=setting)
        life = sit_down(setting, met)
        assert [lived.turn for lived in life.turns] == [turn for turn in turns if turn <= before]
        items = slates_of(mine[mine["turn"] == after], life)[0]
        life.show(items, BY_HAND)
        assert same_rows(rows_of_life(life), mine[mine["turn"] <= after].reset_index(drop=True))
        life.close()


def test_between_two_visits_somebody_is_as_they_left(setting: Setting, run_of_people: Path) -> None:
    rows = rows_of(run_of_people)
    rows = rows[(rows["arm"] == "clever") & (rows["seed"] == 5)]
    there = set(zip(rows["user_id"], rows["turn"], strict=True))
    left = rows[rows["left"] & (rows["turn"] < 9)]
    user, gone = next(
        (user, turn) for user, turn in zip(left["user_id"], left["turn"], strict=True) if (user, turn + 1) not in there
    )
    lives = [
        sit_down(setting, find(run=run_of_people, user=user, turn=turn, setting=setting)) for turn in (gone, gone + 1)
    ]
    assert lives[0].turns[-1].turn == gone
    assert same_state(*map(state_of, lives))


def test_a_run_is_met_at_its_last_turn_and_its_busiest_person_unless_more_is_said(
    setting: Setting, run_of_people: Path
) -> None:
    met = find(str(run_of_people), setting=setting)
    assert met.past is not None
    assert (met.past.arm, met.past.seed, met.past.turn) == ("clever", 5, 9)
    rows = rows_of(run_of_people)
    pages = rows[(rows["arm"] == "clever") & (rows["seed"] == 5)].groupby("user_id")["turn"].nunique()
    assert pages[met.past.user_id] == pages.max()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"turn": 10}, "0 to 9"),
        ({"turn": -2}, "0 to 9"),
        ({"arm": "clevr"}, "Did you mean clever"),
        ({"seed": 7}, "no seed"),
        ({"mind": "no such mind"}, "no mind"),
        ({"mind": "all"}, "Leave --mind out"),
        ({"user": "nobody at all"}, "The nearest ids"),
    ],
)
def test_what_a_run_does_not_have_is_told_with_what_it_has(
    setting: Setting, run_of_people: Path, asked: dict[str, object], said: str
) -> None:
    with pytest.raises(UserInputError, match=said):
        find(run=run_of_people, setting=setting, **asked)  # type: ignore[arg-type]


def test_a_run_of_another_scenario_is_refused_with_the_cure(
    setting: Setting, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(UserInputError, match="Open the run's own scenario"):
        find(run=talking_run(tmp_path_factory), setting=setting)


@pytest.mark.parametrize(
    ("kind", "said"), [("play", "a human played here.*play --resume"), ("session", "a saved session.*chat --replay")]
)
def test_in_a_play_and_in_a_saved_session_nobody_is_met_and_the_way_to_see_it_is_told(
    setting: Setting, tmp_path: Path, kind: str, said: str
) -> None:
    folder, scenario = tmp_path / "runs" / "r", setting.scenario
    RunFolder.create(folder, begun(folder, scenario, **{kind: {}}), dump_resolved(scenario))
    with pytest.raises(UserInputError, match=said):
        find(str(folder), setting=setting)
    with pytest.raises(UserInputError, match=f"this folder holds runs.*{folder}"):
        find(str(folder.parent), setting=setting)


class _Impatient(Silent):
    """Stops the run in mid-turn."""

    def progress(self, **told: object) -> None:
        if told["arm"] == "learning" and told["turn"] == 4:
            raise KeyboardInterrupt


def test_somebody_of_a_run_that_was_stopped_is_met_after_its_last_committed_turn(
    setting: Setting, run_of_people: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        ab.run(setting.scenario, tmp_path / "run", listener=_Impatient())
    user = somebody(run_of_people, written=True)
    past = read_past(tmp_path / "run", setting.catalog, user=user, arm="learning")
    whole = read_past(run_of_people, setting.catalog, user=user, arm="learning", turn=past.turn)
    assert 4 <= past.turn < 9
    life, other = (
        setting.life(find(run=run, user=user, turn=past.turn, arm="learning", setting=setting))
        for run in (tmp_path / "run", run_of_people)
    )
    assert past.turns and len(past.turns) == len(whole.turns)
    assert same_rows(rows_of_life(life), rows_of_life(other))
    assert same_state(state_of(life), state_of(other))
    with pytest.raises(UserInputError, match=f"up to turn {past.turn}"):
        find(run=tmp_path / "run", user=user, turn=9, arm="learning", setting=setting)


@pytest.fixture
def talking(taste: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with opened(taste, TALKING, run=talking_run(tmp_path_factory)) as made:
        yield made


def test_somebody_whom_a_model_spoke_for_is_met_without_asking_it_again(
    talking: Setting, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = talking_run(tmp_path_factory)
    asked = []
    stack = type(talking.paid.stack)
    kept = stack.ask

    async def counted(self: object, call: object) -> object:
        asked.append(call)
        return await kept(self, call)

    monkeypatch.setattr(stack, "ask", counted)
    met = find(run=run, turn=2, setting=talking)
    mine = rows_of_person(rows_of(run), arm="control", seed=met.past.seed, user_id=met.past.user_id)
    life = sit_down(talking, met)
    assert len(life.turns) > 1 and not asked
    assert same_rows(rows_of_life(life), mine[mine["turn"] <= 2].reset_index(drop=True))
    assert life.strongest_memories()
    after = mine[mine["turn"] > 2]
    assert len(after)
    life.show(slates_of(after, life)[0], BY_HAND)
    assert asked
    assert same_rows(rows_of_life(life), mine[mine["turn"] <= after["turn"].min()].reset_index(drop=True))
