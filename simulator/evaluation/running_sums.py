"""A metric's two sums for the people of one block, added up page by page while the block is lived.

They are the sums that `simulator.evaluation.crowd` takes from the finished journal, by the same rules: pages that a
mind skipped are no behaviour. Probabilities are reckoned in single precision here, which is enough to look at. Coverage
and diversity are not told while a run goes on: the one is of no person, the other needs each page's categories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.evaluation.metrics import BY_NAME, REGRET, RETURN_WITHIN_S, Metric
from simulator.evaluation.statistics import F64
from simulator.records import F32, I32, I64, Bools
from simulator.turn import I8, AppraisedBy

NOT_TOLD = frozenset({"coverage", "diversity"})
NEAREST = "click_rate"
"""What is told of a run whose primary metric cannot be told yet: any page defines it."""


class Seen(Protocol):
    """What of pages is looked at; a `Page` has it. n people, k places."""

    @property
    def rows(self) -> I32: ...
    @property
    def session(self) -> I32: ...
    @property
    def items(self) -> I32: ...
    @property
    def clicked(self) -> Bools: ...
    @property
    def dwell_s(self) -> F32: ...
    @property
    def rating(self) -> F32: ...
    @property
    def taste(self) -> F32: ...
    @property
    def satisfaction(self) -> F32: ...
    @property
    def left(self) -> Bools: ...
    @property
    def return_gap_s(self) -> F32: ...
    @property
    def appraised_by(self) -> I8: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Yardstick:
    """What sums need beside pages."""

    rating_unit: float
    """What one of five levels is on the log's rating scale."""
    bits: F64 | None = None
    """Self-information of each item, (n_items,); None where novelty is not measured."""


def bits_of(popularity: I64) -> F64:
    """Self-information of each item by how often the platform's people chose it, one added to each count.
    (n_items,)."""
    counts = popularity + 1.0
    bits: F64 = -np.log2(counts / counts.sum())
    return bits


def told_of(primary: str, *, log_has_clicks: bool) -> tuple[str, ...]:
    """The metrics that are summed while a run is lived, the best answer to its question first."""
    named = primary if primary in BY_NAME else NEAREST if log_has_clicks else "want"
    return tuple(dict.fromkeys(name for name in (named, NEAREST) if name not in NOT_TOLD))


class RunningSums:
    """Numerator and denominator of one metric for the n people of a block."""

    def __init__(self, metric: str, n: int, yardstick: Yardstick) -> None:
        self._metric: Metric = BY_NAME[metric]
        self._by = yardstick
        self.above: F64 = np.zeros(n)
        self.below: F64 = np.zeros(n)
        self._last_session = np.full(n, -1, dtype=np.int64)

    def add(self, page: Seen) -> None:
        """One turn: each person at most once."""
        judged = page.appraised_by != AppraisedBy.SKIPPED
        counted = slice(None) if judged.all() else judged
        rows = page.rows[counted]
        for name, sums in ((self._metric.numerator, self.above), (self._metric.denominator, self.below)):
            if name == "sessions":
                session = page.session[counted]
                sums[rows] += session != self._last_session[rows]
                self._last_session[rows] = session
            else:
                sums[rows] += _SUMS[name](page, self._by)[counted]


def _chances(page: Seen) -> Bools:
    known: Bools = np.isfinite(page.taste) & (page.items >= 0)
    return known


def _chance(page: Seen, _: Yardstick) -> F64:
    with np.errstate(over="ignore"):
        chance = 1.0 / (1.0 + np.exp(-page.taste))
    total: F64 = np.where(_chances(page), chance, np.float32(0.0)).sum(axis=1, dtype=np.float64)
    return total


def _bits(page: Seen, by: Yardstick) -> F64:
    assert by.bits is not None
    shown = page.items >= 0
    total: F64 = np.where(shown, by.bits[np.where(shown, page.items, 0)], 0.0).sum(axis=1)
    return total


_SUMS: Mapping[str, Callable[[Seen, Yardstick], np.ndarray]] = {
    "impressions": lambda page, _: (page.items >= 0).sum(axis=1),
    "clicks": lambda page, _: page.clicked.sum(axis=1),
    "dwell": lambda page, _: np.nan_to_num(page.dwell_s).sum(axis=1, dtype=np.float64),
    "chance": _chance,
    "judged": lambda page, _: _chances(page).sum(axis=1),
    "pages": lambda page, _: np.ones(page.rows.shape),
    "satisfaction": lambda page, _: np.nan_to_num(page.satisfaction.astype(np.float64)),
    "felt": lambda page, _: np.isfinite(page.satisfaction),
    "ended": lambda page, _: page.left,
    "returns": lambda page, _: page.left & (page.return_gap_s <= RETURN_WITHIN_S),
    "rated": lambda page, _: (page.clicked & np.isfinite(page.rating)).sum(axis=1),
    "regrets": lambda page, by: (page.clicked & (page.rating <= REGRET * by.rating_unit)).sum(axis=1),
    "bits": _bits,
}
"""By the names of `simulator.evaluation.metrics`: one number a page, (n,)."""
