"""Runs against each other, and a look into a journal that may not be finished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic_run import MINDS, Made, make_run

from simulator.evaluation import compare, overview, summarise
from simulator.evaluation.curves import read_curves
from simulator.evaluation.run_data import RunData
from simulator.records import UserInputError


def _row(found: dict[str, Any], treatment: str, metric: str = "want") -> dict[str, Any]:
    return next(r for r in found["comparisons"] if r["metric"] == metric and r["treatment"] == treatment)


def test_the_same_people_in_two_runs_are_paired(tmp_path: Path) -> None:
    arms = {"control": 1, "treatment": 3}
    both = make_run(tmp_path / "both", Made(run="both", arms=arms, minds=MINDS[:3]))
    first = make_run(tmp_path / "first", Made(run="a [1]", arms={"control": 1}, minds=MINDS[:3]))
    second = make_run(tmp_path / "it's", Made(run="b", arms={"treatment": 3}, minds=MINDS[:3]))
    within = _row(summarise(both, performance={}), "treatment")
    across = _row(compare([first, second]), "b/treatment")
    same = ("difference", "ci", "p_value", "n_users", "design", "minds", "sign_agreement", "verdict")
    assert {name: across[name] for name in same} == {name: within[name] for name in same}
    assert across["control"] == "a [1]/control"


def test_another_seed_is_unpaired(tmp_path: Path) -> None:
    first = make_run(tmp_path / "a", Made(run="a", arms={"control": 1}))
    second = make_run(tmp_path / "b", Made(run="b", arms={"treatment": 3}, seeds=(8,)))
    row = _row(compare([first, second]), "b/treatment")
    assert (row["design"], row["n_users"]) == ("unpaired", 240)
    assert row["ci"][0] > 0


def test_the_same_ids_in_another_log_are_other_people(tmp_path: Path) -> None:
    first = make_run(tmp_path / "a", Made(run="x", arms={"control": 1}))
    second = make_run(tmp_path / "b", Made(run="x", arms={"treatment": 3}, world=1))
    found = compare([first, second])
    assert [run["label"] for run in found["runs"]] == ["x#1", "x#2"]
    assert _row(found, "x#2/treatment")["design"] == "unpaired"
    assert any("other people" in note for note in found["notes"])
    json.dumps(found, allow_nan=False)


def test_one_run_is_compared_within_itself(two_arms: Path) -> None:
    assert compare([two_arms])["comparisons"] == summarise(two_arms, performance={})["comparisons"]


def test_the_same_run_twice_is_refused(two_arms: Path) -> None:
    with pytest.raises(UserInputError, match="twice"):
        compare([two_arms, two_arms / ".." / two_arms.name])
    with pytest.raises(UserInputError, match="no run"):
        compare([])


def test_overview_counts_what_is_there(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=10, turns=6, slate=5, minds=MINDS[:2], ensemble=4))
    found = overview(folder)
    assert (found["rows"], found["user_turns"], found["people"]) == (2 * 14 * 30, 2 * 14 * 6, 10)
    assert (found["turns"], found["sessions"], found["finished"]) == (6, 2 * 14 * 2, False)
    cell = next(c for c in found["cells"] if c["arm"] == "control" and c["mind"] == "statistical")
    assert (cell["people"], cell["impressions"], cell["pages_per_session"], cell["ended"]) == (10, 300, 3.0, 10)
    assert cell["click_rate"] == pytest.approx(cell["clicks"] / 300)
    json.dumps(found, allow_nan=False)


def test_overview_of_a_run_that_has_just_begun(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"run": "r"}')
    assert overview(folder)["rows"] == 0
    with pytest.raises(UserInputError, match="not a run folder"):
        overview(tmp_path)


def test_curves_show_the_law_that_made_the_clicks(tmp_path: Path) -> None:
    curves = read_curves(RunData.open(make_run(tmp_path / "run", Made(people=300, minds=MINDS[:2]))))
    examined = curves.examined["control"]
    assert examined.x.tolist() == [1, 2, 3, 4, 5]
    assert examined.y == pytest.approx(0.9 / (1 + 0.3 * (examined.x - 1)), abs=0.05)
    assert curves.fatigue["treatment"].y == pytest.approx([0.0, 0.1, 0.2], abs=1e-6)
