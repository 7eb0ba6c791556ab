"""A command line becomes a scenario: the plug-in against its baselines, on the data and in the world that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.records import UserInputError
from simulator.studies.evaluate.question import question


def test_the_first_baseline_is_the_control_and_the_plug_in_comes_last() -> None:
    asked = question("ease", ["popular", "als"], users=40, seed=3)
    arms = asked.scenario.arms
    assert {name: arm.recommender for name, arm in arms.items()} == {"popular": "popular", "als": "als", "ease": "ease"}
    assert asked.scenario.control == "popular" and asked.candidate == "ease" and asked.baselines == ("popular", "als")
    assert (asked.scenario.population.size, asked.scenario.seeds) == (40, (3,))


def test_arms_bear_names_that_a_person_recognises() -> None:
    asked = question("pkg.rec:MyRec", ["mine/old.py:MyRec", "http://127.0.0.1:8000", "http://127.0.0.1:8001/b"])
    assert list(asked.scenario.arms) == ["MyRec", "service-8000", "service-8001", "MyRec-2"]
    assert asked.candidate == "MyRec-2"


def test_parameters_are_the_plug_ins_own() -> None:
    params = question("als", ["popular"], params={"factors": 16, "refresh_people": True}).scenario.arms["als"].params
    assert params == {"factors": 16, "refresh_people": True}


def test_an_interpreter_is_named_by_its_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").touch()
    (tmp_path / "python").symlink_to(tmp_path / "real")
    arm = question("pkg.rec:Mine", ["popular"], python="python").scenario.arms["Mine"]
    assert arm.python == str(tmp_path / "python")


def test_a_scenario_gives_the_world_and_loses_its_arms(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "world: {turns: 3}\narms: {a: popular, b: als}\nevaluation: {control: b, primary: click_rate}\n"
    )
    asked = question("ease", ["item-knn"], scenario=str(tmp_path / "own.yaml"), overrides=["world.slate_size=4"])
    assert list(asked.scenario.arms) == ["item-knn", "ease"] and asked.scenario.control == "item-knn"
    assert (asked.scenario.world.turns, asked.scenario.world.slate_size) == (3, 4)
    assert asked.scenario.evaluation.primary == "click_rate"


def test_a_file_of_interactions_is_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text("uid,sku\n")
    dataset = question("ease", ["popular"], data="log.csv", columns="user=uid, item=sku").scenario.dataset
    assert dataset.source == "table" and dataset.path == str(tmp_path / "log.csv")
    assert dataset.columns is not None and (dataset.columns.user, dataset.columns.item) == ("uid", "sku")
    assert question("ease", ["popular"], data="ml-1m").scenario.dataset.source == "movielens-1m"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"plugin": "als", "against": ["als"]}, r"--against als: this is the recommender itself"),
        ({"plugin": "als", "against": []}, r"--against: name at least one"),
        ({"plugin": "ease", "data": "movilens-1m"}, r"--data movilens-1m: there is no such data set. Did you mean"),
        ({"plugin": "ease", "data": "absent.csv"}, r"--data absent.csv: there is no such file"),
        ({"plugin": "ease", "columns": "user=u"}, r"--columns: these are the columns of a file"),
        ({"plugin": "ease", "data": "sample", "columns": "user=u"}, r"--columns: only a CSV or Parquet file"),
        ({"plugin": "no recommender!"}, r"command line: arms.*is neither the name of a recommender, nor a plug-in"),
        ({"plugin": "ease", "overrides": ["arms.other=als"]}, r"the arms are those that --against names"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(asked: dict[str, object], told: str) -> None:
    with pytest.raises(UserInputError, match=told):
        question(**asked)  # type: ignore[arg-type]
