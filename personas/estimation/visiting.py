"""How often a person comes and how long one stays: visits, and interactions per visit, of a log of choices."""

from __future__ import annotations

import numpy as np

from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk, shrink
from simulator.records import I64, InteractionLog

SESSION_GAP_S = 1800
"""Half an hour without a trace starts a new visit (Catledge & Pitkow 1995)."""


def interactions(log: InteractionLog) -> F64:
    """Number of things each person chose. (n_users,)."""
    return np.bincount(log.user, minlength=log.n_users).astype(np.float64)


def visits(log: InteractionLog) -> F64:
    """Number of visits, of people whose interactions all carry a time; NaN for the others. (n_users,)."""
    visitor, _ = _visit_sizes(log)
    count = np.bincount(visitor, minlength=log.n_users).astype(np.float64)
    return np.where(log.complete_times() & (count > 0), count, np.nan)


def engagement_shrunk(log: InteractionLog) -> Shrunk:
    """How much more often than others a person comes: log of the number of visits, or of interactions without times.

    Agent4Rec and SimUSER: the number of interactions. The two groups are standardised apart, since their units differ.
    The log of a Poisson count of n has the squared error 1 / n. Where times are unknown, this is how well the number of
    interactions is known, and not how well it stands for visits.
    """
    count, visited = interactions(log), visits(log)
    timed = np.isfinite(visited)
    untimed = ~timed & (count > 0)
    by_count = shrink(np.where(untimed, np.log1p(count), np.nan), 1 / np.where(untimed, count, 1))
    by_visit = shrink(np.where(timed, np.log1p(np.nan_to_num(visited)), np.nan), 1 / np.where(timed, visited, 1))
    value = np.where(timed, by_visit.value, by_count.value).astype(np.float64)
    return Shrunk(0.0, 1.0, value, np.where(timed, by_visit.confidence, by_count.confidence))


def patience_by_choices(log: InteractionLog) -> Shrunk:
    """Mean over a person's visits of the log of their interactions; of people whose interactions all carry a time."""
    visitor, size = _visit_sizes(log)
    told = log.complete_times()[visitor]
    visitor, size = visitor[told], np.log(size[told].astype(np.float64))
    n = np.bincount(visitor, minlength=log.n_users)
    mean = np.bincount(visitor, size, log.n_users) / np.maximum(n, 1)
    freedom = float((n[n > 1] - 1).sum())
    if freedom == 0:
        nothing = np.full(log.n_users, np.nan)
        return shrink(nothing, nothing)
    within = float(((size - mean[visitor]) ** 2).sum()) / freedom
    return shrink(np.where(n > 0, mean, np.nan), np.where(n > 0, within / np.maximum(n, 1), np.inf))


def _visit_sizes(log: InteractionLog) -> tuple[I64, I64]:
    """The person and the number of interactions of each visit. (n_visits,) each."""
    order = np.lexsort((log.time, log.user))
    user, time = log.user[order], log.time[order]
    opens = np.ones(len(log), dtype=np.bool_)
    opens[1:] = (user[1:] != user[:-1]) | (time[1:] - time[:-1] > SESSION_GAP_S)
    start = np.flatnonzero(opens)
    return user[start].astype(np.int64), np.diff(start, append=len(log)).astype(np.int64)
