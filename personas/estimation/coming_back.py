"""Activity: how many visits a day a person makes, from the gaps between them.

Gaps are log-normal about the person's own mean, and those are normal over people. The wait since a person's last visit
is a gap cut off by the end of the log, of which only its least length is known: the Tobit model (Tobin, Econometrica
1958) by EM. Without it, people who come rarely would look as if they came often whenever they came twice. Who came
`OFTEN` is known by the gaps made, and a long silence at the end is rather a log that stops than a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from personas.estimation.pages import Pages
from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk, shrink
from personas.estimation.visiting import SESSION_GAP_S
from simulator.records import F32

DAY_S = 86_400.0
OFTEN = 6
"""Gaps from which the wait at the end does not count. Assumed: it is then at most a seventh of what is known."""
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class ComingBack:
    """Visits a day and what is known of them. All (n_users,)."""

    visits_a_day: F32
    """One over the mean gap in days; the crowd's median for people who were never seen."""
    confidence: F64
    visits: F64


def visits_a_day(pages: Pages, n_people: int) -> ComingBack | None:
    """Visits a day of the people of these pages; None where times are unknown or nobody came twice."""
    user, begins, ends = _sessions(pages)
    told = pages.timed[user]
    user, begins, ends = user[told], begins[told], ends[told]
    again = user[1:] == user[:-1]
    if not again.any():
        return None
    gap = np.log(np.maximum(begins[1:] - ends[:-1], 1.0)[again] / DAY_S)
    comer = user[1:][again]
    last = np.append(~again, True)
    waited = (ends.max() - ends)[last]
    counts = (waited > SESSION_GAP_S) & (np.bincount(comer, minlength=n_people)[user[last]] < OFTEN)
    waits, least = user[last][counts], np.log(waited[counts] / DAY_S)

    n = np.bincount(comer, minlength=n_people) + np.bincount(waits, minlength=n_people)
    some = np.maximum(n, 1)
    theirs = Shrunk(float(gap.mean()), 1.0, np.full(n_people, float(gap.mean())), np.zeros(n_people))
    variance = max(float(gap.var()), 1e-6)
    for _ in range(_ROUNDS):
        sd = np.sqrt(variance)
        cut = (least - theirs.posterior[waits]) / sd
        beyond = np.exp(-(cut**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-cut))
        expected = theirs.posterior[waits] + sd * beyond
        # A gap known only to be longer tells this share of what a gap tells.
        share = np.clip(beyond * (beyond - cut), 1e-6, 1.0)
        mean = (np.bincount(comer, gap, n_people) + np.bincount(waits, expected, n_people)) / some
        told_by = np.bincount(comer, minlength=n_people) + np.bincount(waits, share, n_people)
        error = np.where(n > 0, variance / np.maximum(told_by, 1e-9), np.inf)
        # Imputed gaps lean to the person's present mean; undoing that gives the estimate that they make by themselves.
        alone = theirs.posterior + (mean - theirs.posterior) * some / np.maximum(told_by, 1e-9)
        theirs = shrink(np.where(n > 0, alone, np.nan), error)
        rest = float(((gap - theirs.posterior[comer]) ** 2).sum())
        freedom = max(1.0, gap.size - float((theirs.confidence[np.unique(comer)]).sum()))
        variance = max(rest / freedom, 1e-6)
    visited = np.bincount(user, minlength=n_people).astype(np.float64)
    median = np.exp(-theirs.posterior - variance / 2)
    return ComingBack(median.astype(np.float32), theirs.confidence, visited)


def _sessions(pages: Pages) -> tuple[np.typing.NDArray[np.intp], F64, F64]:
    """Person, first and last second of each visit. (n_sessions,) each."""
    first = np.flatnonzero(pages.number == 0)
    last = np.flatnonzero(pages.last_of_session)
    return pages.user[first], pages.time[first], pages.ends[last]
