"""What the numbers say, in words that are true of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.verdict import number

VERDICTS: Mapping[str, str] = {
    "robust": "robust",
    "depends_on_mind": "depends on the mind",
    "no_difference": "no difference seen",
    "not_judged": "not judged",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The primary metric of one treatment against the control."""

    title: str
    sentence: str
    verdict: str
    reason: str


def answers(summary: Mapping[str, Any]) -> list[Answer]:
    """One for each treatment whose primary metric has a difference."""
    return [_answer(summary, row) for row in summary["comparisons"] if row["metric"] == summary["primary"]]


def headline(summary: Mapping[str, Any], found: list[Answer]) -> str:
    """The page's first line."""
    label = BY_NAME[summary["primary"]].label.lower()
    if len(found) == 1:
        return found[0].title
    if found:
        return _robust(summary) or f"No arm differs robustly from {summary['control']} on {label}"
    if len(summary["arms"]) == 1:
        return f"One arm, {summary['control']}: nothing to compare"
    return f"No difference is defined on {label}"


def interval(ci: list[float | None]) -> str:
    """`0.1 to 0.2`, or a dash."""
    low, high = ci
    return "–" if low is None or high is None else f"{minus(number(low))} to {minus(number(high))}"


def minus(text: str) -> str:
    """With the sign that is as wide as a plus."""
    return text.replace("-", "−")


def value(found: float | None) -> str:
    """A number, or a dash for what is undefined."""
    return "–" if found is None else minus(number(found))


def signed(found: float | None) -> str:
    """A difference with its sign."""
    return "–" if found is None else f"{'+' if found > 0 else '−' if found < 0 else ''}{minus(number(abs(found)))}"


def p_value(found: float | None) -> str:
    """As journals print it."""
    if found is None:
        return "–"
    return "< 0.001" if found < 0.001 else f"{found:.3f}"


def relative(row: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """The difference as a share of the control's mean, or nothing where that has no meaning."""
    mean = summary["arms"][row["control"]][row["metric"]]["mean"]
    return "" if not mean or mean < 0 else f"{signed(100 * row['difference'] / mean)}%"


def _robust(summary: Mapping[str, Any]) -> str:
    """The arms that differ robustly on the primary metric, by direction."""
    clear = [r for r in summary["comparisons"] if r["metric"] == summary["primary"] and r["verdict"] == "robust"]
    parts = []
    for higher in (True, False):
        arms = [row["treatment"] for row in clear if (row["difference"] > 0) == higher]
        if arms:
            listed = " and ".join(filter(None, (", ".join(arms[:-1]), arms[-1])))
            parts.append(f"{listed} {'is' if len(arms) == 1 else 'are'} {'higher' if higher else 'lower'}")
    label = BY_NAME[summary["primary"]].label.lower()
    return f"{', '.join(parts)} than {summary['control']} on {label}" if parts else ""


def _answer(summary: Mapping[str, Any], row: Mapping[str, Any]) -> Answer:
    metric = BY_NAME[row["metric"]]
    treatment, control, label = row["treatment"], row["control"], metric.label.lower()
    higher = "higher" if row["difference"] > 0 else "lower"
    title = {
        "robust": f"{treatment} is {higher} than {control} on {label}",
        "depends_on_mind": f"{treatment} against {control}: it depends on the mind",
        "no_difference": f"{treatment} and {control}: no difference seen on {label}",
        "not_judged": f"{treatment} against {control}: not judged",
    }[row["verdict"]]
    part = relative(row, summary)
    sentence = (
        f"Difference in {label} ({metric.unit}): {signed(row['difference'])}"
        f"{f' ({part} of the control)' if part else ''}, {summary['confidence']:.0%} interval {interval(row['ci'])}, "
        f"on {row['n_users']:,} people ({row['design']})."
    )
    return Answer(title, sentence, row["verdict"], row["verdict_reason"])
