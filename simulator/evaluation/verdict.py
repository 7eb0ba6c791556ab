"""May this difference be believed? One of four words, and a sentence that says why.

`robust`            clear even when the variance between minds is counted, and the minds agree on its sign
`depends_on_mind`   one mind's answer and not the crowd's
`no_difference`     the interval contains 0: the sentence says how large a difference it leaves possible
`not_judged`        the mind is not calibrated on these slates well enough to say, or nothing else was asked
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from simulator.evaluation.ensemble import Agreement
from simulator.evaluation.metrics import Metric
from simulator.evaluation.statistics import Estimate

Verdict = Literal["robust", "depends_on_mind", "no_difference", "not_judged"]

SIGN_AGREEMENT = 0.9
"""Of eight minds all must agree, of ten or more one may differ. Assumed: no source sets this line."""

MOST_UNANSWERED = 0.5
"""Share of pages without an answer above which the named mind did not live the run: most pages are another's."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict rests on, for one metric of one treatment."""

    metric: Metric
    difference: Estimate
    """Under the named mind, on all people."""
    agreement: Agreement
    want: Estimate
    """The same comparison's difference in want …"""
    gap: Estimate
    """… and the treatment's calibration residual minus the control's; both undefined without a calibrated mind."""
    confidence: float
    linked: bool = False
    """Whether a recommender of the two learnt during the run, so that people are not independent."""
    unanswered: float = 0.0
    """Share of pages on which the model that speaks for the people did not answer; of the arm where it is larger."""


def judge(evidence: Evidence) -> tuple[Verdict, str]:
    """The verdict and its reason in words."""
    if not all(map(math.isfinite, evidence.difference.interval(evidence.confidence))):
        return "not_judged", "There are too few people for an interval."
    if evidence.linked:
        return "not_judged", (
            "A recommender that learns during the run links its people, and the interval takes them as independent. "
            "Repeat the run with several seeds and compare their differences."
        )
    if evidence.unanswered > MOST_UNANSWERED:
        return "not_judged", (
            f"The model did not answer on {evidence.unanswered:.0%} of an arm's pages, so this is not its answer."
        )
    if not evidence.metric.of_slates:
        doubt = _calibration_doubt(evidence)
        if doubt:
            return "not_judged", doubt
    return _judge_by_minds(evidence)


def _calibration_doubt(evidence: Evidence) -> str | None:
    """Why the mind's want of these slates is no measure of them; None if it is one.

    With two arms that are really equal both the effect and the gap are noise, and either may be the larger: then it is
    the interval that answers, so a gap only counts where it, or the effect, is clearly there. Then it counts with its
    whole interval: an effect that is nothing but the mind's bias equals the gap, and a gap that is not known well
    enough to be told from the effect does not vouch for it.
    """
    gap, want, level = evidence.gap, evidence.want, evidence.confidence
    if not want.defined:
        return "The mind's want is not calibrated on held-out choices, so nothing tells how far to believe it."
    if not gap.defined:
        return (
            "None of these people has a history, so none of their choices was held out, and nothing tells how far to "
            "believe the mind's want. Put people of a log beside them (population.personas)."
        )
    if not (gap.excludes_zero(level) or want.excludes_zero(level)):
        return None
    reach = max(map(abs, gap.interval(level)))
    if reach <= abs(want.value):
        return None
    favoured = "treatment" if gap.value > 0 else "control"
    at_most = f" (up to {number(reach)})" if reach > abs(gap.value) else ""
    return (
        f"Against people's held-out choices the mind favours the {favoured}'s slates by "
        f"{number(abs(gap.value))}{at_most}: its difference in want, {number(abs(want.value))}, is no larger than that."
    )


def _judge_by_minds(evidence: Evidence) -> tuple[Verdict, str]:
    level, named, minds = evidence.confidence, evidence.difference, evidence.agreement.minds
    low, high = named.interval(level)
    clear_minds = sum(one.difference.excludes_zero(level) for one in minds)
    if not named.excludes_zero(level):
        if minds and clear_minds > len(minds) / 2:
            return "depends_on_mind", (
                f"The named mind sees no difference, but {clear_minds} of {len(minds)} minds do, on their people."
            )
        if low == high == 0.0:
            return "no_difference", "Everybody has the same value in both arms."
        largest = number(max(abs(low), abs(high)))
        return "no_difference", f"The {level:.0%} interval contains 0; a difference beyond {largest} is unlikely."
    if not minds:
        return "not_judged", "Only one mind was asked, so whether the difference depends on it is not known."
    agree = round(evidence.agreement.sign_agreement * len(minds))
    if evidence.agreement.sign_agreement < SIGN_AGREEMENT:
        return "depends_on_mind", f"Only {agree} of {len(minds)} minds give the difference this sign."
    if not evidence.agreement.total.excludes_zero(level):
        return "depends_on_mind", (
            f"{agree} of {len(minds)} minds agree on the sign, but they differ so much in size that the {level:.0%} "
            "interval including the variance between minds contains 0."
        )
    return "robust", (
        f"{agree} of {len(minds)} minds give the same sign, and the {level:.0%} interval including the variance "
        "between minds excludes 0."
    )


def number(value: float) -> str:
    """Three significant digits, without an exponent where people write none."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:#.3g}".rstrip(".")
