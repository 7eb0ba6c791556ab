"""`report.html` of an evaluation: one file that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.evaluation.metrics import METRICS, Metric
from simulator.evaluation.offline.definitions import definition_of
from simulator.report import evaluation_words, words
from simulator.report.figures import colours, metric_figures
from simulator.report.html import environment
from simulator.report.palette import themed

COSTS = {
    "fit_s": "Seconds to fit",
    "latency_p50_ms": "Milliseconds for one page, median",
    "latency_p99_ms": "Milliseconds for one page, 99th percentile",
    "throughput_rps": "Pages a second in batches",
    "memory_mb": "Memory, MB",
}


def write_evaluation_report(folder: Path, document: Mapping[str, Any]) -> Path:
    """Write `report.html` into an evaluation's folder. Returns its path."""
    text = environment().get_template("evaluation.html.j2").render(_context(document))
    path = folder / "report.html"
    half = path.with_name(path.name + ".tmp")
    half.write_text(text, encoding="utf-8")
    os.replace(half, path)
    return path


def _context(document: Mapping[str, Any]) -> dict[str, Any]:
    comparisons = document["comparisons"]
    complete = [arm for arm in (*document["baselines"], document["candidate"]) if arm in document["simulated"]]
    simulated = {arm: document["simulated"][arm] for arm in complete}
    ordered = sorted(METRICS, key=lambda metric: metric.name != document["primary"])
    drawn: dict[str, Any] = {"arms": simulated, "comparisons": [], "control": complete[0] if complete else ""}
    return {
        "document": document,
        "words": words,
        "decision": evaluation_words.decision(document),
        "remarks": list(evaluation_words.remarks(document)),
        "run": "run/report.html",
        "arms": [document["candidate"], *document["baselines"]],
        "primary": evaluation_words.primary_rows(document),
        "colour": {arm: themed(colour) for arm, colour in colours(drawn).items()},
        "offline_metrics": [_offline(name) for name in document["offline"][document["candidate"]]],
        "offline_rows": {(row["control"], row["metric"]): row for row in document["offline_differences"]},
        "simulated": [
            {
                "metric": metric,
                "figures": metric_figures(drawn, metric.name) if simulated else [],
                "rows": [row for row in comparisons if row["metric"] == metric.name],
            }
            for metric in ordered
        ],
        "costs": COSTS,
    }


def _offline(name: str) -> dict[str, str]:
    """A metric at its cutoff, for a row of the table."""
    metric: Metric = definition_of(name)
    return {
        "name": name,
        "label": f"{metric.label} @ {name.partition('@')[2]}",
        "unit": metric.unit,
        "definition": metric.definition,
    }
