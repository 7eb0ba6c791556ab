"""What people answered when they were asked, by arm: facts of a survey, which decide nothing.

A stated satisfaction is a language model's word, and no law or log says how it lies to what people do.
"""

from __future__ import annotations

import math
from typing import Any

from simulator.evaluation import statistics
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.testimony import SAID

BOUNDS = {"stated_satisfaction": (1.0, 5.0), "interview": (1.0, 10.0)}


def survey_table(crowd: Crowd) -> dict[str, Any]:
    """By arm and question: {mean, ci, n_users}, persons (or their clusters) as units. Empty where nobody was asked."""
    told = crowd.testimony
    if told is None or all(math.isnan(value) for values in told.said.values() for value in values.ravel()):
        return {}
    table: dict[str, Any] = {}
    for arm in crowd.data.arms:
        table[arm] = {}
        for name in SAID:
            estimate = statistics.mean(told.said[arm, name], crowd.clusters)
            low, high = BOUNDS[name]
            ci = [min(max(end, low), high) for end in estimate.interval(crowd.data.confidence)]
            table[arm][name] = {"mean": estimate.value, "ci": ci, "n_users": estimate.n}
    return table
