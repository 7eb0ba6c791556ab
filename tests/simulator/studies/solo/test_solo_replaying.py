"""A saved session lived again: the same pages; where they part it is said; broken files are refused."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lives import BY_HAND, full_disk, rows_of_life, same_state, shown, state_of
from small_runs import same_rows

from simulator.records import UserInputError
from simulator.studies.solo.autosave import Autosave, free_autosave
from simulator.studies.solo.changes import SetBelief, SetFatigue, SetItem, SetLayout, SetMood, SetTrait
from simulator.studies.solo.life import Life
from simulator.studies.solo.people import PersonSource, find, sit_down
from simulator.studies.solo.replaying import Replay, open_replay, prepared
from simulator.studies.solo.saving import save_journal, save_session, session_of
from simulator.studies.solo.session_file import read_file
from simulator.studies.solo.setting import Setting

SENTENCE = "a tired nurse of 34 who loves horror, hates romance and is very patient"


def lived(setting: Setting, met: PersonSource) -> Life:
    """Every kind of step there is."""
    life = sit_down(setting, met, seed=11)
    shown(life, 1, "learning")
    life.change(SetMood(-0.3))
    life.change(SetTrait("pickiness", -1.5))
    life.change(SetBelief("Western", likes=True))
    life.change(SetLayout("grid"))
    life.change(SetItem(life.recommend("clever")[0].item, "review_mean", 4.5))
    life.change(SetFatigue(0.2))
    life.show([one.item for one in life.search("drama")][:3], BY_HAND)
    while life.now.in_session:
        shown(life, 1, "clever")
    life.wait()
    shown(life, 1, "clever")
    return life


def again(path: Path, setting: Setting) -> Replay:
    replay = open_replay(path, setting=setting)
    assert list(replay) == list(replay.steps)
    return replay


@pytest.mark.parametrize("who", ["film-student", SENTENCE, "somebody of the data"])
def test_a_session_that_is_lived_again_gives_the_same_pages_row_by_row(
    setting: Setting, tmp_path: Path, who: str
) -> None:
    text = str(setting.split.log.user_ids[8]) if who == "somebody of the data" else who
    met = find(text, setting=setting)
    life = lived(setting, met)
    save_session(tmp_path / "session.json", life, met)
    replay = again(tmp_path / "session.json", setting)
    assert not replay.differences
    assert replay.life.steps == life.steps and replay.life is not life
    assert same_rows(rows_of_life(replay.life), rows_of_life(life))
    assert same_state(state_of(replay.life), state_of(life))
    assert replay.source.label == met.label


def test_a_session_of_somebody_of_a_run_holds_what_they_lived_there(
    setting: Setting, run_of_people: Path, tmp_path: Path
) -> None:
    met = find(run=run_of_people, turn=5, setting=setting)
    life = sit_down(setting, met)
    shown(life, 1, "clever")
    save_journal(tmp_path / "kept", life, met)
    session = read_file(tmp_path / "kept")
    elsewhere = session.model_copy(
        update={
            "person": session.person.model_copy(
                update={"past": session.person.past.model_copy(update={"run": "/is/not/there/any/more"})}
            )
        }
    )
    (tmp_path / "session.json").write_text(elsewhere.model_dump_json())
    replay = again(tmp_path / "session.json", setting)
    assert not replay.differences
    assert same_rows(rows_of_life(replay.life), rows_of_life(life))
    life.back(3)  # behind what was lived in the run
    shown(life, 1, "clever")
    save_session(tmp_path / "back.json", life, met)
    replay = again(tmp_path / "back.json", setting)
    assert not replay.differences and same_rows(rows_of_life(replay.life), rows_of_life(life))


def test_the_session_opens_its_own_setting(
    setting: Setting, taste: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llm_runs import only_what_is_tested

    met = find("film-student", setting=setting)
    life = sit_down(setting, met)
    shown(life, 1, "clever")
    save_session(tmp_path / "session.json", life, met)
    only_what_is_tested(taste, monkeypatch)
    replay = open_replay(tmp_path / "session.json")
    with replay.setting:
        list(replay)
        assert replay.setting is not setting
        assert not replay.differences and same_rows(rows_of_life(replay.life), rows_of_life(life))


def test_other_lines_of_the_session_come_back_too(setting: Setting, tmp_path: Path) -> None:
    met = find("film-student", setting=setting)
    life = lived(setting, met)
    whole = life.steps
    life.back(1)
    save_journal(tmp_path / "kept", life, met, line="if-1", branches={"main": whole})
    replay = again(tmp_path / "kept", setting)
    assert replay.life.steps == life.steps and replay.session.line == "if-1"
    assert replay.branches() == {"main": whole}


def edited(path: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data))
    return path


def test_where_a_page_comes_out_otherwise_the_step_and_a_reason_are_told(setting: Setting, tmp_path: Path) -> None:
    met = find("film-student", setting=setting)
    life = lived(setting, met)
    save_session(tmp_path / "s.json", life, met)

    def calmer(data: dict[str, Any]) -> None:
        data["lines"]["main"][1]["value"] = 0.9
        data["versions"]["numpy"] = "0.1"

    replay = again(edited(tmp_path / "s.json", calmer), setting)
    found = replay.differences[0]
    shows = [nth for nth, step in enumerate(data_of(tmp_path / "s.json")["lines"]["main"], 1) if step["do"] == "show"]
    assert found.step == shows[1]
    assert "numpy 0.1 then" in found.text and f"step {found.step} came out otherwise" in found.text


def data_of(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def test_a_step_that_cannot_be_done_is_told_by_its_number(setting: Setting, tmp_path: Path) -> None:
    met = find("film-student", setting=setting)
    life = lived(setting, met)
    save_session(tmp_path / "s.json", life, met)

    def twice(data: dict[str, Any]) -> None:
        data["lines"]["main"][0]["items"][1] = data["lines"]["main"][0]["items"][0]

    with pytest.raises(UserInputError, match=r"step 1 of the session cannot be done.*twice"):
        list(open_replay(edited(tmp_path / "s.json", twice), setting=setting))

    def otherwise(data: dict[str, Any]) -> None:
        shows = [step for step in data["lines"]["main"] if step["do"] == "show"]
        shows[0]["came"]["digest"] = "0" * 16
        shows[1]["items"] = shows[1]["items"][:1] * 2

    save_session(tmp_path / "t.json", life, met)
    with pytest.raises(UserInputError, match=r"step 8 .*twice.* Before it, step 1 came out otherwise"):
        list(open_replay(edited(tmp_path / "t.json", otherwise), setting=setting))


@pytest.fixture(scope="module")
def saved(setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("saved") / "s.json"
    met = find("film-student", setting=setting)
    life = lived(setting, met)
    save_session(path, life, met)
    return data_of(path)


def put(*steps: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(data: Any) -> None:
        for step in steps[:-1]:
            data = data[step]
        data[steps[-1]] = value

    return edit


PAST = {"run": "x", "arm": "a", "seed": 1, "mind": "m", "user_id": "film-student", "turn": 3, "noted": []}
BROKEN = [
    (put("format", value="something else"), "no session of Understudy"),
    (put("version", value=2), "another version"),
    (put("seed", value=-1), "seed"),
    (put("seed", value="7"), "seed: "),
    (put("lines", value={}), "lines"),
    (put("line", value="nowhere"), "no line 'nowhere'"),
    (put("surprise", value=1), "surprise"),
    (put("scenario", value={"arms": {"a": "no such recommender"}, "worlds": 1}), "worlds"),
    (put("person", "persona", value=None), "who sat down"),
    (put("person", "persona", "behaviour", value={"patience": 7}), "patience"),
    (put("person", "persona", "id", value="../../x"), "person.persona"),
    (put("lines", "main", 0, "items", value=["no such item"]), "no such item"),
    (put("lines", "main", 0, "do", value="exec"), "lines.main.0"),
    (put("lines", "main", 1, "value", value="nan"), "step 2"),
    (put("lines", "main", 1, "value", value=99), "step 2: mood"),
    (put("lines", "main", 2, "name", value="__class__"), "step 3: trait"),
    (put("lines", "main", 2, "value", value=float("inf")), "lines.main.2.value: must be a finite number, but is inf"),
    (put("seed", value=10**400), "seed: must be below 9.22337e+18, but is 1000"),
    (put("lines", "main", 5, "field", value="__init__"), "cannot be changed"),
    (put("person", "past", value=PAST | {"rows": [{"turn": "x"}]}), "no rows of a journal"),
    (put("person", "past", value=PAST | {"rows": [{"turn": 1, "action": "fly"}]}), "no rows of a journal"),
    (put("person", "past", value=PAST | {"rows": [{"turn": 2**40}]}), "no rows of a journal"),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_broken_session_is_refused_with_one_message(
    setting: Setting, saved: dict[str, Any], tmp_path: Path, edit: Callable[[dict[str, Any]], None], said: str
) -> None:
    data = json.loads(json.dumps(saved))
    edit(data)
    (tmp_path / "s.json").write_text(json.dumps(data))
    with pytest.raises(UserInputError) as refused:
        open_replay(tmp_path / "s.json", setting=None if "scenario" in said or said == "worlds" else setting)
    assert said in str(refused.value) and len(str(refused.value)) < 1500


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "\x00\xff", "[" * 100_000, '{"format": NaN}', '"understudy session"', "{}"]
)
def test_what_is_no_session_at_all_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "session.json").write_text(text)
    for place in (tmp_path, tmp_path / "session.json"):
        with pytest.raises(UserInputError, match=r"no (?:session|JSON)"):
            read_file(place)
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(UserInputError):
        read_file(tmp_path / "x.jsonl")


def test_places_that_hold_no_session_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="no such file"):
        read_file(tmp_path / "nothing.json")
    with pytest.raises(UserInputError, match=r"holds no session\.json"):
        read_file(tmp_path)
    with pytest.raises(UserInputError, match="too large"):
        read_file(Path("/dev/zero"))
    with pytest.raises(UserInputError, match="cannot be read"):
        read_file(tmp_path / ("x" * 5000))


def test_what_was_done_is_on_the_disk_at_once_and_comes_back_after_a_crash(setting: Setting, tmp_path: Path) -> None:
    met = find("film-student", setting=setting)
    life = sit_down(setting, met)
    path = free_autosave(tmp_path)
    kept = Autosave(path, session_of(life, met, {}), setting.catalog)
    assert read_file(path).lines == {"main": []}
    for _ in range(3):
        shown(life, 1, "clever")
        kept.keep("main", life.steps, life.pages)
    whole = life.steps
    life.back(2)
    kept.keep("if-1", life.steps, life.pages)
    life.change(SetTrait("patience", 2.0))
    shown(life, 1, "popular")
    kept.keep("if-1", life.steps, life.pages)
    life.forget_step()
    kept.keep("if-1", life.steps, life.pages)
    shown(life, 1, "clever")
    kept.keep("if-1", life.steps, life.pages)
    with path.open("ab") as file:  # the crash
        file.write(b'{"step": {"do": "sho')
    replay = again(path, setting)
    assert not replay.differences
    assert replay.life.steps == life.steps and replay.branches() == {"main": whole}
    assert same_rows(rows_of_life(replay.life), rows_of_life(life))
    kept.done()
    assert not path.exists()


def test_on_a_full_disk_what_was_kept_stays_whole_and_the_rest_can_be_kept_later(
    setting: Setting, tmp_path: Path
) -> None:
    met = find("film-student", setting=setting)
    life, path = sit_down(setting, met), tmp_path / "a.jsonl"
    header = session_of(life, met, {})
    with full_disk(100), pytest.raises(UserInputError, match=r"cannot be kept there \(File too large\)"):
        Autosave(path, header, setting.catalog)
    assert not path.exists()
    with Autosave(path, header, setting.catalog) as kept:
        shown(life, 1, "clever")
        kept.keep("main", life.steps, life.pages)
        first, room = life.steps, path.stat().st_size
        shown(life, 2, "clever")
        with full_disk(room + 400), pytest.raises(OSError, match="File too large"):
            kept.keep("main", life.steps, life.pages)
        assert len(first) <= len(read_file(path).lines["main"]) < len(life.steps)
        assert path.read_bytes().endswith(b"\n")
        kept.keep("main", life.steps, life.pages)
    assert again(path, setting).life.steps == life.steps


def test_an_autosave_that_is_damaged_in_its_middle_is_refused(setting: Setting, tmp_path: Path) -> None:
    met = find("film-student", setting=setting)
    life = sit_down(setting, met)
    shown(life, 2, "clever")
    with Autosave(tmp_path / "a.jsonl", session_of(life, met, {}), setting.catalog) as kept:
        kept.keep("main", life.steps, life.pages)
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines(keepends=True)
    lines[2] = b"{\n"
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(UserInputError, match="damaged"):
        read_file(tmp_path / "a.jsonl")
    with pytest.raises(UserInputError, match="cannot be kept there"):
        Autosave(tmp_path / "a.jsonl", session_of(life, met, {}), setting.catalog)


def test_old_autosaves_make_room(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"2020010{number:02d}.jsonl").write_text("")
    new = free_autosave(tmp_path)
    assert not new.exists() and new.suffix == ".jsonl"
    left = sorted(path.name for path in tmp_path.glob("*.jsonl"))
    assert len(left) == 20 and left[-1] == "202001029.jsonl"


def test_where_a_file_system_has_no_locks_a_session_is_kept_and_none_is_taken_for_over(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("simulator.studies.solo.autosave.fcntl.flock", flock)
    met = find("bored-millionaire", setting=setting)
    with Autosave(tmp_path / "0.jsonl", session_of(sit_down(setting, met), met, {}), setting.catalog):
        for number in range(30):
            (tmp_path / f"2020010{number:02d}.jsonl").write_text("")
        free_autosave(tmp_path)
    assert len(list(tmp_path.iterdir())) == 31


def test_a_session_that_goes_on_keeps_its_autosave_however_old(setting: Setting, tmp_path: Path) -> None:
    met = find("film-student", setting=setting)
    oldest = tmp_path / "00000000.jsonl"
    with Autosave(oldest, session_of(sit_down(setting, met), met, {}), setting.catalog):
        for number in range(30):
            (tmp_path / f"2020010{number:02d}.jsonl").write_text("")
        free_autosave(tmp_path)
        assert oldest.exists()
    free_autosave(tmp_path)
    assert not oldest.exists()


def test_a_session_in_a_setting_of_other_data_is_refused_by_its_items(setting: Setting, saved: dict[str, Any]) -> None:
    from simulator.studies.solo.session_file import read_text

    session = read_text(json.dumps(saved).replace('"f0', '"g0'), "s.json")
    with pytest.raises(UserInputError, match="restore the data"):
        prepared(session, setting, "s.json")
