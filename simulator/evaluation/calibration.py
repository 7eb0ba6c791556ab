"""Slate calibration: does the mind want an arm's slates as much as real people chose from them?

For each arm, on the impressions of items that the person does not already know: the predicted hit rate (mean chance
that the item is among the person's held-out choices V) and the real one (the share that is in V). A mind fitted on one
kind of recommender flatters its slates, which shows as a residual of that arm. An effect smaller than the difference of
two arms' residuals is not evidence. V is itself self-selected: what somebody would have liked, but never met, counts as
a miss. People who have nothing held out are no evidence and are left out on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.evaluation import statistics
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.statistics import Estimate


@dataclass(frozen=True, slots=True)
class SlateCalibration:
    """One arm under the named mind. `residual` = predicted - real, with persons as units."""

    predicted: float
    real: float
    residual: Estimate


def slate_calibration(crowd: Crowd, arm: str) -> SlateCalibration | None:
    """Of one arm; None where the mind has no taste for anything it was shown."""
    predicted, real = crowd.of(arm, "want"), crowd.of(arm, "hit_rate")
    predicted = np.where(np.isfinite(real), predicted, np.nan)
    residual = statistics.paired(real, predicted, crowd.clusters)
    if not residual.defined:
        return None
    return SlateCalibration(
        predicted=statistics.mean(predicted, crowd.clusters).value,
        real=statistics.mean(real, crowd.clusters).value,
        residual=residual,
    )


def residual_gap(crowd: Crowd, control: str, treatment: str) -> Estimate:
    """The treatment's residual minus the control's: how much the mind favours one arm's slates."""
    residuals = (crowd.of(arm, "want") - crowd.of(arm, "hit_rate") for arm in (control, treatment))
    return crowd.contrast(control, treatment, *residuals)
