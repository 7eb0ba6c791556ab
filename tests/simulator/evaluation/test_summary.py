"""Runs whose truth is known: what the summary of each must say."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from synthetic_run import MINDS, Made, make_run

from simulator.evaluation import summarise
from simulator.evaluation.identities import _PARTS, BrokenIdentityError, check_summary, check_sums
from simulator.evaluation.metrics import BY_NAME, METRICS, grade_of
from simulator.evaluation.run_data import RunData
from simulator.records import UserInputError

NAMES = {metric.name for metric in METRICS}


def _row(summary: dict[str, Any], metric: str, treatment: str = "treatment") -> dict[str, Any]:
    return next(r for r in summary["comparisons"] if r["metric"] == metric and r["treatment"] == treatment)


@pytest.fixture(scope="module")
def summary(two_arms: Path) -> dict[str, Any]:
    return summarise(two_arms, performance={"user_turns": 10, "run_s": float("nan")})


def test_document_has_everything_and_no_undefined_number(summary: dict[str, Any]) -> None:
    text = json.dumps(summary, allow_nan=False)
    assert json.loads(text) == summary
    assert set(summary["arms"]["control"]) == NAMES
    assert all(set(cell) == {"mean", "ci", "n_users"} for arm in summary["arms"].values() for cell in arm.values())
    assert {row["metric"] for row in summary["comparisons"]} == NAMES
    assert set(summary["slate_calibration"]["control"]) == {"predicted", "real", "residual", "ci"}
    assert summary["performance"] == {"user_turns": 10.0, "run_s": None}
    assert (summary["seed"], summary["scenario_hash"]) == ([7, 8], "5ce0")
    assert any("self-selected" in note for note in summary["notes"])


def test_the_better_arm_wins_and_all_minds_say_so(summary: dict[str, Any]) -> None:
    row = _row(summary, "want")
    assert row["difference"] > 0
    assert row["ci"][0] > 0
    assert row["p_value"] < 1e-6
    assert (row["verdict"], row["sign_agreement"], row["rank_tau"]) == ("robust", 1.0, 1.0)
    assert [mind["mind"] for mind in row["minds"]] == list(MINDS)
    assert row["own_family"]["with"] == row["minds"][0]["difference"]
    assert row["own_family"]["without"] == row["minds"][1]["difference"]
    assert (row["design"], row["grade"], row["n_users"]) == ("paired", "fitted here", 132)


def test_a_calibrated_mind_predicts_the_real_hit_rate(summary: dict[str, Any]) -> None:
    for cell in summary["slate_calibration"].values():
        assert cell["ci"][0] < 0 < cell["ci"][1]
        assert cell["residual"] == pytest.approx(cell["predicted"] - cell["real"], abs=1e-8)


def test_want_is_the_predicted_hit_rate(summary: dict[str, Any]) -> None:
    for arm, cell in summary["slate_calibration"].items():
        assert cell["predicted"] == summary["arms"][arm]["want"]["mean"]


def test_equal_arms_show_no_difference(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(arms={"control": 2, "treatment": 2}, minds=MINDS[:3]))
    for row in summarise(folder, performance={})["comparisons"]:
        assert (row["verdict"], row["difference"], row["p_value"]) == ("no_difference", 0.0, 1.0), row["metric"]


def test_a_mind_that_flatters_an_arm_is_not_judged(tmp_path: Path) -> None:
    bias = {(mind, "treatment"): 0.8 for mind in MINDS}
    made = Made(arms={"control": 1, "treatment": 1}, minds=MINDS, bias=bias)
    summary = summarise(make_run(tmp_path / "run", made), performance={})
    row = _row(summary, "click_rate")
    assert row["difference"] > 0
    assert row["verdict"] == "not_judged"
    assert "favours the treatment" in row["verdict_reason"]
    assert _row(summary, "novelty")["verdict"] == "no_difference"


def test_minds_that_disagree_are_said_to(tmp_path: Path) -> None:
    bias = {(mind, "treatment"): -3.0 for mind in MINDS[1:5]}
    summary = summarise(make_run(tmp_path / "run", Made(minds=MINDS, bias=bias)), performance={})
    row = _row(summary, "want")
    assert (row["verdict"], row["sign_agreement"], row["rank_tau"]) == ("depends_on_mind", 0.5, pytest.approx(-1 / 7))
    assert row["ci_total"][0] < 0 < row["ci"][0]


def test_one_mind_alone_is_no_evidence_of_its_own(tmp_path: Path) -> None:
    row = _row(summarise(make_run(tmp_path / "run", Made()), performance={}), "want")
    assert (row["verdict"], row["minds"], row["sign_agreement"], row["rank_tau"]) == ("not_judged", [], None, None)
    assert row["own_family"] == {"with": None, "without": None}
    assert row["ci_total"] == row["ci"]


def test_without_a_taste_the_want_is_null_and_nothing_that_rests_on_it_is_judged(tmp_path: Path) -> None:
    summary = summarise(make_run(tmp_path / "run", Made(taste=False, minds=MINDS)), performance={})
    assert summary["arms"]["control"]["want"] == {"mean": None, "ci": [None, None], "n_users": 0}
    assert summary["slate_calibration"] == {}
    assert "want" not in {row["metric"] for row in summary["comparisons"]}
    assert summary["primary"] == "click_rate"
    assert _row(summary, "click_rate")["verdict"] == "not_judged"


@pytest.mark.parametrize(
    ("extra", "primary"),
    [({}, "want"), ({"log_has_clicks": True}, "click_rate"), ({"primary": "satisfaction"}, "satisfaction")],
)
def test_primary_metric(tmp_path: Path, extra: dict[str, Any], primary: str) -> None:
    folder = make_run(tmp_path / "run", Made(people=8, extra=extra))
    assert summarise(folder, performance={})["primary"] == primary


def test_a_metric_is_graded_by_its_weakest_law(tmp_path: Path) -> None:
    laws = [{"law": "examination", "grade": "fitted"}, {"law": "click", "grade": "transferred"}]
    row = _row(summarise(make_run(tmp_path / "a", Made(people=8, extra={"laws": laws})), performance={}), "click_rate")
    assert row["grade"] == "transferred"
    laws.append({"law": "fatigue", "grade": "assumed"})
    row = _row(summarise(make_run(tmp_path / "b", Made(people=8, extra={"laws": laws})), performance={}), "click_rate")
    assert row["grade"] == "assumed"


def test_what_is_read_off_slates_rests_on_how_far_people_look_and_when_they_leave() -> None:
    laws = [{"law": "examination", "grade": "fitted"}, {"law": "leaving", "grade": "transferred"}]
    chosen = [*laws, {"law": "leaving", "grade": "assumed"}]
    for name in ("coverage", "novelty", "diversity"):
        assert grade_of(BY_NAME[name], laws) == "transferred"
        assert grade_of(BY_NAME[name], chosen) == "assumed"
    assert grade_of(BY_NAME["want"], chosen) == "fitted here"


def test_public_data_are_not_the_users_own() -> None:
    laws = [{"law": law, "grade": "fitted"} for law in ("examination", "leaving")]
    assert grade_of(BY_NAME["novelty"], laws) == "transferred"


def test_an_arm_without_events_has_no_numbers_and_no_comparison(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=8))
    for path in folder.joinpath("events").glob("treatment-*"):
        path.unlink()
    summary = summarise(folder, performance={})
    assert summary["comparisons"] == []
    assert summary["arms"]["treatment"]["coverage"] == {"mean": None, "ci": [None, None], "n_users": 0}


def _break(summary: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    broken = copy.deepcopy(summary)
    at = broken
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return broken


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("arms", "control", "click_rate", "mean"), 1.2, "outside"),
        (("arms", "control", "satisfaction", "ci"), [4.0, 5.0], "outside its interval"),
        (("comparisons", 0, "difference"), 0.1234, "outside its interval"),
        (("comparisons", 0, "ci"), [-1.0, 1.0], "contains 0"),
        (("slate_calibration", "control", "real"), 0.9, "not predicted - real"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(
    summary: dict[str, Any], path: tuple[Any, ...], value: Any, words: str
) -> None:
    broken = _break(summary, path, value)
    with pytest.raises(BrokenIdentityError, match=words):
        check_summary(broken)


def test_a_difference_that_is_not_the_difference_of_the_means_is_refused(summary: dict[str, Any]) -> None:
    low, high = summary["comparisons"][0]["ci"]
    broken = _break(summary, ("comparisons", 0, "difference"), low + 0.1 * (high - low)) | {"seed": 7}
    with pytest.raises(BrokenIdentityError, match="difference of the means"):
        check_summary(broken)


def test_more_clicks_than_impressions_are_refused() -> None:
    import numpy as np

    names = [name for pair in _PARTS for name in pair]
    sums = {name: np.full((1, 1), 2.0) for name in names}
    check_sums({("a", "m"): sums})
    with pytest.raises(BrokenIdentityError, match="more clicks than impressions"):
        check_sums({("a", "m"): sums | {"clicks": np.full((1, 1), 3.0)}})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: f.joinpath("manifest.json").unlink(), "not a run folder"),
        (lambda f: f.joinpath("manifest.json").write_text("{"), "cannot be read"),
        (lambda f: f.joinpath("manifest.json").write_text("[]"), "holds no object"),
        (lambda f: f.joinpath("manifest.json").write_text('{"arms": ["a"], "minds": ["m"]}'), "missing or wrong"),
        (lambda f: f.joinpath("people.parquet").unlink(), "people.parquet is missing"),
        (lambda f: [p.unlink() for p in f.joinpath("events").glob("*")], "no finished part"),
    ],
)
def test_a_folder_that_is_no_finished_run_is_refused_with_a_cure(tmp_path: Path, spoil: Any, words: str) -> None:
    folder = make_run(tmp_path / "run", Made(people=3))
    spoil(folder)
    with pytest.raises(UserInputError, match=words) as refused:
        RunData.open(folder)
    assert str(folder) in str(refused.value)
