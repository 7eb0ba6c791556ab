"""The recommenders that come with the house keep the contract that they ask of others."""

from __future__ import annotations

import pytest

from recommenders.builtin import BUILTINS, builtin
from recommenders.conformance import check
from recommenders.conformance.checks import CHECKS

QUICK = tuple(each.name for each in CHECKS if each.name not in ("speed", "memory"))
NEEDS = {"llm-rerank": "a language model"}


@pytest.mark.parametrize("name", BUILTINS)
def test_every_built_in_keeps_the_contract(name: str) -> None:
    if name == "sasrec":
        pytest.importorskip("torch", reason="sasrec needs PyTorch, the extra `torch`")
    if name in NEEDS:
        pytest.skip(f"{name} needs {NEEDS[name]}")
    report = check(builtin(name), checks=QUICK)
    missing = [finding.message for finding in report.findings if 'pip install "understudy[' in finding.message]
    if missing:
        pytest.skip(missing[0])
    assert report.passed, report.findings
    # A re-ranker orders by more than the scores that it passes on.
    assert {f.rule for f in report.findings if f.severity == "warning"} <= {"sorted-scores"}, report.findings
    assert report.status("company") == report.status("repeats") == report.status("eligible-items") == "passed"
    assert report.status("saves") == "passed"


def test_one_that_learns_is_found_to_learn() -> None:
    report = check(builtin("popular"), params={"learn": True}, checks=QUICK)
    assert report.passed and report.status("learns") == report.status("observes") == "passed", report.findings
