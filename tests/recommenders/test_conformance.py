"""The kit names what is wrong with each of the broken recommenders, and finds no error in those that work."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import broken_recommenders
import numpy as np
import pytest

from recommenders.conformance import RULES, check, worker
from recommenders.conformance.checks import CHECKS
from recommenders.conformance.rules import rules_table
from recommenders.exploration import explore
from simulator.records import UserInputError

BROKEN = Path(broken_recommenders.__file__)

# What the kit says of each: the rule, how bad it is, and words of the message.
FOUND: dict[str, tuple[str, str, str]] = {
    "RaisesInInit": ("loads", "error", "no settings"),
    "RaisesInFit": ("fits", "error", "it raised ValueError: no luck"),
    "RaisesInRecommend": ("answers", "error", "it raised ZeroDivisionError: division by zero"),
    "RaisesInObserve": ("observes", "error", "the table is full"),
    "HangsInFit": ("answers-in-time", "error", "fit on "),
    "HangsInRecommend": ("answers-in-time", "error", "no answer within 0.3 s"),
    "Leaks": ("memory", "error", "memory grew by 2.0 MiB with each of"),
    "ReturnsNone": ("one-slate-each", "error", "recommend returned None"),
    "ReturnsGarbage": ("one-slate-each", "error", "recommend returned a str"),
    "ReturnsTooFewSlates": ("one-slate-each", "error", "11 slates for 12 requests"),
    "ReturnsNumbers": ("one-slate-each", "error", "a float stands where a Slate belongs"),
    "UnknownItem": ("known-items", "error", "'no such item' is not in the catalogue"),
    "RepeatsAnItem": ("no-repeats", "error", "occurs more than once"),
    "RecommendsTheExcluded": ("eligible-items", "error", "was chosen before"),
    "NanScores": ("finite-scores", "error", "nan among its scores"),
    "TooMany": ("at-most-k", "error", "6 items for k = 5"),
    "TooFew": ("enough-items", "error", "4 items for k = 5"),
    "ImpossiblePropensities": ("valid-propensities", "error", "the propensity 1.5"),
    "UsesGlobalRandomness": ("keyed-chance", "error", "recommend, k = 5, twice"),
    "FitsByGlobalRandomness": ("keyed-chance", "error", "two instances, fitted with"),
    "DependsOnCompany": ("company", "error", "24 people in one batch, and for the same people in two batches"),
    "DependsOnOrder": ("company", "error", "the same people in another order"),
    "CountsItsCalls": ("asking-changes-nothing", "error", "twice for the same requests"),
    "MutatesRequests": ("inputs-untouched", "error", "reordered or replaced the requests"),
    "OpensTheExcluded": ("inputs-untouched", "error", "view.blocked"),
    "ChangesTheLog": ("inputs-untouched", "error", "changed log.item"),
    "ClaimsATenth": ("honest-propensities", "error", "3,000 (100.0%) began with"),
    "ClaimsCertainty": ("honest-propensities", "error", "their propensities say 100.0%"),
    "WrongLogProb": ("log-prob", "error", "log_prob of a slate is 0"),
    "DiesAfterTurnThree": ("answers", "error", "turn 4"),
    "LeavesTheInterpreter": ("stays-alive", "error", "tried to end the process (SystemExit: 3"),
    "LosesItsState": ("saves", "error", "before save and after load"),
    "Pickles": ("stores-plain", "warning", "state.bin"),
    "LearnsInSilence": ("learns", "error", "learns is false, and after 20 turns"),
    "LearnsNothing": ("learns", "warning", "changed no page"),
    "ChangesFeedback": ("inputs-untouched", "error", "observe changed feedback.clicked"),
    "FallsOverEmptyFeedback": ("observes", "error", "nobody was shown anything"),
    "NeedsAHistory": ("newcomers", "error", "empty history"),
    "KnowsOnlyTheLog": ("strange-history", "error", "an item without a vector"),
    "NeedsFullPages": ("any-page-size", "error", "IndexError"),
    "IgnoresCandidates": ("candidates", "error", "which is not among them"),
    "ScoresRise": ("sorted-scores", "warning", "place 2 has the score 1"),
    "Prints": ("quiet", "warning", "[bold]working on it[/bold]"),
    "NeedsALargeLog": ("fits-small-logs", "warning", "10 choices at least"),
}

# Rules that are broken along with those.
ALSO: dict[str, set[str]] = {
    "DependsOnOrder": {"enough-items"},
    "OpensTheExcluded": {"company"},
    "NeedsFullPages": {"candidates"},
}
ALL = tuple(each.name for each in CHECKS)
QUICK = tuple(name for name in ALL if name not in ("speed", "memory"))


@pytest.mark.parametrize("name", [name for name in FOUND if name != "RaisesInInit"])
def test_what_is_broken_is_named_with_its_rule(name: str) -> None:
    rule, severity, words = FOUND[name]
    timeout_s = 0.3 if name.startswith("Hangs") else 20.0
    wanted = ALL if name == "Leaks" else QUICK
    report = check(getattr(broken_recommenders, name), timeout_s=timeout_s, checks=wanted)
    about = [finding.message for finding in report.about(rule) if finding.severity == severity]
    assert about, report.findings
    assert any(words in message for message in about), about
    assert all("The contract: " in message and "Cure: " in message for message in about)
    errors = {finding.rule for finding in report.findings if finding.severity == "error"}
    assert errors - ALSO.get(name, set()) == ({rule} if severity == "error" else set()), report.findings
    assert report.passed is not bool(errors)


def test_one_that_works_has_nothing_but_its_speed_told() -> None:
    report = check(broken_recommenders.Works())
    assert report.passed and [f.rule for f in report.findings] == ["speed"]
    unchecked = {rule for rule in RULES if report.status(rule) == "not checked"}
    assert unchecked == {"honest-propensities", "log-prob", "saves", "stores-plain", "loads-quickly"}
    assert report.unchecked["saves"] == "save is not written"


@pytest.mark.parametrize("kind", ["epsilon_greedy", "plackett_luce"])
def test_exact_propensities_are_found_honest(kind: str) -> None:
    from recommenders.builtin.item_knn import ItemKNN

    report = check(explore(ItemKNN(), kind), name="explored", checks=["fit", "pages", "chance", "log_prob"])
    assert report.status("honest-propensities") == report.status("log-prob") == "passed", report.findings


def test_the_generators_that_all_share_are_left_as_they_were() -> None:
    random.seed(5)
    np.random.seed(5)
    expected = random.random(), np.random.random()
    random.seed(5)
    np.random.seed(5)
    check(broken_recommenders.UsesGlobalRandomness, checks=["fit", "pages", "repeats"])
    assert (random.random(), np.random.random()) == expected


def test_one_that_ends_its_process_is_told_and_the_rest_is_checked() -> None:
    report = check(f"{BROKEN}:EndsTheProcess", params={"after": 4}, checks=["fit", "pages", "a life", "company"])
    (found,) = report.about("stays-alive")
    assert "turn 4" in found.message and "ended itself with the status 7" in found.message
    assert report.status("company") == "passed"


def test_one_that_hangs_in_the_middle_is_ended_and_the_rest_is_checked() -> None:
    report = check(
        f"{BROKEN}:HangsInRecommend", params={"after": 4}, timeout_s=3, checks=["fit", "pages", "a life", "company"]
    )
    (found,) = report.about("answers-in-time")
    assert "turn 4" in found.message and "no answer within 3 s" in found.message
    assert report.status("company") == "passed"


def test_what_the_hash_of_text_decides_is_found_between_processes() -> None:
    report = check(f"{BROKEN}:OrderOfASet", checks=["fit", "pages", "repeats", "elsewhere"])
    assert [f.rule for f in report.findings] == ["repeats"]
    assert "two processes" in report.findings[0].message


def test_one_that_raises_when_it_is_made_is_a_finding_and_wrong_params_are_wrong_input() -> None:
    rule, _, words = FOUND["RaisesInInit"]
    report = check(f"{BROKEN}:RaisesInInit", checks=["fit", "pages"])
    assert [f.rule for f in report.findings] == [rule] and words in report.findings[0].message
    with pytest.raises(UserInputError, match="params do not fit"):
        check(f"{BROKEN}:RaisesInRecommend", params={"depth": 3})
    with pytest.raises(UserInputError, match="no such file"):
        check("nowhere/at_all.py:Mine")


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    (tmp_path / "starts.py").write_text(
        "import os, subprocess\n"
        f"from broken_recommenders import Works\n"
        "class Starts(Works):\n"
        "    def fit(self, catalog, log):\n"
        "        super().fit(catalog, log)\n"
        f"        child = subprocess.Popen(['sleep', '300'])\n"
        f"        open({str(note)!r}, 'w').write(str(child.pid))\n"
    )
    (tmp_path / "broken_recommenders.py").write_text(BROKEN.read_text())
    before = _children()
    check("starts.py:Starts", folder=tmp_path, checks=["fit"])
    state = Path(f"/proc/{note.read_text()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
    assert _children() <= before


def _children() -> set[str]:
    """Ids of this process's children, the ended ones that nobody has waited for too."""
    return {pid for task in Path("/proc/self/task").glob("*/children") for pid in task.read_text().split()}


