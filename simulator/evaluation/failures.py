"""When the model did not answer: how often, why, and whether the answer of the run depends on it.

Each primary difference stands twice: of everybody, failed pages having been appraised by another mind (or left out, if
they were skipped), and of the complete cases, people without any failed page in either arm. Neither is the truth: the
first mixes two minds, the second holds only if failures have nothing to do with how people behave (missing completely
at random: Little & Rubin, Statistical Analysis with Missing Data, 2002, ch. 3), and who sees more pages has more that
can fail. Everybody contains the complete cases, so whether the two contradict each other is asked of the complete cases
and all others, who are different people (a test of that assumption in the manner of Little, JASA 1988).
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from simulator.evaluation import statistics
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.statistics import UNDEFINED, Estimate
from simulator.evaluation.testimony import Asked


def failure_table(crowd: Crowd, primary: str) -> dict[str, Any]:
    """{asked, failed, share, by_kind, arms, primary, estimates}; empty where no page failed."""
    told = crowd.testimony
    if told is None or not any(one.failed for one in told.asked.values()):
        return {}
    kinds = sum((Counter(one.by_kind) for one in told.asked.values()), Counter())
    asked = sum(one.pages for one in told.asked.values())
    return {
        "asked": asked,
        "failed": kinds.total(),
        "share": _share(kinds.total(), asked),
        "by_kind": dict(sorted(kinds.items())),
        "arms": {arm: _of_arm(one) for arm, one in told.asked.items()},
        "primary": primary,
        "estimates": [_estimates(crowd, treatment, primary) for treatment in crowd.data.treatments],
    }


def unanswered_share(crowd: Crowd, arm: str) -> float:
    """Share of an arm's pages, of those that a model was asked about, on which it did not answer; 0 without a model."""
    asked = None if crowd.testimony is None else crowd.testimony.asked.get(arm)
    return 0.0 if asked is None or not asked.pages else asked.failed / asked.pages


def failure_notes(crowd: Crowd) -> list[str]:
    """What a reader must know of failed pages; nothing where there are none."""
    told = crowd.testimony
    if told is None:
        return []
    asked, failed, skipped = (
        sum(getattr(one, name) for one in told.asked.values()) for name in ("pages", "failed", "skipped")
    )
    if not failed:
        return []
    done = {0: "another mind appraised these pages", failed: "these pages are in no metric"}.get(
        skipped, f"another mind appraised {failed - skipped:,} of these pages, and {skipped:,} are in no metric"
    )
    return [f"The model did not answer on {failed:,} of {asked:,} pages ({_share(failed, asked):.1%}): {done}."]


def _of_arm(one: Asked) -> dict[str, Any]:
    return {
        "asked": one.pages,
        "failed": one.failed,
        "share": _share(one.failed, one.pages),
        "fallback": one.fallback,
        "skipped": one.skipped,
        "by_kind": dict(one.by_kind),
    }


def _estimates(crowd: Crowd, treatment: str, primary: str) -> dict[str, Any]:
    told, control, level = crowd.testimony, crowd.data.control, crowd.data.confidence
    assert told is not None
    complete = (told.failed[control] == 0) & (told.failed[treatment] == 0)
    everybody = crowd.difference(control, treatment, primary)
    # Coverage belongs to a crowd: that of fewer people is another quantity.
    few, others = (
        UNDEFINED if primary == "coverage" else crowd.among(people).difference(control, treatment, primary)
        for people in (complete, ~complete)
    )
    return {
        "treatment": treatment,
        "control": control,
        "all": _plain(everybody, level),
        "complete_case": _plain(few, level),
        "note": _disagreement(treatment, primary, everybody, few, others, level),
    }


def _plain(estimate: Estimate, level: float) -> dict[str, Any]:
    return {"difference": estimate.value, "ci": list(estimate.interval(level)), "n": estimate.n}


def _disagreement(
    treatment: str, primary: str, everybody: Estimate, few: Estimate, others: Estimate, level: float
) -> str | None:
    """How the estimates contradict each other beyond chance; None where they do not, or where there is only one."""
    label = BY_NAME[primary].label.lower()
    if not (everybody.defined and few.defined):
        return f"There are no complete cases of {treatment} to compare with." if everybody.defined else None
    if not statistics.unpaired(others, few).excludes_zero(level):
        return None
    what = "sign" if everybody.value * few.value < 0 else "size"
    return (
        f"The difference of {treatment} in {label} has another {what} among people whose pages were all answered, "
        "beyond what chance explains: it rests on what was done about failures, or on whom they befell."
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
