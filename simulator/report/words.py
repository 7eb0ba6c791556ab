"""What the numbers say, in words that are true of them: the same at a terminal and on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.verdict import number
from simulator.report.plain import PLAIN

VERDICTS: Mapping[str, str] = {
    "robust": "robust",
    "depends_on_mind": "depends on the mind",
    "no_difference": "no difference",
    "not_judged": "not judged",
}
ROBUST_ASSUMED = "robust, assumed laws"
BETWEEN_MINDS = "Intervals of differences include the variance between minds."
GRADES: Mapping[str, str] = {"fitted": "fitted on public data"}
"""What a law's grade is called, where that is not the grade itself."""
ABOUT_GRADES = (
    "“Fitted on public data” is estimated on a published log of this kind of product, which is not your own; "
    "“transferred” is estimated on a published log of another kind of product; “assumed” is chosen, with at most its "
    "direction known."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The primary metric of one treatment against the control, and where the treatment is robustly worse."""

    title: str
    sentence: str
    row: Mapping[str, Any]
    reason: str
    worse: str


def answers(summary: Mapping[str, Any]) -> list[Answer]:
    """One for each treatment whose primary metric has a difference."""
    return [_answer(summary, row) for row in summary["comparisons"] if row["metric"] == summary["primary"]]


def headline(summary: Mapping[str, Any], found: Sequence[Answer]) -> str:
    """The page's first line."""
    label = BY_NAME[summary["primary"]].label.lower()
    if len(found) == 1:
        return found[0].title
    if found:
        none = f"No arm differs robustly from {name(summary['control'])} in {label}"
        return _robust(summary, [answer.row for answer in found]) or none
    if len(summary["arms"]) == 1:
        return f"One arm, {name(summary['control'])}: nothing to compare"
    return f"No difference is defined in {label}"


def title(summary: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """One comparison in a plain sentence, as sure as its verdict."""
    if row["verdict"] == "robust":
        return _robust(summary, [row])
    numbers = _against(summary, [row])
    if row["verdict"] == "no_difference":
        label = BY_NAME[row["metric"]].label.lower()
        return f"No difference between {name(row['treatment'])} and {name(row['control'])} in {label}{numbers}"
    phrase = PLAIN[row["metric"]].phrase(name(row["treatment"]), higher=row["difference"] > 0)
    start = "It depends on the mind" if row["verdict"] == "depends_on_mind" else "It cannot be judged"
    return f"{start} whether {phrase}{numbers}"


def verdict(row: Mapping[str, Any]) -> str:
    """The verdict in words."""
    return ROBUST_ASSUMED if is_assumed(row) else VERDICTS.get(row["verdict"], str(row["verdict"]))


def is_assumed(row: Mapping[str, Any]) -> bool:
    """Whether a robust difference rests on laws that nobody has measured."""
    return bool(row["verdict"] == "robust" and row.get("grade") == "assumed")


def deciding_interval(row: Mapping[str, Any]) -> Sequence[float | None]:
    """The interval that the verdict rests on: with the variance between minds where several were asked."""
    ci: Sequence[float | None] | None = row.get("ci_total") if row.get("minds") else row.get("ci")
    return ci or (None, None)


def has_ensemble(document: Mapping[str, Any]) -> bool:
    """Whether any comparison was asked of several minds."""
    return any(row.get("minds") for row in document.get("comparisons", ()))


def worse(summary: Mapping[str, Any], treatment: str) -> str:
    """Metrics other than the primary one on which the treatment is robustly worse than its control; often nothing."""
    rows = [
        row
        for row in summary["comparisons"]
        if row["treatment"] == treatment
        and row["metric"] != summary["primary"]
        and row["verdict"] == "robust"
        and (row["difference"] > 0) == BY_NAME[row["metric"]].lower_is_better
    ]
    if not rows:
        return ""
    listed = ", ".join(f"{BY_NAME[row['metric']].label.lower()} ({signed(row['difference'])})" for row in rows)
    assumed = [row for row in rows if is_assumed(row)]
    some = (
        "" if len(assumed) == len(rows) else ": " + ", ".join(BY_NAME[row["metric"]].label.lower() for row in assumed)
    )
    return f"Robustly worse on: {listed}." + (f" These rest on assumed laws{some}." if assumed else "")


def miscalibration(summary: Mapping[str, Any]) -> str:
    """Whose slates the mind over- or underrates beyond chance; nothing where it does not."""
    parts = []
    for arm, cell in (summary.get("slate_calibration") or {}).items():
        low, high = cell.get("ci") or (None, None)
        if low is None or high is None or low <= 0 <= high:
            continue
        verb = "overrates" if cell["residual"] > 0 else "underrates"
        parts.append(f"{verb} {name(arm)}'s slates by {_share(abs(cell['residual']))} of {_share(cell['real'])}")
    return f"The mind {' and '.join(parts)}." if parts else ""


def name(text: str) -> str:
    """Somebody else's name on one line, without letters that rearrange what stands around them."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))


def interval(ci: Sequence[float | None]) -> str:
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


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _share(found: float) -> str:
    return f"{found:.3f}" if found >= 0.001 else number(found)


def _robust(summary: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """The arms that differ robustly, by direction, in plain words."""
    parts = []
    for higher in (True, False):
        some = [row for row in rows if row["verdict"] == "robust" and (row["difference"] > 0) == higher]
        if some:
            phrase = PLAIN[some[0]["metric"]].phrase(listed([name(row["treatment"]) for row in some]), higher=higher)
            parts.append(f"{phrase}{_against(summary, some)}")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _against(summary: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """`: 24% and 21% against 12%`, where the means differ as their difference by person does."""
    metric, control = rows[0]["metric"], rows[0]["control"]
    base = summary["arms"][control][metric]["mean"]
    means = [summary["arms"][row["treatment"]][metric]["mean"] for row in rows]
    pairs = zip(means, rows, strict=True)
    if base is None or any(m is None or (m - base) * row["difference"] < 0 for m, row in pairs):
        return ""
    *shown, last = PLAIN[metric].numbers([*means, base])
    return f": {listed(shown)} against {last}"


def _answer(summary: Mapping[str, Any], row: Mapping[str, Any]) -> Answer:
    metric = BY_NAME[row["metric"]]
    part = relative(row, summary)
    sentence = (
        f"Difference in {metric.label.lower()} ({metric.unit}): {signed(row['difference'])}"
        f"{f' ({part} of the control)' if part else ''}, {summary['confidence']:.0%} interval "
        f"{interval(deciding_interval(row))}, on {row['n_users']:,} people ({row['design']})."
    )
    return Answer(title(summary, row), sentence, row, row["verdict_reason"], worse(summary, row["treatment"]))
