"""The conformance kit: whether a recommender keeps the contract, line by line, before it meets anybody.

`check` returns a `Report`; `understudy recommenders check` prints one; `ConformanceTests` and `contract_tests` make a
pytest test of each rule. Everything is imported when it is first asked for: pytest imports this package at its start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommenders.conformance.checking import check
    from recommenders.conformance.report import Finding, Report
    from recommenders.conformance.rules import RULES, Rule
    from recommenders.conformance.testing import ConformanceTests, contract_tests

_HOMES = {
    "check": "checking",
    "Finding": "report",
    "Report": "report",
    "Rule": "rules",
    "RULES": "rules",
    "ConformanceTests": "testing",
    "contract_tests": "testing",
}

__all__ = ["RULES", "ConformanceTests", "Finding", "Report", "Rule", "check", "contract_tests"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
