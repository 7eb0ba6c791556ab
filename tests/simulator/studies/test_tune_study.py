"""A study finds what was planted, stops what is hopeless, and is honest about its winner."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tuning import asked, scenario

from scenarios.loader import load_scenario
from simulator.experiment.folder import RunFolder
from simulator.listener import Silent
from simulator.studies.tune.ground import break_ground
from simulator.studies.tune.lab import Lab
from simulator.studies.tune.study import Outcome, tune
from simulator.studies.tune.trials import Record


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("study")
    of = scenario(folder)
    outcome = tune(of, asked(of, "x=0:1", "extra=1,2"), folder / "out")
    assert outcome.status == 0
    return outcome


def test_the_planted_optimum_is_found_and_robustly_better_on_fresh_people(study: Outcome) -> None:
    assert study.answer is not None
    assert abs(study.answer["best"]["params"]["x"] - 0.7) < 0.15
    assert study.answer["default"]["params"] == {"x": 0.1, "extra": 1}
    row = next(row for row in study.answer["comparisons"] if row["against"] == "default")
    assert row["difference"] > 0 and row["ci"][0] > 0
    assert study.answer["importance"]["x"] > study.answer["importance"]["extra"]


def test_hopeless_trials_are_stopped_early_and_cost_less(study: Outcome) -> None:
    trials = Record.open(study.folder).trials
    stopped = [one for one in trials if one.state == "stopped"]
    complete = [one for one in trials if one.state == "complete"]
    assert stopped and len(complete) > 1
    for one in stopped:
        assert one.people < 120 and one.looks[-1].ci is not None and one.looks[-1].ci[1] < 0
        assert abs(one.params["x"] - 0.7) > 0.05
        assert one.user_turns < 0.8 * min(other.user_turns for other in complete)
        values = Record.open(study.folder).values(one.number)
        assert np.isnan(values[one.people :]).all()
    assert all(one.people == 120 for one in complete)


def test_a_trial_depends_neither_on_those_before_it_nor_on_what_was_kept_of_them(
    study: Outcome, tmp_path: Path
) -> None:
    of = scenario(tmp_path)
    question = asked(of, "x=0:1", "extra=1,2")
    record = Record.open(study.folder)
    last = [one for one in record.trials if one.state == "complete"][-1]
    ground = break_ground(of, question, RunFolder(tmp_path / "tuning"), Silent(), None)
    with closing(Lab(ground, question, Silent())) as lab:
        alone, values = lab.live(last.number, last.params, Record(tmp_path))
    assert values is not None and np.array_equal(values, record.values(last.number), equal_nan=True)
    assert (alone.score, alone.ndcg, alone.user_turns) == (last.score, last.ndcg, last.user_turns)
    assert alone.score == pytest.approx(np.nanmean(values), rel=1e-12)


def test_whoever_judges_tuned_nothing_and_meets_other_luck_and_other_minds(study: Outcome) -> None:
    assert study.answer is not None
    fresh = set(pq.read_table(study.folder / "judged" / "people.parquet")["source_id"].to_pylist())
    assert len(fresh) == 100 == study.answer["people"]["fresh"]
    tuned_on = set(json.loads((study.folder / "people.json").read_text()))
    assert len(tuned_on) == 120 and not fresh & tuned_on
    manifest = json.loads((study.folder / "judged" / "manifest.json").read_text())
    assert 7 not in manifest["seeds"]
    assert study.answer["minds"]["tuning"] == "without_linear"
    assert "without_linear" not in manifest["minds"] and "statistical" in manifest["minds"]


def test_optimism_is_the_gain_as_tuned_less_the_gain_of_fresh_people_before_the_same_mind(study: Outcome) -> None:
    assert study.answer is not None
    again = study.answer["tried_again"]
    assert again["optimism"]["value"] == pytest.approx(
        again["gain"]["tuned"]["value"] - again["gain"]["fresh"]["value"]
    )
    record = Record.open(study.folder)
    best = study.answer["best"]["number"]
    gain = np.nanmean(record.values(best) - record.values(0))
    assert again["gain"]["tuned"]["value"] == pytest.approx(gain, rel=1e-6)
    assert again["gain"]["fresh"]["value"] != again["gain"]["judged"]["value"]


def test_best_yaml_is_a_scenario_with_the_winner_against_the_default(study: Outcome) -> None:
    assert study.answer is not None
    best = load_scenario(str(study.folder / "best.yaml"))
    assert list(best.arms) == ["default", "tuned"] and best.control == "default"
    assert best.arms["tuned"].params == study.answer["best"]["params"]
    assert Path(best.arms["tuned"].recommender.rpartition(":")[0]).is_absolute()
    assert f"x: {study.answer['best']['params']['x']!r}" in study.answer["yaml"]
