"""The kit and recommenders in other processes: behind a URL, and in another interpreter."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import broken_recommenders
from raw_service import RawService, ok, said

from recommenders.conformance import check

BROKEN = Path(broken_recommenders.__file__)
PAGES = ("fit", "pages", "page sizes", "newcomers", "candidates", "a life", "company", "repeats", "inputs")


class Shop:
    """A service that ranks by the order of its catalogue. `turn`: from there on it answers as `broken` says."""

    def __init__(self, turn: int = 99, broken: bytes = b"") -> None:
        self.turn, self.broken = turn, broken
        self.ids: list[str] = []

    def fit(self, lines: list[Any]) -> bytes:
        self.ids = [item["item_id"] for line in lines for item in line.get("items", [])]
        return ok({})

    def recommend(self, body: Any) -> bytes:
        if any(request["turn"] >= self.turn for request in body["requests"]):
            return self.broken
        return ok({"slates": [{"item_ids": self.page(request)[: body["k"]]} for request in body["requests"]]})

    def page(self, request: Any) -> list[str]:
        allowed = request["candidates"] if request["candidates"] is not None else self.ids
        return [item for item in self.ids if item in allowed and item not in request["exclude"]]


def served(shop: Shop) -> RawService:
    return RawService(fit=shop.fit, recommend=shop.recommend)


def test_a_service_that_keeps_the_contract_passes() -> None:
    with served(Shop()) as service:
        report = check(service.url, checks=PAGES)
    assert report.passed and report.findings == (), report.findings
    assert report.status("candidates") == report.status("company") == report.status("newcomers") == "passed"


def test_a_service_that_fails_half_way_is_told_with_its_status_and_turn() -> None:
    with served(Shop(4, said(500, '{"error": "the index is gone"}'))) as service:
        report = check(service.url, checks=("fit", "pages", "a life"))
    (found,) = report.findings
    assert (found.rule, found.severity) == ("answers", "error")
    assert "turn 4" in found.message and "500" in found.message and "the index is gone" in found.message


def test_one_in_another_interpreter_that_ends_itself_is_told_and_the_rest_is_checked() -> None:
    report = check(
        f"{BROKEN}:EndsTheProcess",
        params={"after": 4},
        python=sys.executable,
        checks=("fit", "pages", "a life", "company"),
    )
    (found,) = report.findings
    assert (found.rule, found.severity) == ("stays-alive", "error")
    assert "turn 4" in found.message and "status 7" in found.message
    assert report.status("company") == "passed"


def test_one_in_another_interpreter_is_checked_as_it_is_here() -> None:
    checks = ("fit", "pages", "a life", "repeats", "company", "learning", "storing")
    for name, rules in (("Works", []), ("LosesItsState", ["saves"]), ("CountsItsCalls", ["asking-changes-nothing"])):
        report = check(f"{BROKEN}:{name}", python=sys.executable, checks=checks)
        assert [finding.rule for finding in report.findings] == rules, report.findings
