"""`report.html`: one file that needs nothing else, for whoever asked the question."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.evaluation.curves import read_curves
from simulator.evaluation.metrics import METRICS, grade_of
from simulator.evaluation.run_data import RunData, read_manifest
from simulator.evaluation.run_kind import require_experiment
from simulator.records import UserInputError
from simulator.report import language, words
from simulator.report.figures import calibration_figure, colours, curve_figure, metric_figures
from simulator.report.made import how_it_was_made, read_scenario
from simulator.report.palette import themed

if TYPE_CHECKING:
    import jinja2

TEMPLATE = "report.html.j2"


def write_report(folder: Path) -> Path:
    """Write `report.html` into a finished run's folder, from its `summary.json` and its journal. Returns its path.

    Raises:
        UserInputError: the folder is no finished run, or one in which no arms are compared (`evaluation.run_kind`).
    """
    require_experiment(folder, read_manifest(folder), "report")
    data = RunData.open(folder)
    text = environment().get_template(TEMPLATE).render(_context(data, _read_summary(folder)))
    path = folder / "report.html"
    half = path.with_name(path.name + ".tmp")
    half.write_text(text, encoding="utf-8")
    os.replace(half, path)
    return path


def environment() -> jinja2.Environment:
    """Where pages are made: whatever is put into them is escaped."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "value": words.value,
        "signed": words.signed,
        "interval": words.interval,
        "p_value": words.p_value,
    }
    return made


def _read_summary(folder: Path) -> dict[str, Any]:
    path = folder / "summary.json"
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserInputError(
            f"{folder}: the run has no summary.json yet. Finish it: understudy resume {folder}"
        ) from None
    except (OSError, ValueError) as broken:
        raise UserInputError(f"{path}: cannot be read ({broken}). Restore it or run again.") from broken
    return summary


def _context(data: RunData, summary: dict[str, Any]) -> dict[str, Any]:
    """Everything that the template shows."""
    curves = read_curves(data)
    found = words.answers(summary)
    rows = {(row["treatment"], row["metric"]): row for row in summary["comparisons"]}
    path = data.folder / "scenario.yaml"
    scenario = path.read_text(encoding="utf-8") if path.is_file() else None
    return {
        "summary": summary,
        "data": data,
        "words": words,
        "language": language,
        "headline": words.headline(summary, found),
        "answers": found,
        "between_minds": words.BETWEEN_MINDS if words.has_ensemble(summary) else "",
        "miscalibration": words.miscalibration(summary),
        "relative": lambda row: words.relative(row, summary),
        "colour": {arm: themed(colour) for arm, colour in colours(summary).items()},
        "metrics": [
            {
                "metric": metric,
                "grade": grade_of(metric, data.laws),
                "figures": metric_figures(summary, metric.name),
                "rows": [rows[arm, metric.name] for arm in data.treatments if (arm, metric.name) in rows],
            }
            for metric in sorted(METRICS, key=lambda metric: metric.name != summary["primary"])
        ],
        "calibration": calibration_figure(summary),
        "curves": [
            ("How clicks fall with position", curve_figure(summary, "clicks", curves.clicks, "position", "click rate")),
            ("How people tire", curve_figure(summary, "fatigue", curves.fatigue, "page of the session", "fatigue")),
        ],
        "made": how_it_was_made(data, summary, read_scenario(scenario)),
        "scenario": scenario,
    }
