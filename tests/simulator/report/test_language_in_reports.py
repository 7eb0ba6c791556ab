"""What the report and the terminal say of the model that speaks for people, of its failures, and of its bill."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from spoken_run import LLM, SCRIPTED, every, let_speak
from synthetic_run import Made, make_run

from simulator.console.tables import print_summary
from simulator.evaluation import summarise
from simulator.report import language, write_report

HOSTILE = "<script>alert(1)</script>\x1b[31m[red]"
BILL = {
    "calls": 1000,
    "cached": 40,
    "failed": 12,
    "by_kind": {"rate_limited": 9, HOSTILE: 3},
    "tokens_in": 600_000,
    "tokens_out": 150_000,
    "usd": 0.45,
    "estimate": {"calls": 1100, "tokens": 800_000, "usd": 0.52},
    "wall_s": 61.4,
    "slots_busy": 0.957,
}
PERFORMANCE = {
    "user_turns": 20,
    "user_turns_per_s": 2.0,
    "setup_s": 1.0,
    "fit_s": 1.0,
    "run_s": 1.0,
    "wall_s": 3.0,
    "peak_rss_mb": 300.0,
}


def _outputs(folder: Path, llm: Any = LLM, bill: Any = BILL, **speech: Any) -> tuple[str, str, str, dict[str, Any]]:
    """HTML, its text on one line, the terminal's text, and the summary."""
    made = Made(people=60, ensemble=0, extra={"llm": llm})
    let_speak(make_run(folder, made), **speech)
    summary = summarise(folder, performance=PERFORMANCE, llm=bill)
    (folder / "summary.json").write_text(json.dumps(summary))
    html = write_report(folder).read_text(encoding="utf-8")
    out = io.StringIO()
    print_summary(summary, Console(file=out, width=80, highlight=False, force_terminal=False))
    told = unescape(re.sub(r"(<[^>]*>|\s)+", " ", html))
    return html, told, " ".join(out.getvalue().split()), summary


def test_failures_stand_with_both_estimates_in_every_output(tmp_path: Path) -> None:
    _, told, shown, summary = _outputs(tmp_path / "run", fails=every(3))
    (one,) = summary["failures"]["estimates"]
    sentence = "The model did not answer on 20 of 720 pages (2.8%): 5.6% of treatment's pages. Kinds: timeout 20."
    assert "When the model did not answer" in told
    assert sentence in told
    assert sentence in shown
    for which in ("all", "complete_case"):
        assert f"+{one[which]['difference']:#.3g}" in told
        assert f"+{one[which]['difference']:.4f}" in shown
    assert "40 people" in told
    assert "everybody [interval]" in shown and "complete cases [interval]" in shown
    assert "missing" not in shown


def test_a_contradiction_is_told(tmp_path: Path) -> None:
    _, told, shown, _ = _outputs(tmp_path / "run", fails=every(1))
    assert "There are no complete cases of treatment to compare with." in told
    assert "There are no complete cases of treatment to compare with." in shown


def test_the_bill_stands_beside_its_estimate(tmp_path: Path) -> None:
    _, told, shown, _ = _outputs(tmp_path / "run")
    assert "What the language model cost" in told
    for part in ("1,000 (40 of them cached)", "1,100", "750,000 (600,000 in, 150,000 out)", "$0.45", "$0.52", "96%"):
        assert part in told, part
    for part in (
        "1,000 calls (40 of them cached), 750,000 tokens (600,000 in, 150,000 out), $0.45",
        "estimated 1,100 calls, 800,000 tokens, $0.52",
    ):
        assert part in shown, part
    assert "12 (9 rate limited, 3" in told


def test_an_unknown_price_is_no_price(tmp_path: Path) -> None:
    bill = BILL | {"usd": None, "estimate": None}
    _, told, shown, _ = _outputs(tmp_path / "run", bill=bill)
    assert "price unknown" in told
    assert "price unknown" in shown
    assert "estimated" not in shown


@pytest.mark.parametrize("output", [1, 2])
def test_a_scripted_model_is_called_what_it_is(tmp_path: Path, output: int) -> None:
    shown = _outputs(tmp_path / "run", llm=SCRIPTED, fails=every(3))[output]
    assert "scripted model: no language model" in shown
    assert "he language model" not in shown
    assert "uncalibrated" in shown


def test_what_people_said_stands_by_arm(tmp_path: Path) -> None:
    _, told, shown, _ = _outputs(tmp_path / "run", interview=lambda arm: 8.0 if arm == "treatment" else 6.0)
    assert "Visit as a whole, asked at its end, 1 to 10 6.00 (6.00 to 6.00) 8.00 (8.00 to 8.00)" in told
    assert "decide nothing" in told
    assert "What people said when asked" in shown


def test_texts_of_models_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    hostile = dict(LLM) | {"model": HOSTILE, "endpoint": HOSTILE}
    html, _, shown, _ = _outputs(tmp_path / "run", llm=hostile, fails=every(3), kind=HOSTILE)
    assert "<script" not in html
    assert "\x1b" not in html + shown
    assert "&lt;script&gt;" in html
    assert "[red]" in shown


def test_a_run_without_a_model_says_nothing_of_one(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=8))
    summary = summarise(folder, performance=PERFORMANCE)
    (folder / "summary.json").write_text(json.dumps(summary))
    html = write_report(folder).read_text(encoding="utf-8")
    for words in ("did not answer", "language model", "when asked", "Stated wants"):
        assert words not in html
    assert language.speaker(summary) == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [(None, "price unknown"), (0.0, "$0.00"), (0.00123, "$0.0012"), (0.5, "$0.5"), (12.345, "$12.35")],
)
def test_money(found: float | None, words: str) -> None:
    assert language.money(found) == words
