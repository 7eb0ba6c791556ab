"""The kit and recommenders in other processes: behind a URL, and in another interpreter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
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


HANGING = """
import os, time
from pathlib import Path
from recommenders import Recommender, Slate

class Hanging(Recommender):
    def fit(self, catalog, log):
        Path(__file__).with_name("pid").write_text(str(os.getpid()))
        time.sleep(600)

    def recommend(self, requests, k):
        return []

class Leaving(Hanging):
    def fit(self, catalog, log):
        pass

    def recommend(self, requests, k):
        child = os.fork()
        if not child:
            os.setsid()
            time.sleep(60)
        Path(__file__).with_name("child").write_text(str(child))
        time.sleep(0.3)
        os._exit(3)
"""


def test_one_that_leaves_a_child_behind_is_seen_to_end(tmp_path: Path) -> None:
    (tmp_path / "hanging.py").write_text(HANGING)
    report = check(f"{tmp_path / 'hanging.py'}:Leaving", checks=("fit", "pages"))
    assert "the process ended itself with the status 3" in report.about("stays-alive")[0].message
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)  # it still sleeps: nobody waited for it


def test_a_check_that_is_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    (tmp_path / "hanging.py").write_text(HANGING)
    line = f"from recommenders.conformance import check; check({str(tmp_path / 'hanging.py:Hanging')!r})"
    pid = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", line]) as caller:
        within(120, lambda: pid.exists() and pid.read_text() != "")
        caller.kill()
    within(60, lambda: _ended(int(pid.read_text())))


def within(seconds: float, happened: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def _ended(pid: int) -> bool:
    """Whether it has ended, and only waits for somebody to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_one_in_another_interpreter_is_checked_as_it_is_here() -> None:
    checks = ("fit", "pages", "a life", "repeats", "company", "learning", "storing")
    for name, rules in (("Works", []), ("LosesItsState", ["saves"]), ("CountsItsCalls", ["asking-changes-nothing"])):
        report = check(f"{BROKEN}:{name}", python=sys.executable, checks=checks)
        assert [finding.rule for finding in report.findings] == rules, report.findings
