"""What a run assumes is told of the minds and memories that act in it, and of no others."""

from pathlib import Path
from typing import Any

import pytest

from scenarios.loader import check
from simulator.behaviour.constants import LawRecord
from simulator.behaviour.laws import Laws
from simulator.experiment.assumptions import assumptions
from simulator.studies.planning import plan_of

BEHAVIOUR = {record.law for record in Laws().grades()}


def found(mind: Any, **sections: Any) -> dict[tuple[str, str], LawRecord]:
    scenario = {"mind": mind, "arms": {"plain": "popular"}, "llm": {"model": "scripted"}} | sections
    if mind == "statistical":
        del scenario["llm"]
    plan = plan_of(check(scenario, file="test", base_dir=Path()))
    records = assumptions(plan, Laws())
    told = {(one.law, one.constant): one for one in records if one.law not in BEHAVIOUR}
    assert len(records) == len(told) + len(Laws().grades())
    assert all(one.source and one.unit for one in told.values())
    return told


def test_a_statistical_run_assumes_nothing_of_language_and_memory() -> None:
    assert not found("statistical")


@pytest.mark.parametrize(
    ("mind", "has", "lacks"),
    [
        ("llm", {"middle", "mean"}, {"bound", "noise", "pages_seen"}),
        ({"kind": "llm", "calibration": "platt"}, {"pages_seen", "reliability"}, {"middle", "mean"}),
        ("hybrid", {"bound"}, {"middle", "mean"}),
        ("archetype", {"middle", "mean", "noise"}, {"bound"}),
    ],
)
def test_each_mind_tells_what_its_numbers_rest_on(mind: Any, has: set[str], lacks: set[str]) -> None:
    told = {constant for law, constant in found(mind) if law.startswith("stated")}
    assert has <= told and not lacks & told


def test_literal_people_rate_as_they_say() -> None:
    assert not any(law == "stated rating" for law, _ in found("llm", behaviour="literal"))


def test_a_constant_of_memory_that_was_set_is_assumed() -> None:
    usual = found("llm", memory="episodic")
    assert usual["recall", "decay"].grade == "transferred" and usual["recall", "relevance"].value == 1.0
    told = found("llm", memory={"kind": "episodic", "weights": {"relevance": 3.0}})["recall", "relevance"]
    assert (told.value, told.grade, told.source) == (3.0, "assumed", "set; the default is 1")


def test_what_is_switched_off_is_not_listed() -> None:
    laws = {law for law, _ in found("llm", memory={"kind": "episodic", "reflection": False, "graph": False})}
    assert {"memory", "recall", "forgetting"} <= laws and not {"beliefs", "reflection", "evidence"} & laws
