"""The kit in the test suite of somebody who writes a plug-in: a suite of their own, run by a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import broken_recommenders
import pytest

from recommenders.conformance import RULES

PLUG_IN = Path(broken_recommenders.__file__).read_text(encoding="utf-8")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A folder that holds the plug-ins, and a pytest that knows nothing of ours."""
    (tmp_path / "mine.py").write_text(PLUG_IN, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:langsmith_plugin", *options],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def counts(said: str) -> dict[str, int]:
    last = said.strip().splitlines()[-1]
    return {word.removesuffix("s"): int(number) for number, word in re.findall(r"(\d+) (\w+)", last)}


def test_a_class_gives_one_test_for_each_rule(suite: Path) -> None:
    (suite / "test_mine.py").write_text(
        "from recommenders.conformance import ConformanceTests\n"
        "class TestMine(ConformanceTests):\n"
        "    recommender = 'mine.py:Prints'\n"
        "    checks = ['fit', 'pages', 'storing']\n",
        encoding="utf-8",
    )
    status, said = run(suite)
    assert status == 0, said
    told = counts(said)
    assert told["passed"] + told["skipped"] == len(RULES) and 10 < told["passed"] < 20
    assert "ContractWarning: mine.py:Prints: quiet" in said


def test_a_broken_rule_fails_its_test_with_the_finding_as_the_message(suite: Path) -> None:
    (suite / "test_mine.py").write_text(
        "from mine import ScoresRise, TooMany\n"
        "from recommenders.conformance import ConformanceTests, contract_tests\n"
        "test_scores = contract_tests(ScoresRise, checks=['fit', 'pages'])\n"
        "class TestMine(ConformanceTests):\n"
        "    recommender = TooMany\n"
        "    params = {'after': 4}\n"
        "    checks = ['fit', 'pages', 'a life']\n",
        encoding="utf-8",
    )
    status, said = run(suite, "-k", "at-most-k or sorted-scores or fits]", "-rs", "-W", "error::UserWarning")
    assert status == 1, said
    assert counts(said)["failed"] == 2 and counts(said)["passed"] == 4, said
    assert "TooMany: at-most-k: recommend, k = 5, for 12 people at turn 4, page 0" in said
    assert "6 items for k = 5" in said and "Cure: cut the ranking at k" in said
    assert "ScoresRise: sorted-scores" in said


def test_the_option_needs_no_test_file(suite: Path) -> None:
    status, said = run(suite, "--understudy-recommender", "mine.py:UnknownItem")
    assert status == 1, said
    assert counts(said)["failed"] == 1 and "'no such item' is not in the catalogue" in said
    status, said = run(suite, "--understudy-recommender", "mine.py:Mien")
    assert status == 1 and "the module has no 'Mien'" in said and "Traceback" not in said


def test_the_fixture_gives_the_report_and_checks_once(suite: Path) -> None:
    (suite / "test_mine.py").write_text(
        "from mine import ClaimsATenth\n"
        "def test_one(check_recommender):\n"
        "    report = check_recommender('mine.py:Works', checks=['fit', 'pages'])\n"
        "    assert report.passed and report.status('eligible-items') == 'passed'\n"
        "    assert report is check_recommender('mine.py:Works', checks=['fit', 'pages'])\n"
        "def test_other(check_recommender):\n"
        "    assert not check_recommender(ClaimsATenth, checks=['fit', 'pages', 'chance']).passed\n",
        encoding="utf-8",
    )
    status, said = run(suite)
    assert status == 0, said


def test_a_project_that_does_not_use_it_imports_nothing_of_it(suite: Path) -> None:
    (suite / "test_other.py").write_text(
        "import sys\n"
        "def test_nothing():\n"
        "    assert 'recommenders.conformance.pytest_plugin' in sys.modules\n"
        "    heavy = {'numpy', 'scipy', 'recommenders.contract', 'recommenders.conformance.rules'}\n"
        "    assert not heavy & set(sys.modules)\n",
        encoding="utf-8",
    )
    status, said = run(suite)
    assert status == 0, said
