"""The four words, each from evidence made for it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from simulator.evaluation.ensemble import Agreement, MindDifference, kendall_tau
from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.statistics import UNDEFINED, Estimate, with_spread
from simulator.evaluation.verdict import Evidence, judge, number


def _estimate(value: float, se: float = 0.01) -> Estimate:
    return Estimate(value, se, 99, 100)


def _evidence(
    difference: Estimate,
    minds: tuple[float, ...] = (),
    *,
    metric: str = "want",
    want: Estimate | None = None,
    gap: Estimate | None = None,
) -> Evidence:
    import numpy as np

    of_minds = tuple(MindDifference(f"m{i}", _estimate(value)) for i, value in enumerate(minds))
    signs = [math.copysign(1, value) == math.copysign(1, difference.value) for value in minds]
    agreed = Agreement(
        of_minds,
        sum(signs) / len(signs) if signs else math.nan,
        with_spread(difference, np.array(minds)),
        math.nan,
        math.nan,
    )
    return Evidence(BY_NAME[metric], difference, agreed, want or difference, gap or _estimate(0.0), 0.95)


CLEAR = _estimate(0.10)


@pytest.mark.parametrize(
    ("evidence", "verdict", "words"),
    [
        (_evidence(CLEAR, (0.1, 0.09, 0.11, 0.1)), "robust", "4 of 4 minds"),
        (_evidence(CLEAR, (0.1, 0.09, -0.11, 0.1)), "depends_on_mind", "Only 3 of 4"),
        (_evidence(CLEAR, (0.1, 0.5, 0.01, 0.9)), "depends_on_mind", "contains 0"),
        (_evidence(_estimate(0.001), (0.001, -0.002)), "no_difference", "beyond 0.0208"),
        (_evidence(_estimate(0.001), (0.2, 0.3, 0.001)), "depends_on_mind", "2 of 3 minds"),
        (_evidence(_estimate(0.0, 0.0), (0.0, 0.0)), "no_difference", "same value"),
        (_evidence(CLEAR), "not_judged", "Only one mind"),
        (replace(_evidence(CLEAR, (0.1, 0.1)), unanswered=0.51), "not_judged", "did not answer on 51%"),
        (replace(_evidence(CLEAR, (0.1, 0.1)), unanswered=0.5), "robust", "2 of 2"),
        (_evidence(Estimate(0.1, math.nan, 0, 1), (0.1, 0.1)), "not_judged", "too few people"),
        (_evidence(CLEAR, (0.1, 0.1), gap=UNDEFINED), "not_judged", "None of these people has a history"),
        (replace(_evidence(CLEAR, (0.1, 0.1), gap=UNDEFINED), want=UNDEFINED), "not_judged", "not calibrated"),
        (_evidence(CLEAR, (0.1, 0.1), gap=_estimate(0.2)), "not_judged", "favours the treatment's slates by 0.200"),
        (_evidence(CLEAR, (0.1, 0.1), gap=_estimate(-0.2)), "not_judged", "favours the control's"),
        (_evidence(CLEAR, (0.1, 0.1), gap=_estimate(0.05)), "robust", "2 of 2"),
        # an effect that is all bias: the gap is as large, give or take its error
        (_evidence(CLEAR, (0.1, 0.1), gap=_estimate(0.09)), "not_judged", "up to 0.110"),
        # equal arms: both are noise
        (_evidence(_estimate(0.001), (0.001, 0.002), gap=_estimate(0.01)), "no_difference", "contains 0"),
        # what is read off the slates needs no calibrated mind
        (_evidence(CLEAR, (0.1, 0.1), metric="novelty", gap=UNDEFINED), "robust", "2 of 2"),
        (_evidence(CLEAR, (0.1, 0.1), metric="click_rate", gap=UNDEFINED), "not_judged", "None of these"),
    ],
)
def test_verdict_and_its_reason(evidence: Evidence, verdict: str, words: str) -> None:
    found, reason = judge(evidence)
    assert found == verdict
    assert words in reason
    assert reason.endswith(".")


def test_tau_counts_only_pairs_that_the_reference_tells_apart() -> None:
    assert kendall_tau([1, 2, 3], [10, 20, 30]) == 1.0
    assert kendall_tau([1, 2, 3], [30, 20, 10]) == -1.0
    assert kendall_tau([1, 2, 3], [1, 3, 2]) == pytest.approx(1 / 3)
    assert kendall_tau([1, 1, 3], [5, 4, 6]) == 1.0
    assert math.isnan(kendall_tau([2, 2], [1, 3]))
    assert math.isnan(kendall_tau([2], [1]))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.065, "0.0650"), (12.34, "12.3"), (600.0, "600"), (1234.5, "1,234"), (1e-9, "1.00e-09")],
)
def test_numbers_keep_three_digits(value: float, text: str) -> None:
    assert number(value) == text
