"""Broken plug-ins as arms of a run: each is named, its arm ends, and the others are lived as if it were not there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import broken_recommenders
import pandas as pd
import pytest
from broken_recommenders import AtSomeTurn
from llm_runs import only_what_is_tested
from small_runs import rows_of, same_rows

from scenarios.loader import check as checked_scenario
from simulator.cli.main import main
from simulator.listener import Silent, Standing
from simulator.records import UserInputError
from simulator.studies import ab

BROKEN = Path(broken_recommenders.__file__)
GOOD: dict[str, Any] = {"good": f"{BROKEN}:Works", "popular": "popular"}

# What breaks at the third turn, and words of what is told of it.
DURING: dict[str, str] = {
    "RaisesInRecommend": "recommend raised ZeroDivisionError",
    "HangsInRecommend": "recommend is too slow: no answer within 3 s",
    "ReturnsNone": "recommend returned None instead of a list of Slate",
    "ReturnsGarbage": "recommend returned a str instead of a list of Slate",
    "ReturnsTooFewSlates": "slates for",
    "ReturnsNumbers": "a float stands where a Slate belongs",
    "UnknownItem": "item 'no such item' is not in the catalogue",
    "RepeatsAnItem": "occurs more than once",
    "RecommendsTheExcluded": "was chosen before or already shown",
    "NanScores": "has nan among its scores",
    "TooMany": "5 items for k = 4",
    "TooFew": "3 items for k = 4",
    "ImpossiblePropensities": "has the propensity 1.5",
    "LeavesTheInterpreter": "recommend raised SystemExit: 3",
    "FailsOnce": "recommend raised ConnectionError: lost once",
}
NAMES_A_PERSON = {
    "ReturnsNumbers",
    "UnknownItem",
    "RepeatsAnItem",
    "RecommendsTheExcluded",
    "NanScores",
    "TooMany",
    "TooFew",
    "ImpossiblePropensities",
}

# What breaks before the first turn.
BEFORE: dict[str, tuple[dict[str, Any], str]] = {
    "RaisesInInit": ({}, "could not be made with {}: ValueError: no settings"),
    "RaisesInFit": ({}, "fit raised ValueError: no luck"),
    "HangsInFit": ({"fit_timeout_s": 0.3}, "fit is too slow: no answer within 0.3 s"),
    "HangsInRecommend": ({"timeout_s": 0.3}, "recommend is too slow"),
    "ChangesTheLog": ({}, "fit raised ValueError: assignment destination is read-only"),
    "OpensTheExcluded": ({}, "recommend raised ValueError: assignment destination is read-only"),
    "NeedsAHistory": ({}, "recommend raised IndexError"),
    **{name: ({}, words) for name, words in DURING.items() if name in NAMES_A_PERSON | {"ReturnsNone"}},
}


def scenario(arms: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "broken",
        "population": {"size": 30},
        "world": {"turns": 5, "slate_size": 4},
        "arms": arms,
        "evaluation": {"minds": "single"},
    }


def run(arms: dict[str, Any], folder: Path, **options: Any) -> ab.Outcome:
    return ab.run(
        checked_scenario(scenario(arms), file="test", base_dir=BROKEN.parent), folder, command=["test"], **options
    )


@dataclass(frozen=True)
class Lived:
    alone: pd.DataFrame
    """The journal of the good arms by themselves."""
    beside: pd.DataFrame
    """The journal of the run that all the broken arms were in."""
    outcome: ab.Outcome
    last: Standing
    """What was told last of the run that all were in."""


class Hearing(Silent):
    last = Standing()

    def standing(self, standing: Standing) -> None:
        self.last = standing


@pytest.fixture(scope="module", autouse=True)
def learnt_once_for_all(learnt_once: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        only_what_is_tested(learnt_once, patch)
        yield


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    place = tmp_path_factory.mktemp("broken")
    alone = run(GOOD, place / "alone")
    assert alone.status == ab.DONE, alone.message
    broken: dict[str, Any] = {
        name: {"recommender": f"{BROKEN}:{name}", "timeout_s": 3 if "Hangs" in name else 60} for name in DURING
    }
    for name, arm in broken.items():
        arm["params"] = {"after": 2} if issubclass(getattr(broken_recommenders, name), AtSomeTurn) else {}
    broken["RaisesInObserve"] = {"recommender": f"{BROKEN}:RaisesInObserve"}
    hearing = Hearing()
    outcome = run({**GOOD, **broken}, place / "beside", listener=hearing)
    return Lived(rows_of(place / "alone"), rows_of(place / "beside"), outcome, hearing.last)


@pytest.mark.parametrize("name", [*DURING, "RaisesInObserve"])
def test_each_is_named_with_its_turn_and_what_it_did(name: str, lived: Lived) -> None:
    assert lived.outcome.status == ab.FAILED
    assert lived.outcome.message is not None
    (told,) = [line for line in _faults(lived.outcome.message) if f"arm {name}" in line]
    assert f"recommender '{BROKEN}:{name}'" in told
    words, turn = (DURING[name], 2) if name in DURING else ("observe raised ValueError: the table is full", 0)
    assert words in told and f"turn {turn}" in told and "The contract: " in told
    assert ("user '" in told) is (name in NAMES_A_PERSON)


def test_the_arms_that_work_are_lived_as_if_the_others_were_not_there(lived: Lived) -> None:
    good = lived.beside[lived.beside["arm"].isin(GOOD)].reset_index(drop=True)
    assert len(good) == len(lived.alone) > 0
    assert same_rows(good, lived.alone)


def test_who_listens_hears_which_arms_failed_and_how_far_they_came(lived: Lived) -> None:
    told = {arm.arm: (arm.failed, arm.done, arm.ahead) for arm in lived.last.arms}
    assert told == {
        **dict.fromkeys(GOOD, (False, 5, 0)),
        **dict.fromkeys(DURING, (True, 2, 0)),
        "RaisesInObserve": (True, 1, 0),
    }
    assert {effect.treatment for effect in lived.last.effects if effect.linked} == {"RaisesInObserve"}


def _faults(message: str) -> list[str]:
    return message.replace("; arm ", "\narm ").splitlines()


@pytest.mark.parametrize("name", BEFORE)
def test_what_breaks_before_the_first_turn_refuses_the_run(name: str, tmp_path: Path) -> None:
    settings, words = BEFORE[name]
    with pytest.raises(UserInputError) as caught:
        run({**GOOD, "mine": {"recommender": f"{BROKEN}:{name}", **settings}}, tmp_path / "run")
    message = str(caught.value)
    assert words in message and "arms.mine" in message and f"{BROKEN}:{name}" in message
    assert "Traceback" not in message
    assert not (tmp_path / "run").exists()


def test_the_command_ends_with_status_1_during_the_run_and_2_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for after, status in ((2, 1), (0, 2)):
        arm = {"recommender": f"{BROKEN}:UnknownItem", "params": {"after": after}}
        file = tmp_path / f"after{after}.yaml"
        file.write_text(json.dumps(scenario({**GOOD, "mine": arm})), encoding="utf-8")
        assert main(["run", str(file), "--out", str(tmp_path / f"out{after}"), "--display", "plain"]) == status
        said = capsys.readouterr().err
        assert "no such item" in said and "UnknownItem" in said and "Traceback" not in said


def test_one_that_ends_its_own_process_ends_alone_and_one_that_is_asked_again_completes(
    tmp_path: Path, lived: Lived
) -> None:
    ends = {"recommender": f"{BROKEN}:EndsTheProcess", "params": {"after": 2}, "python": sys.executable}
    again = {"recommender": f"{BROKEN}:FailsOnce", "retries": 1}
    outcome = run({**GOOD, "ends": ends, "again": again}, tmp_path / "run")
    assert outcome.status == ab.FAILED and outcome.message is not None
    assert "arm ends" in outcome.message and "turn 2" in outcome.message and "arm again" not in outcome.message
    rows = rows_of(tmp_path / "run")
    assert same_rows(rows[rows["arm"].isin(GOOD)].reset_index(drop=True), lived.alone)
    mended, good = (rows[rows["arm"] == arm].drop(columns="arm").reset_index(drop=True) for arm in ("again", "good"))
    assert same_rows(mended, good)
