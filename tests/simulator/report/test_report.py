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
from simulator.evaluation.metrics import BY_NAME, METRICS
from simulator.records import UserInputError
from simulator.report import words, write_report
from simulator.report.plain import PLAIN

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
    assert page.tags["svg"] == 2 * len(METRICS) + 1 + 2


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
    want = {arm: f"{summary['arms'][arm]['want']['mean']:.0%}" for arm in ("treatment", "control")}
    plain = "Pages of treatment hold more of what people would choose: "
    assert f"{plain}{want['treatment']} against {want['control']}" in page.text
    assert f"+{row['difference']:#.3g}" in page.text
    low, high = row["ci_total"]
    assert f"interval {low:#.3g} to {high:#.3g}, on" in page.text
    assert row["verdict_reason"] in page.text
    assert "31,234" in page.text


def test_headline_joins_the_arms_of_one_direction(tmp_path: Path) -> None:
    made = Made(arms={"control": 2, "a": 4, "b": 1, "c": 5}, minds=MINDS[:3])
    page, _, _ = _report(tmp_path / "run", made)
    assert re.search(r"Pages of a and c hold more of what people would choose: \d+% and \d+% against \d+%", page.text)
    assert re.search(r"; pages of b hold less of what people would choose: \d+% against \d+%", page.text)


def test_a_worse_arm_is_called_lower(tmp_path: Path) -> None:
    page, _, _ = _report(tmp_path / "run", Made(arms={"control": 3, "treatment": 1}, minds=MINDS[:3]))
    assert "Pages of treatment hold less of what people would choose" in page.text
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


def test_the_total_interval_decides_and_this_minds_own_stays_in_the_detail(tmp_path: Path) -> None:
    page, summary, html = _report(tmp_path / "run", Made(minds=MINDS[:3]))
    row = next(r for r in summary["comparisons"] if r["metric"] == "click_rate")
    own, total = (f"{low:#.3g} to {high:#.3g}" for low, high in (row["ci"], row["ci_total"]))
    assert own != total
    main, detail = html.split("<h2>Every difference")[1].split("<h2>")[0].split("<details>")
    assert total in main
    assert own not in main
    assert own in detail
    assert "p, this mind only" in detail
    assert page.text.count("include the variance between minds") == 1


def test_one_mind_alone_claims_no_variance_between_minds(tmp_path: Path) -> None:
    page, _, _ = _report(tmp_path / "run", Made(people=20))
    assert "variance between minds" not in page.text.split("Read with care")[0]


@pytest.mark.parametrize(("arms", "shown"), [(("control", "a"), False), (("control", "a", "b"), True)])
def test_the_order_of_two_arms_is_no_order(tmp_path: Path, arms: tuple[str, ...], shown: bool) -> None:
    made = Made(arms={arm: 1 + 2 * row for row, arm in enumerate(arms)}, minds=MINDS[:3], people=60)
    assert ("τ" in _report(tmp_path / "run", made)[0].text) is shown


def test_how_it_was_made_is_told_in_words(tmp_path: Path) -> None:
    read = {"rows_read": 4807, "rows_skipped": 7, "reasons": ["7 rows without an item"], "notes": ["invented films"]}
    laws = [{"law": "examination", "grade": "fitted"}, {"law": "leaving", "grade": "transferred"}]
    made = Made(
        people=30,
        ensemble=20,
        minds=MINDS[:3],
        families={"treatment": "linear"},
        extra={"dataset": {"name": "sample", "fingerprint": "42ab" * 16, "read": read}, "laws": laws},
    )
    scenario = (
        "name: Which one?\nworld: {turns: 6, slate_size: 5, layout: list}\narms: {treatment: {recommender: ease}}\n"
    )
    _, summary, html = _report(tmp_path / "run", made, scenario=scenario)
    own = next(row for row in summary["comparisons"] if row["metric"] == "want")["own_family"]
    told = re.sub(r"(<[^>]*>|\s)+", " ", html.split("How it was made")[1])
    for part in (
        "sample",
        "fingerprint 42ab42ab42ab",
        "4,807 rows read, 7 of them skipped",
        "7 rows without an item",
        "invented films",
        "People 30",
        "Items 60",
        "Turns 6",
        "Items a page 5",
        "Layout list",
        "recommender ease",
        f"+{own['with']:#.3g} under the mind with that family, +{own['without']:#.3g} without it",
        "Which one?",
        "31,234 pages a second",
        "fitted on public data",
        "not your own",
    ):
        assert part in told, part
    assert "user_turns" not in told
    assert "never opened" not in told


