"""The table of offline metrics: each with an interval over persons, and differences person by person.

The person is the unit, as in simulated runs: standard errors are those of a mean over persons, and two recommenders are
compared on the same persons' differences, which takes out how hard each person is to predict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simulator.evaluation import statistics
from simulator.evaluation.offline.accuracy import F64, accuracy
from simulator.evaluation.offline.beyond import beyond_accuracy, exposure
from simulator.evaluation.offline.definitions import bounds_of
from simulator.evaluation.offline.rank import Rankings
from simulator.evaluation.offline.splits import Holdout
from simulator.evaluation.statistics import Estimate
from simulator.evaluation.summary import plain
from simulator.records import I32, Ids

CUTOFF = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """What one recommender's lists are worth. Names are such as ``ndcg@10``."""

    name: str
    people: I32
    """Rows of the log's `user_ids`. (n,)."""
    clusters: Ids
    """The unit of resampling of each person: their id, or the person that they are a clone of. (n,)."""
    persons: Mapping[str, F64]
    """One value a person, NaN where undefined. (n,) each."""
    crowd: Mapping[str, F64]
    """Coverage and Gini index, of everybody and without each jackknife group. (1 + GROUPS,) each."""

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """Each metric with its standard error."""
        means = {name: statistics.mean(values, self.clusters) for name, values in self.persons.items()}
        return means | {name: statistics.jackknife(values, self.people.size) for name, values in self.crowd.items()}


def measure(
    rankings: Rankings, holdout: Holdout, *, cutoffs: Sequence[int] = (CUTOFF,), clusters: Ids | None = None
) -> Measured:
    """Every offline metric of `rankings`, which must be of everybody who is judged by `holdout`.

    `clusters` (n,): who belongs together, aligned with `rankings.people`; by default everybody stands alone. Raises
    UserInputError for a cutoff beyond the lists, ValueError for rankings of other people.
    """
    if not np.array_equal(rankings.people, holdout.people):
        raise ValueError("the rankings are not of the people that this holdout judges")
    train, items, people = holdout.train, rankings.items, rankings.people
    units = train.user_ids[people] if clusters is None else clusters
    return Measured(
        name=rankings.name,
        people=people,
        clusters=units,
        persons=accuracy(items, holdout.relevant, cutoffs) | beyond_accuracy(items, people, train, cutoffs),
        crowd=exposure(items, units.tolist(), len(train.catalog), cutoffs),
    )


def offline_table(measured: Measured, confidence: float = 0.95) -> dict[str, dict[str, Any]]:
    """{metric: {value, ci: [low, high], n}} as JSON has it: None where undefined; `n` counts persons."""
    return {name: _row(estimate, confidence, bounds_of(name)) for name, estimate in measured.estimates.items()}


def paired_differences(control: Measured, treatment: Measured) -> dict[str, Estimate]:
    """`treatment` minus `control` in each metric that both have, on the persons for whom both are defined.

    Raises ValueError if the two are not of the same people.
    """
    if not np.array_equal(control.people, treatment.people):
        raise ValueError("a paired difference needs two recommenders' lists for the same people")
    out = {
        name: statistics.paired(values, treatment.persons[name], control.clusters)
        for name, values in control.persons.items()
        if name in treatment.persons
    }
    for name, values in control.crowd.items():
        if name in treatment.crowd:
            out[name] = statistics.jackknife(treatment.crowd[name] - values, control.people.size)
    return out


def difference_table(differences: Mapping[str, Estimate], confidence: float = 0.95) -> dict[str, dict[str, Any]]:
    """{metric: {difference, ci: [low, high], p_value, n}} as JSON has it."""
    unbounded = (-math.inf, math.inf)
    out: dict[str, dict[str, Any]] = {}
    for name, estimate in differences.items():
        row = _row(estimate, confidence, unbounded)
        out[name] = {
            "difference": row["value"], "ci": row["ci"], "p_value": plain(estimate.p_value), "n": row["n"],
        }  # fmt: skip
    return out


def _row(estimate: Estimate, confidence: float, bounds: tuple[float, float]) -> dict[str, Any]:
    low, high = bounds
    ends = [min(max(end, low), high) if math.isfinite(end) else end for end in estimate.interval(confidence)]
    return {"value": plain(estimate.value), "ci": [plain(end) for end in ends], "n": estimate.n}
