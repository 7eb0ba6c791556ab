"""What may be tuned: every form is read, and whatever is wrong is one message before anything is run."""

import re
from pathlib import Path
from typing import Any

import pytest
from tuning import asked, scenario

from scenarios.loader import check
from simulator.records import UserInputError
from simulator.studies.tune.question import Question, question
from simulator.studies.tune.space import Dimension, dimension_of, with_values
from simulator.studies.tune.space_file import read_space


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("factors=16:256:log", {"kind": "int", "low": 16, "high": 256, "log": True, "step": None}),
        ("lr=0.001:1:log", {"kind": "float", "low": 0.001, "high": 1, "log": True, "step": None}),
        ("n=10:50:step=10", {"kind": "int", "low": 10, "high": 50, "log": False, "step": 10}),
        ("alpha=1,10,40", {"kind": "choice", "choices": [1, 10, 40]}),
        ("how=a, b,true,null", {"kind": "choice", "choices": ["a", "b", True, None]}),
    ],
)
def test_the_forms_of_the_command_line(text: str, facts: dict[str, Any]) -> None:
    one = dimension_of(text)
    assert one.facts() == facts
    assert Dimension.from_facts(one.name, facts) == one


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("factors", "no parameter with its values"),
        ("factors=", "no parameter with its values"),
        ("factors=5", "2 to 100 choices"),
        ("factors=9:3", "the low end, 9, is not below the high end, 3"),
        ("factors=a:3", "the low end must be a number, but is the text 'a'"),
        ("x=0:1:log", "must begin above 0"),
        ("x=1:9:log:step=2", "a step or is logarithmic, not both"),
        ("x=1:9:step=20", "the step must lie above 0 and within the range"),
        ("x=1:9:wide", "the text 'wide' is neither log nor step=S"),
        ("x=1,1", "1 is there twice"),
    ],
)
def test_bad_forms_give_one_message_with_the_cure(text: str, told: str) -> None:
    with pytest.raises(UserInputError, match=re.escape(f"--space {text}: ")) as error:
        dimension_of(text)
    assert told in str(error.value) and "\n" not in str(error.value)


def test_a_file_says_the_same_as_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(
        "space:\n"
        "  factors: {low: 16, high: 256, log: true}\n"
        "  alpha: [1, 10, 40]\n"
        "  x: {low: 0.5, high: 2.5, step: 0.5}\n"
    )
    texts = ["factors=16:256:log", "alpha=1,10,40", "x=0.5:2.5:step=0.5"]
    assert read_space(file) == [dimension_of(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("space:\n  factors: {low: 16, hihg: 256}\n", ":2: space.factors.hihg: unknown field. Did you mean high?"),
        ("space:\n\n  factors: {low: 16}\n", ":3: factors: a range has low and high"),
        ("space:\n  a: {low: 9, high: 1}\n", ":2: a: the low end, 9, is not below"),
        ("space:\n  a: {low: x, high: 1}\n", ":2: space.a.low: must be a number"),
        ("space:\n  a: {choices: [1, 2], low: 1}\n", ":2: a: choices stand alone"),
        ("spaces: 1\n", ":1: spaces: unknown field. Did you mean space?"),
        ("space: &a {}\n", ":1: space: anchors (&) and aliases (*) are not allowed"),
        ("- 1\n", "a search space is a map"),
    ],
)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(text)
    with pytest.raises(UserInputError) as error:
        read_space(file)
    assert f"{file}{told}" in str(error.value) or told in str(error.value)


def test_a_range_is_real_where_the_parameter_is() -> None:
    of = check({"arms": {"a": "popular", "b": "ease"}}, file="s.yaml", base_dir=Path())
    found = question(of, arm=None, space=[dimension_of("regularization=1:1000:log")])
    assert found.arm == "b" and found.held_back == "linear"
    assert found.space[0].kind == "float"
    assert Question.from_facts(found.facts()) == found
    chosen = question(of, arm=None, space=[dimension_of("regularization=1,250")]).space[0]
    assert chosen.choices == (1.0, 250.0) and chosen.holds(250.0)


@pytest.mark.parametrize(
    ("arm", "space", "more", "told"),
    [
        (
            "b",
            "regularisation=1:9",
            {},
            "als has no parameter 'regularisation', so it cannot be tuned. Did you mean reg",
        ),
        ("b", "regularization=0:1", {}, "with regularization 0.0 there is no such recommender"),
        ("b", "factors=8,many", {}, "with factors many there is no such recommender"),
        ("c", "factors=8:16", {}, "--arm c: this is no arm of the scenario"),
        ("b", "factors=8:16", {"metric": "coverage"}, "--metric: coverage: it is a number of the crowd"),
        ("b", "factors=8:16", {"metric": "clickrate"}, "there is no such metric. Did you mean click_rate?"),
        ("b", "factors=8:16", {"held_back": "lineer"}, "no such family of evidence. Did you mean linear?"),
        ("b", "base.factors=8:16", {}, "als has no parameter 'base'"),
        ("b", "factors.low=8:16", {}, "factors is no map in the scenario's arm"),
    ],
)
def test_what_cannot_be_tuned_is_refused_with_one_message(
    arm: str, space: str, more: dict[str, Any], told: str
) -> None:
    of = check({"arms": {"a": "popular", "b": "als"}}, file="s.yaml", base_dir=Path())
    with pytest.raises(UserInputError) as error:
        question(of, arm=arm, space=[dimension_of(space)], **more)
    assert told in str(error.value) and "\n" not in str(error.value)


def test_nothing_to_tune_twice_the_same_and_minds_that_cost_money_are_refused(tmp_path: Path) -> None:
    of = scenario(tmp_path)
    with pytest.raises(UserInputError, match="nothing to tune is named"):
        question(of, arm="planted", space=[])
    with pytest.raises(UserInputError, match="--space x: this parameter is there twice"):
        asked(of, "x=0:1", "x=0:2")
    with pytest.raises(UserInputError, match=r"mind\.kind: tuning asks statistical minds"):
        asked(scenario(tmp_path, mind="hybrid"))


def test_dotted_names_reach_into_maps_and_change_nothing_else() -> None:
    params = {"base": {"recommender": "als", "params": {"factors": 8, "alpha": 2.0}}, "weight": 0.5}
    changed = with_values(params, {"base.params.factors": 64})
    assert changed == {"base": {"recommender": "als", "params": {"factors": 64, "alpha": 2.0}}, "weight": 0.5}
    assert params["base"] == {"recommender": "als", "params": {"factors": 8, "alpha": 2.0}}
