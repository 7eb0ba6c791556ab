"""`understudy recommenders check`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import broken_recommenders
import pytest

from recommenders.conformance import RULES
from simulator.cli.main import main

BROKEN = Path(broken_recommenders.__file__)

MARKUP = """
from recommenders import Recommender, Slate

class Loud(Recommender):
    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()

    def recommend(self, requests, k):
        raise ValueError("[bold red]no[/] \\x1b[31m[/link] :smile:")
"""


def test_the_document_holds_plugin_passed_and_findings_and_nothing_else_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["recommenders", "check", f"{BROKEN}:UnknownItem", "--params", "after=2", "--json"]) == 1
    document = json.loads(capfd.readouterr().out)
    assert set(document) == {"plugin", "passed", "findings"}
    assert document["plugin"] == f"{BROKEN}:UnknownItem" and document["passed"] is False
    assert {frozenset(finding) for finding in document["findings"]} == {frozenset({"rule", "severity", "message"})}
    errors = [finding for finding in document["findings"] if finding["severity"] == "error"]
    assert [finding["rule"] for finding in errors] == ["known-items"]
    assert "turn 2" in errors[0]["message"]


def test_the_page_lists_every_rule(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["recommenders", "check", "popular", "--data", "sample", "--params", '{"half_life_days": 30}']) == 0
    page = capfd.readouterr().out
    assert all(f" {rule} " in page for rule in RULES)
    assert "It keeps the contract. Errors: 0. Warnings: 0." in page and "sample: time of a batch" in page


def test_what_a_plug_in_says_is_shown_as_it_is_and_commands_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loud.py").write_text(MARKUP, encoding="utf-8")
    assert main(["recommenders", "check", f"{tmp_path / 'loud.py'}:Loud"]) == 1
    page = capfd.readouterr().out
    told = " ".join(page.split())
    assert "[bold red]no[/]" in told and ":smile:" in told and "\x1b" not in page
    assert "something else must be mended first" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["nowhere.py:Mine"], "no such file"),
        (["populer"], "Did you mean 'popular'?"),
        (["popular", "--params", "half_life=3"], "half_life_days"),
        (["popular", "--params", "half_life_days"], "neither NAME=VALUE"),
        (["popular", "--params", "{half"], "expected ',' or"),
        (["popular", "--params", "half_life_days=-1"], "half_life_days"),
        (["popular", "--timeout", "0"], "above 0"),
        (["popular", "--timeout", "inf"], "at most 86,400 seconds"),
        (["popular", "--data", "nothing"], "no dataset is called"),
        (["popular", "--python", "/no/such/python"], "/no/such/python"),
    ],
)
def test_wrong_input_ends_with_status_2_and_one_message(
    options: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["recommenders", "check", *options, "--json"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and words in err and "Traceback" not in err
