"""A mind of the user's own is found, started and checked; mistakes are told in one message."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulator.minds.loading import is_built_in, load_plugin
from simulator.minds.loop import drive
from simulator.minds.plugin import MindError, PluginMind
from simulator.minds.port import appraisal_of
from simulator.records import UserInputError
from simulator.turn import Appraisal, AppraisedBy, Scene

SOURCE = """
import numpy as np
from simulator.minds.port import appraisal_of
class Flat:
    def __init__(self, level=0.0):
        self.level, self.started = level, False
    async def start(self, catalog, split):
        self.started = True
    async def appraise(self, scene):
        assert self.started
        return appraisal_of(np.full(scene.items.shape, self.level, dtype=np.float32), scene)
class Mute:
    pass
level = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_minds.py").write_text(SOURCE)
    (tmp_path / "torn.py").write_text("class Flat(:\n")
    return tmp_path


def scene() -> Scene:
    rows = np.array([1, 0], dtype=np.int32)
    people = SimpleNamespace(
        rating_mean=np.array([3.0, 4.0], dtype=np.float32), user_ids=np.array(["ann", "bob"]), keys=np.zeros(2, "u8")
    )
    items = np.array([[0, 1, 2], [2, 1, -1]], dtype=np.int32)
    return Scene(
        people=people,
        state=None,
        rows=rows,
        keys=people.keys,
        turn=4,
        items=items,
        noticed=items >= 0,
        page=rows,
        session=rows,
    )


def test_a_class_in_a_file_becomes_a_mind(folder: Path) -> None:
    mind = load_plugin("my_minds.py:Flat", {"level": 1.5}, folder=folder)
    drive(mind.start(None, None))  # type: ignore[arg-type]
    said = drive(mind.appraise(scene()))
    assert mind.name == "my_minds.py:Flat"
    assert (said.want == 1.5).all() and np.isnan(said.taste).all()
    np.testing.assert_array_equal(said.rating[:, 0], [4.0, 3.0])
    assert (said.source == AppraisedBy.PLUGIN).all()


def test_a_class_of_a_module_beside_the_scenario_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    assert load_plugin("my_minds:Flat", folder=folder).name == "my_minds:Flat"


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("my_minds.py:Flet", {}, "has no 'Flet'. Did you mean 'Flat'"),
        ("my_minds.py:level", {}, "not a class"),
        ("my_minds.py:Mute", {}, "has no appraise"),
        ("my_minds.py:Flat", {"height": 1}, r"mind.params: .*height"),
        ("nowhere.py:Flat", {}, "no such file"),
        ("torn.py:Flat", {}, "importing it failed: SyntaxError"),
        ("no_such_module_at_all:Flat", {}, "no module 'no_such_module_at_all'"),
        ("my_minds.py:", {}, "is not the name of a class"),
        ("my minds:Flat", {}, "not the name of a module"),
    ],
)
def test_a_mind_that_cannot_be_had_is_told_in_one_message(
    folder: Path, kind: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserInputError, match=message):
        load_plugin(kind, params, folder=folder)


def test_kinds() -> None:
    assert is_built_in("statistical")
    assert not is_built_in("a.b:C")
    with pytest.raises(UserInputError, match="Did you mean 'statistical'"):
        is_built_in("statistics")
    with pytest.raises(UserInputError, match="say which class"):
        is_built_in("mine.py")


def answering(**changes: Any) -> PluginMind:
    """A mind whose answer differs from a good one in `changes`."""

    class Answer:
        async def appraise(self, scene: Scene) -> Appraisal:
            said = appraisal_of(np.zeros(scene.items.shape, dtype=np.float32), scene)
            for name, value in changes.items():
                setattr(said, name, value)
            return said

    return PluginMind("answering", Answer())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"want": np.zeros((2, 2))}, r"want has the shape \(2, 2\)"),
        ({"want": np.array([[0, 0, 0], [0, np.nan, 0]])}, "turn 4, person ann: want is not a finite number"),
        ({"rating": np.full((2, 3), np.inf)}, "person bob: rating"),
        ({"mood": np.array([0, 1.5])}, "person ann: mood is not between"),
    ],
)
def test_nonsense_stops_the_run_and_names_mind_turn_and_person(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MindError, match=message):
        drive(answering(**changes).appraise(scene()))


def test_nonsense_where_nobody_looked_is_let_pass() -> None:
    want = np.array([[0, 0, 0], [0, 0, np.nan]])
    assert np.array_equal(drive(answering(want=want).appraise(scene())).want, want, equal_nan=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action": np.array([9, 0], dtype=np.int8)}, "action holds something that is no member"),
        ({"action": np.array([0.0, 1.0])}, "action holds something that is no member"),
        ({"reason": ["because"]}, r"reason has the shape \(1,\), not \(2,\)"),
        ({"clicks": np.zeros((2, 2), dtype=np.bool_)}, "clicks has the shape"),
    ],
)
def test_what_a_mind_adds_is_checked_too(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MindError, match=message):
        drive(answering(**changes).appraise(scene()))


def test_words_given_as_a_list_are_kept_as_text() -> None:
    answer = drive(answering(reason=["because", None]).appraise(scene()))
    assert answer.reason is not None and answer.reason.tolist() == ["because", None]


def test_what_a_mind_raises_is_told_with_its_name() -> None:
    class Tired:
        async def appraise(self, scene: Scene) -> Appraisal:
            raise ZeroDivisionError("tired")

        async def start(self, catalog: Any, split: Any) -> None:
            raise ValueError("no")

    with pytest.raises(MindError, match="mind 'tired', turn 4: ZeroDivisionError: tired"):
        drive(PluginMind("tired", Tired()).appraise(scene()))
    with pytest.raises(UserInputError, match="start failed: ValueError: no"):
        drive(PluginMind("tired", Tired()).start(None, None))  # type: ignore[arg-type]


def test_an_answer_of_another_kind_is_refused() -> None:
    class Text:
        def appraise(self, scene: Scene) -> str:
            return "good"

    with pytest.raises(MindError, match="returned a str"):
        drive(PluginMind("text", Text()).appraise(scene()))
