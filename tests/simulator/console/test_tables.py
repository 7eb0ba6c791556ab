"""The answer at a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from simulator.console.tables import number, print_comparison, print_facts, print_summary
from simulator.console.text import clean, clean_lines

HOSTILE = "[red]arm[/red]\x1b[31m\n"


def summary(*treatments: str, verdict: str = "robust", difference: float = 0.05) -> dict[str, Any]:
    arms = {
        name: {
            "want": {"mean": 0.1234 + difference * (name != "control"), "ci": [0.1200, 0.1268], "n_users": 1000},
            "dwell_per_session": {"mean": 812.34, "ci": [800.0, 824.68], "n_users": 1000},
            "return_rate": {"mean": None, "ci": None, "n_users": 0},
        }
        for name in ("control", *treatments)
    }
    comparisons = [
        {
            "metric": metric,
            "control": "control",
            "treatment": treatment,
            "difference": difference,
            "ci": [difference - 0.01, difference + 0.01],
            "ci_total": [difference - 0.02, difference + 0.02],
            "minds": [{"mind": "statistical", "difference": difference, "ci": [None, None]}] * 4,
            "sign_agreement": 0.75,
            "n_users": 1000,
            "design": "paired",
            "grade": "fitted here" if metric == "want" else "assumed",
            "verdict": verdict,
            "verdict_reason": "The reason.",
        }
        for treatment in treatments
        for metric in ("want", "dwell_per_session")
    ]
    return {
        "primary": "want",
        "control": "control",
        "confidence": 0.95,
        "arms": arms,
        "comparisons": comparisons,
        "slate_calibration": {name: {"predicted": 0.12, "real": 0.118, "residual": 0.002, "ci": None} for name in arms},
        "notes": ["The held-out part is itself self-selected."],
        "performance": {
            "user_turns": 20_000,
            "setup_s": 1.0,
            "fit_s": 2.0,
            "run_s": 0.5,
            "wall_s": 3.6,
            "user_turns_per_s": 40_000.0,
            "peak_rss_mb": 512.3,
        },
    }


def printed(document: dict[str, Any], printer: Any = print_summary, **options: Any) -> str:
    out = io.StringIO()
    printer(document, Console(file=out, width=80, highlight=False), **options)
    return out.getvalue()


def test_summary_shows_the_answer_first_then_every_number() -> None:
    shown = printed(summary("als"))
    first = shown.strip().splitlines()[0]
    assert first.startswith("Pages of als hold more of what people would choose: 17% against 12%.")
    for part in (
        "0.1234 ±0.0034",
        "812.3 ±12.3",
        "+0.0500 [+0.0300, +0.0700]",
        "75%  robust",
        "robust, assumed laws",
        "Intervals of differences include the variance between minds.",
        "+0.0020 [-, -]",
        "20,000 user-turns at 40,000/s",
        "peak memory 512 MB",
        "self-selected",
    ):
        assert part in shown, part


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("robust", "robust"),
        ("depends_on_mind", "depends on the mind"),
        ("no_difference", "no difference"),
        ("not_judged", "not judged"),
    ],
)
def test_verdicts_are_said_in_words(verdict: str, words: str) -> None:
    assert words in printed(summary("als", verdict=verdict))


def test_no_difference_is_not_called_better() -> None:
    assert "No difference between als and control in want" in printed(summary("als", verdict="no_difference"))


def test_worse_is_called_worse() -> None:
    shown = printed(summary("als", difference=-0.05))
    assert "Pages of als hold less of what people would choose: 7% against 12%." in shown
    assert "Robustly worse on: dwell per session (−0.0500). These rest on assumed laws." in shown


def test_a_mind_that_rates_slates_wrong_is_said_so() -> None:
    document = summary("als")
    document["slate_calibration"]["als"] = {"predicted": 0.1, "real": 0.129, "residual": -0.029, "ci": [-0.03, -0.01]}
    assert "The mind underrates als's slates by 0.029 of 0.129." in printed(document)


@pytest.mark.parametrize("arms", [1, 3, 9])
def test_tables_fit_80_columns_with_any_number_of_arms(arms: int) -> None:
    shown = printed(summary(*(f"treatment-number-{i}" for i in range(arms))))
    assert max(map(len, shown.splitlines())) <= 80
    for i in range(arms):
        assert f"treatment-number-{i}" in shown


def test_one_arm_alone_has_nothing_to_compare() -> None:
    assert "nothing to compare" in printed(summary())


def test_names_of_others_are_shown_and_never_obeyed() -> None:
    document = summary(HOSTILE)
    document["notes"] = [HOSTILE]
    shown = (
        printed(document)
        + printed(document, print_comparison)
        + printed({HOSTILE: HOSTILE}, print_facts, title=HOSTILE)
    )
    assert "\x1b" not in shown
    assert shown.count("[red]arm[/red]") >= 5


def test_facts_of_any_shape_are_listed() -> None:
    facts = {
        "rows": 12_345,
        "seed": 123_456,
        "rate": 0.1234,
        "arms": ["a", "b"],
        "inner": {"none_yet": None},
        "list": [{"x": 1, "y": 2}, {"x": 3}],
    }
    shown = printed(facts, print_facts, title="RUN")
    for part in ("RUN", "12,345", "0.1234", "a, b", "none yet", "x  1  3", "y  2  -", "seed   123456"):
        assert part in shown


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "-"), (0.0, "0.0000"), (0.12345, "0.1235"), (1.5, "1.500"), (12.346, "12.35"), (1234.5, "1,234")],
)
def test_number_has_about_four_digits(value: float | None, words: str) -> None:
    assert number(value) == words


def test_clean_keeps_letters_of_all_tongues() -> None:
    assert clean("Käse 東京\x1b[0m\n") == "Käse 東京 [0m "
    assert clean_lines("a\x07\nb\r\n") == "a \nb"
