"""Trials that fail, studies in which all do, and what a finished study answers."""

from pathlib import Path

import pytest
from tuning import asked, scenario

from simulator.records import UserInputError
from simulator.studies.tune.study import resume, tune
from simulator.studies.tune.trials import Record


def test_trials_that_fail_are_told_and_the_study_goes_on_and_more_may_be_asked_for(tmp_path: Path) -> None:
    of = scenario(tmp_path, "Fragile", world={"turns": 3, "slate_size": 5})
    outcome = tune(of, asked(of, trials=5, people=60), tmp_path / "out")
    assert outcome.status == 0 and outcome.answer is not None
    trials = Record.open(outcome.folder).trials
    failed = [one for one in trials if one.state == "failed"]
    assert trials[0] in failed and len(failed) < 5
    assert all(one.params["x"] < 0.5 and "x is too small" in (one.failure or "") for one in failed)
    assert outcome.answer["default"] is None and outcome.answer["tried_again"]["optimism"] is None
    assert any("trials failed" in note for note in outcome.answer["notes"])
    again = resume(outcome.folder)
    assert again.status == 0 and again.message is not None and "finished" in again.message
    assert again.answer == outcome.answer
    more = resume(outcome.folder, trials=7)
    assert more.answer is not None and more.answer["trials"]["done"] == 7
    assert Record.open(outcome.folder).trials[:5] == trials
    with pytest.raises(UserInputError, match=r"--trials 3: this study has 7"):
        resume(outcome.folder, trials=3)


def test_a_study_in_which_every_trial_fails_ends_with_status_1_and_says_why(tmp_path: Path) -> None:
    of = scenario(tmp_path, "Broken")
    outcome = tune(of, asked(of, trials=3, people=60), tmp_path / "out")
    assert outcome.status == 1 and outcome.answer is None
    assert outcome.message is not None and "all 3 trials failed" in outcome.message and "never" in outcome.message
