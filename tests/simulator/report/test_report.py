"""The report needs nothing else, obeys nobody's text, says what the numbers say, and lives with missing pieces."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from synthetic_run import MINDS, Made, make_run

from simulator.evaluation import summarise
from simulator.records import UserInputError
from simulator.report import write_report

HOSTILE = '<script>alert(1)</script> $x^{2}$ & "q" {{ 7*7 }}'


class _Page(HTMLParser):
    """Tags, ids, attributes that point somewhere, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            if name in {"src", "href", "xlink:href", "action", "data"}:
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def _report(folder: Path, made: Made, scenario: str | None = None) -> tuple[_Page, dict[str, Any], str]:
    make_run(folder, made)
    summary = summarise(folder, performance={"user_turns_per_s": 31_234.0})
    (folder / "summary.json").write_text(json.dumps(summary))
    if scenario is not None:
        (folder / "scenario.yaml").write_text(scenario)
    path = write_report(folder)
    assert path == folder / "report.html"
    html = path.read_text(encoding="utf-8")
    return _Page(html), summary, html


def test_report_loads_nothing_and_repeats_no_id(tmp_path: Path) -> None:
    page, _, html = _report(tmp_path / "run", Made(minds=MINDS[:3], families={"treatment": "linear"}))
    assert not page.tags["script"]
    assert not page.tags["link"]
    assert not page.tags["img"]
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert not re.search(r"https?://|@import|url\((?!#)", html)
    assert max(page.ids.values()) == 1
    assert page.tags["svg"] == 10 + 1 + 2


def test_figures_follow_the_theme(tmp_path: Path) -> None:
    _, _, html = _report(tmp_path / "run", Made(people=20))
    drawings = " ".join(re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL))
    assert "prefers-color-scheme: dark" in html
    assert "var(--arm-1)" in drawings
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawings)) == set()


def test_headline_is_true_of_the_numbers(tmp_path: Path) -> None:
    page, summary, _ = _report(tmp_path / "run", Made(minds=MINDS[:3]))
    row = next(r for r in summary["comparisons"] if r["metric"] == "want")
    assert row["verdict"] == "robust"
    assert "treatment is higher than control on want of the slates" in page.text
    assert f"+{row['difference']:#.3g}" in page.text
    assert f"{row['ci'][0]:#.3g} to {row['ci'][1]:#.3g}" in page.text
    assert row["verdict_reason"] in page.text
    assert "31,234" in page.text


def test_headline_joins_the_arms_of_one_direction(tmp_path: Path) -> None:
    made = Made(arms={"control": 2, "a": 4, "b": 1, "c": 5}, minds=MINDS[:3])
    page, _, _ = _report(tmp_path / "run", made)
    assert "a and c are higher, b is lower than control on want of the slates" in page.text


def test_a_worse_arm_is_called_lower(tmp_path: Path) -> None:
    page, _, _ = _report(tmp_path / "run", Made(arms={"control": 3, "treatment": 1}, minds=MINDS[:3]))
    assert "treatment is lower than control on want of the slates" in page.text
    assert "−0." in page.text


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    image = "<img src=x onerror=alert(1)>"
    laws = [{"law": image, "constant": HOSTILE, "value": 1.0, "grade": "assumed", "source": image}]
    made = Made(
        arms={HOSTILE: 1, image: 2},
        minds=("statistical", HOSTILE),
        families={image: HOSTILE},
        ensemble=6,
        people=12,
        run=HOSTILE,
        extra={"laws": laws, "versions": {image: HOSTILE}},
    )
    page, _, _ = _report(tmp_path / "run", made, scenario=f"name: {HOSTILE}\n")
    assert not page.tags["script"]
    assert not page.tags["img"]
    assert page.text.count(HOSTILE) >= 8
    assert page.text.count(image) >= 4
    assert HOSTILE[:17] + "…" in page.text  # in a figure, where $x$ is no formula


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Made(arms={"control": 1}, people=12), "One arm, control: nothing to compare"),
        (Made(people=12, taste=False), "not calibrated on held-out choices"),
        (Made(people=1, turns=1, slate=1, taste=False, ensemble=0), "not judged"),
        (Made(arms={"control": 1, "a": 1, "b": 1}, minds=MINDS[:2]), "No arm differs robustly from control"),
    ],
)
def test_missing_pieces_leave_a_report(tmp_path: Path, made: Made, words: str) -> None:
    page, _, _ = _report(tmp_path / "run", made)
    assert words in page.text
    assert "nan" not in page.text.lower().replace("dominant", "")


def test_the_same_run_gives_the_same_report(tmp_path: Path) -> None:
    _, _, once = _report(tmp_path / "run", Made(people=20), scenario="name: x\n")
    assert write_report(tmp_path / "run").read_text(encoding="utf-8") == once
    assert "name: x" in once


def test_a_run_without_a_summary_is_refused(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=3))
    with pytest.raises(UserInputError, match=r"no summary\.json yet"):
        write_report(folder)
    (folder / "summary.json").write_text("{")
    with pytest.raises(UserInputError, match="cannot be read"):
        write_report(folder)