def _row(metric: str = "want", difference: float = 0.1, verdict: str = "robust", grade: str = "fitted here") -> Any:
    ends = {"control": "control", "treatment": "als", "ci": [None, None]}
    return {**ends, "metric": metric, "difference": difference, "verdict": verdict, "grade": grade}


def _summary(*rows: dict[str, Any], means: tuple[float, float] = (0.114, 0.214)) -> dict[str, Any]:
    arms = {
        arm: {row["metric"]: {"mean": mean} for row in rows}
        for arm, mean in zip(("control", "als"), means, strict=True)
    }
    return {"primary": "want", "control": "control", "arms": arms, "comparisons": rows}


@pytest.mark.parametrize(
    ("row", "words_"),
    [
        (_row(), "robust"),
        (_row(grade="assumed"), "robust, assumed laws"),
        (_row(verdict="depends_on_mind", grade="assumed"), "depends on the mind"),
        (_row(verdict="no_difference"), "no difference"),
        (_row(verdict="not_judged"), "not judged"),
    ],
)
def test_each_verdict_has_one_word(row: dict[str, Any], words_: str) -> None:
    assert words.verdict(row) == words_


@pytest.mark.parametrize(
    ("row", "title"),
    [
        (_row(), "Pages of als hold more of what people would choose: 21% against 11%"),
        (_row(verdict="no_difference"), "No difference between als and control in want of the slates: 21% against 11%"),
        (
            _row(verdict="depends_on_mind"),
            "It depends on the mind whether pages of als hold more of what people would choose: 21% against 11%",
        ),
        (
            _row(verdict="not_judged", difference=-0.1),
            "It cannot be judged whether pages of als hold less of what people would choose",
        ),
        (_row("return_rate"), "People come back within a day more often with als: 21% against 11%"),
        (_row() | {"difference": -0.01}, "Pages of als hold less of what people would choose"),
    ],
)
def test_titles_are_plain_and_as_sure_as_the_verdict(row: dict[str, Any], title: str) -> None:
    assert words.title(_summary(row), row) == title


def test_every_metric_can_be_said_plainly() -> None:
    assert set(PLAIN) == set(BY_NAME)
    for plain in PLAIN.values():
        assert plain.phrase("{x}", higher=True).count("{x}") == plain.phrase("{x}", higher=False).count("{x}") == 1


def test_numbers_stay_apart() -> None:
    assert PLAIN["satisfaction"].numbers([3.391, 3.388]) == ["3.391", "3.388 of 5"]
    assert PLAIN["want"].numbers([0.2141, 0.2139]) == ["21.41%", "21.39%"]
    assert PLAIN["want"].numbers([0.2, 0.2]) == ["20%", "20%"]


def test_what_a_treatment_is_worse_on_is_said() -> None:
    worse = _row("satisfaction", -0.14, grade="assumed")
    rows = (_row(), worse, _row("session_length", -0.3, verdict="depends_on_mind"), _row("novelty", 0.2))
    assert words.worse(_summary(*rows), "als") == (
        "Robustly worse on: satisfaction (−0.140). These rest on assumed laws."
    )
    assert words.worse(_summary(_row()), "als") == ""


def test_a_mind_that_rates_slates_wrong_is_said_so() -> None:
    cell = {"real": 0.129, "residual": -0.01, "ci": [-0.015, -0.005]}
    calm = cell | {"ci": [-0.02, 0.001]}
    found = {"slate_calibration": {"treatment": cell, "control": calm, "x\n\u202e": calm | {"ci": [None, None]}}}
    assert words.miscalibration(found) == "The mind underrates treatment's slates by 0.010 of 0.129."
    assert words.miscalibration({"slate_calibration": {"control": calm}}) == ""
    assert words.name("x\n\u202ey") == "x  y"
