"""What a log shows of pages: which rows stood on one page, and which pages made one visit.

Needed are logs that say what was passed over. Rows without a place were not shown (a history from elsewhere).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from personas.estimation.scales import F64
from personas.estimation.visiting import SESSION_GAP_S
from simulator.records import Bools, InteractionLog

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False, kw_only=True)
class Pages:
    """The shown rows of a log by person, time and place, and the pages and visits that they make."""

    log: InteractionLog
    """The rows shown, in that order."""
    page: Indices
    """Page of each row. (rows,)."""
    cell: Indices
    """Row at each place of each page, -1 where a page is shorter. (n_pages, k)."""
    stride: F64
    """Places since the row before on the page; 0 for the first. (rows,)."""
    user: Indices
    """Person of each page. (n_pages,)."""
    time: F64
    """Seconds at which each page began; 0 where unknown. (n_pages,)."""
    ends: F64
    """Seconds at which its last sign of life was: the start of its last row, and what was then dwelt. (n_pages,)."""
    session: Indices
    """Visit of each page. (n_pages,)."""
    number: Indices
    """Of the page within its visit, from 0. (n_pages,)."""
    ordinal: Indices
    """Of the page within the person's log, from 0. (n_pages,)."""
    placed: bool
    """Whether rows carry places; else each row is a page of its own."""
    timed: Bools
    """The people all of whose pages carry a time. (n_users,)."""

    def __len__(self) -> int:
        return int(self.user.size)

    @property
    def n_sessions(self) -> int:
        return int(self.session[-1]) + 1 if self.session.size else 0

    @property
    def last_of_session(self) -> Bools:
        """(n_pages,)."""
        out = np.ones(len(self), dtype=np.bool_)
        out[:-1] = self.session[1:] != self.session[:-1]
        return out

    def by_place(self, values: npt.NDArray[np.generic], fill: object) -> npt.NDArray[np.generic]:
        """Values of rows at the places of their pages. (n_pages, k)."""
        return np.where(self.cell >= 0, values[self.cell], fill)  # type: ignore[call-overload,no-any-return]

    def by_row(self, places: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The reverse of `by_place`. (rows,)."""
        out = np.empty(len(self.log), dtype=places.dtype)
        out[self.cell[self.cell >= 0]] = places[self.cell >= 0]
        return out


def shown_rows(log: InteractionLog) -> Bools:
    """Which rows were shown, in a log that says so: those with a place, and whatever was passed over. (rows,)."""
    if bool(log.clicked.all()):
        return np.zeros(len(log), dtype=np.bool_)
    return (log.position >= 0) | ~log.clicked


def pages_of(log: InteractionLog) -> Pages | None:
    """The pages of a log; None where nothing was passed over.

    A page ends where the next place is not further down, and a visit where nothing happened for half an hour
    (`SESSION_GAP_S`) after a page and what was dwelt on it.
    """
    shown = shown_rows(log)
    if not shown.any():
        return None
    log = log.select(shown)
    log = log.select(_in_order(log))
    user, time, position = log.user.astype(np.intp), log.time.astype(np.float64), log.position
    same = np.zeros(len(log), dtype=np.bool_)
    same[1:] = (user[1:] == user[:-1]) & (position[1:] > position[:-1])
    dwell = np.nan_to_num(log.dwell_s.astype(np.float64))
    same[1:] &= time[1:] - time[:-1] - dwell[:-1] <= SESSION_GAP_S
    first = np.flatnonzero(~same)
    page = np.cumsum(~same) - 1
    size = np.diff(first, append=len(log))
    cell = np.where(np.arange(size.max()) < size[:, None], first[:, None] + np.arange(size.max()), -1)
    stride = np.zeros(len(log))
    stride[1:] = np.where(same[1:], position[1:] - position[:-1], 0)

    began, last = time[first], first + size - 1
    owner = user[first]
    # Rows of one page may share its time, or carry their own; what was dwelt before the last row has then passed.
    ends = np.maximum(time[last] + dwell[last], began + np.add.reduceat(dwell, first))
    opens = np.ones(first.size, dtype=np.bool_)
    opens[1:] = (owner[1:] != owner[:-1]) | (began[1:] - ends[:-1] > SESSION_GAP_S)
    new = np.ones(first.size, dtype=np.bool_)
    new[1:] = owner[1:] != owner[:-1]
    return Pages(
        log=log,
        page=page,
        cell=cell,
        stride=stride,
        user=owner,
        time=began,
        ends=ends,
        session=np.cumsum(opens) - 1,
        number=_since(opens),
        ordinal=_since(new),
        placed=bool((position >= 0).any()),
        timed=_timed(log),
    )


def _in_order(log: InteractionLog) -> Indices:
    """Rows by person, time and place; in the order of the log where a person has one place twice in one second."""
    order = np.lexsort((log.position, log.time, log.user))
    user, time, position = log.user[order], log.time[order], log.position[order]
    moment = np.ones(len(log), dtype=np.bool_)
    moment[1:] = (user[1:] != user[:-1]) | (time[1:] != time[:-1])
    number = np.cumsum(moment) - 1
    twice = np.zeros(int(number[-1]) + 1, dtype=np.bool_)
    twice[number[1:][~moment[1:] & (position[1:] == position[:-1])]] = True
    return order[np.lexsort((np.where(twice[number], order, np.arange(len(log))), number))]


def _since(opens: Bools) -> Indices:
    """How many pages ago the last True was."""
    index = np.arange(opens.size)
    return index - np.maximum.accumulate(np.where(opens, index, 0))


def _timed(log: InteractionLog) -> Bools:
    count = np.bincount(log.user, minlength=log.n_users)
    return log.complete_times() & (count > 0)