def test_the_document_shows_the_rules_as_they_are() -> None:
    document = Path(__file__).parents[2] / "docs" / "conformance.md"
    assert rules_table() in document.read_text(encoding="utf-8")
    worst = {rule: severity for rule, severity, _ in FOUND.values() if (rule, severity) != ("learns", "warning")}
    assert worst == {rule: RULES[rule].worst for rule in worst}
    assert set(RULES) - set(worst) == {"repeats", "loads-quickly", "speed"}


def test_a_slow_page_is_warned_of_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommenders.conformance.checks.cost._SLOW_S", 0.0)
    report = check(broken_recommenders.Works, checks=["fit", "pages", "speed"])
    (warned,) = [finding for finding in report.about("speed") if finding.severity == "warning"]
    assert report.passed and "for one person took 0.0 s" in warned.message


def test_a_slow_import_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_SLOW_IMPORT_S", 0.0)
    events: list[dict[str, Any]] = []
    order = {"spec": f"{BROKEN}:Works", "params": {}, "python": None, "folder": None, "timeout_s": 20.0}
    order |= {"checks": ["fit"], "first": True, "label": "", "data": None}
    worker._check(order, events.append, lambda: "")
    assert sum("slow import" in event for event in events) == 1
    events.clear()
    worker._check(order | {"first": False}, events.append, lambda: "")
    assert not any("slow import" in event for event in events)


def test_an_instance_that_cannot_be_copied_is_refused_with_the_cure() -> None:
    one = broken_recommenders.Works()
    one.lock = threading.Lock()
    with pytest.raises(UserInputError, match=r"cannot be: TypeError.*check\(Works, params="):
        check(one)
    with pytest.raises(UserInputError, match="give the class"):
        check(broken_recommenders.Works(), params={"depth": 3})
