"""The answer of a run as one document: arms, comparisons, calibration, and what it all rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.evaluation.calibration import residual_gap, slate_calibration
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.ensemble import agreement, rank_tau
from simulator.evaluation.failures import failure_notes, failure_table, unanswered_share
from simulator.evaluation.identities import check_summary
from simulator.evaluation.metrics import METRICS, Metric, grade_of, primary_of
from simulator.evaluation.model import model_facts, model_notes, units_note
from simulator.evaluation.run_data import RunData
from simulator.evaluation.statistics import Estimate
from simulator.evaluation.strangers import stranger_notes
from simulator.evaluation.survey import survey_table
from simulator.evaluation.verdict import Evidence, judge

DIGITS = 9
"""Significant digits kept: more than anybody reads, fewer than what rounding in another order changes."""


def summarise(
    folder: Path, *, performance: Mapping[str, float], llm: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The content of `summary.json` of a finished run. Undefined numbers are None.

    `llm`: what the calls of a run took: {calls, cached, failed, by_kind, tokens_in, tokens_out, usd, estimate: {calls,
    tokens, usd}, wall_s, slots_busy}; None where no model was asked.

    Raises:
        UserInputError: the folder is no finished run.
        BrokenIdentityError: the tables contradict themselves.
    """
    crowd = Crowd.read(RunData.open(folder))
    data = crowd.data
    summary = {
        "run": data.run,
        **tables(crowd),
        "performance": {name: value if isinstance(value, int) else plain(value) for name, value in performance.items()},
        "seed": data.seeds[0] if len(data.seeds) == 1 else list(data.seeds),
        "versions": dict(data.versions),
        "scenario_hash": data.scenario_hash,
        **spoken(crowd),
        **({} if llm is None else {"llm": _plain_facts(llm)}),
        "notes": notes(crowd),
    }
    check_summary(summary)
    return summary


def spoken(crowd: Crowd) -> dict[str, Any]:
    """What there is only where a model speaks for people: `model`, `failures` and `survey`, each if there is any."""
    data = crowd.data
    primary = primary_of(data.primary, log_has_clicks=data.log_has_clicks, calibrated=crowd.calibrated)
    found = {"model": model_facts(crowd), "failures": failure_table(crowd, primary), "survey": survey_table(crowd)}
    return {name: _plain_facts(table) for name, table in found.items() if table}


def tables(crowd: Crowd) -> dict[str, Any]:
    """What one run's crowd and that of several runs both have: from `primary` to `slate_calibration`."""
    data = crowd.data
    tau = {metric.name: rank_tau(crowd, metric.name) for metric in METRICS}
    rows = (
        comparison(crowd, data.control, treatment, metric, tau[metric.name])
        for treatment in data.treatments
        for metric in METRICS
    )
    return {
        "primary": primary_of(data.primary, log_has_clicks=data.log_has_clicks, calibrated=crowd.calibrated),
        "control": data.control,
        "mind": data.mind,
        "confidence": data.confidence,
        "arms": {arm: arm_table(crowd, arm) for arm in data.arms},
        "comparisons": [row for row in rows if row is not None],
        "slate_calibration": calibration_table(crowd),
    }


def arm_table(crowd: Crowd, arm: str) -> dict[str, Any]:
    """Every metric of one arm under the named mind: {mean, ci, n_users}."""
    table = {}
    for metric in METRICS:
        estimate = crowd.mean(arm, metric.name)
        ci = _ci(estimate, crowd.data.confidence, metric.bounds)
        table[metric.name] = {"mean": plain(estimate.value), "ci": ci, "n_users": estimate.n}
    return table


def comparison(crowd: Crowd, control: str, treatment: str, metric: Metric, tau: float) -> dict[str, Any] | None:
    """One treatment against the control on one metric; None where the difference is undefined."""
    named = crowd.difference(control, treatment, metric.name)
    if not named.defined:
        return None
    level = crowd.data.confidence
    agreed = agreement(crowd, control, treatment, metric.name, named)
    want = crowd.difference(control, treatment, "want")
    gap = residual_gap(crowd, control, treatment)
    linked = bool({control, treatment} & crowd.data.learning)
    unanswered = max(unanswered_share(crowd, arm) for arm in (control, treatment))
    verdict, reason = judge(Evidence(metric, named, agreed, want, gap, level, linked, unanswered))
    return {
        "metric": metric.name,
        "control": control,
        "treatment": treatment,
        "difference": plain(named.value),
        "ci": _ci(named, level),
        "p_value": plain(named.p_value),
        "n_users": named.n,
        "design": "paired" if crowd.paired(control, treatment) else "unpaired",
        "grade": grade_of(metric, crowd.data.laws),
        "minds": [
            {"mind": one.mind, "difference": plain(one.difference.value), "ci": _ci(one.difference, level)}
            for one in agreed.minds
        ],
        "sign_agreement": plain(agreed.sign_agreement),
        "rank_tau": plain(tau),
        "own_family": {"with": plain(agreed.with_family), "without": plain(agreed.without_family)},
        "ci_total": _ci(agreed.total, level),
        "verdict": verdict,
        "verdict_reason": reason,
    }


def calibration_table(crowd: Crowd) -> dict[str, Any]:
    """Slate calibration of every arm that has one."""
    found = {arm: slate_calibration(crowd, arm) for arm in crowd.data.arms}
    return {
        arm: {
            "predicted": plain(one.predicted),
            "real": plain(one.real),
            "residual": plain(one.residual.value),
            "ci": _ci(one.residual, crowd.data.confidence),
        }
        for arm, one in found.items()
        if one is not None
    }


def notes(crowd: Crowd) -> list[str]:
    """What a reader must know before believing a number; only what is true of this run."""
    data, out = crowd.data, []
    if crowd.calibrated and data.strangers < crowd.user_ids.size:
        out.append(
            "The want and the slate calibration rest on held-out choices V, and V is itself self-selected: people "
            "chose from what they had met."
        )
    out.append(units_note(data) or "Persons are the units of every interval; clones of one person are one cluster.")
    out += [*stranger_notes(data, crowd.user_ids.size), *model_notes(data), *failure_notes(crowd)]
    out.append("Intervals and p-values are not adjusted for many metrics and arms: the primary metric answers.")
    out.append("Coverage grows with the number of people: compare it only between crowds of one size.")
    if len(data.minds) > 1:
        out.append(
            f"The {len(data.minds) - 1} other minds ran on {int(crowd.ensemble.sum()):,} fixed people; arms and "
            f"differences report the named mind, {data.mind}, on all {crowd.user_ids.size:,}."
        )
        out.append(
            "The variance between minds is added as for multiple imputation: a bracket, minds being no random draws."
        )
    elif data.treatments:
        out.append("Only one mind was asked: nothing shows whether a difference depends on it.")
    if data.learning:
        names = ", ".join(sorted(data.learning))
        out.append(f"People are linked through what {names} learns in the run; the intervals take them as independent.")
    return out


def _ci(
    estimate: Estimate, confidence: float, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> list[float | None]:
    """The interval, cut to where the metric can be at all."""
    return [
        plain(min(max(end, bounds[0]), bounds[1])) if math.isfinite(end) else None
        for end in estimate.interval(confidence)
    ]


def _plain_facts(facts: Any) -> Any:
    """A document as JSON has it: numbers by `plain`, everything else as it is."""
    if isinstance(facts, Mapping):
        return {str(name): _plain_facts(value) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_plain_facts(value) for value in facts]
    return plain(facts) if isinstance(facts, float) else facts


def plain(value: float) -> float | None:
    """A number as JSON has it: None for what is undefined."""
    value = float(value)
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
