"""When a trial is hopeless: a paired comparison with the best trial so far, over the people who have met both.

Every trial is lived by the same people with the same luck, a share of them at a time, in an order that is drawn once.
After each share the trial's people are compared with the same people in the best complete trial so far. If even the
upper end of the `LEVEL` interval of the difference lies below 0, nobody else needs to live it. Persons, not events, are
the units; clones of one person are one cluster.

The best so far was chosen for being best, so it flatters itself on these very people (the winner's curse), and a trial
is looked at several times: the level is strict for both reasons. A trial that is stopped by mistake is one that was a
little better than the best and unlucky in its first people; the search goes on, near it too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.evaluation import statistics
from simulator.evaluation.statistics import F64
from simulator.studies.tune.trials import Look

LEVEL = 0.99
"""Of the two-sided interval. Assumed."""
FEWEST = 20
"""People below whom no trial is stopped. Assumed."""
LOOKS = 4
"""Shares of the people, the last of which completes a trial. Assumed."""


def look(values: F64, best: F64 | None, clusters: npt.NDArray[np.str_], lived: int) -> Look:
    """How a trial does. `values` and `best` (n_people,), more is better, NaN where not lived or undefined."""
    score = statistics.mean(values, clusters).value
    if best is None:
        return Look(people=lived, score=score)
    difference = statistics.paired(best, values, clusters)
    low, high = difference.interval(LEVEL)
    known = bool(np.isfinite(low) and np.isfinite(high))
    return Look(
        people=lived,
        score=score,
        difference=float(difference.value) if difference.defined else None,
        ci=(low, high) if known else None,
    )


def hopeless(seen: Look) -> bool:
    """Whether the trial need not be lived by anybody else."""
    return seen.people >= FEWEST and seen.ci is not None and seen.ci[1] < 0
