"""Examination: which places of a page a person looks at. The only law in which position acts.

Each law gives a table of costs, cost = -ln P(examined), shape (k, k + 1): row r is the place that attention reaches
r-th, column 0 holds when nothing above was clicked and column l + 1 when the last click was on the l-th. A place is
examined if its exponential luck -ln U exceeds effort x cost, so that P(examined) = P^effort: an effort above 1 (habit,
fatigue) makes attention end sooner, and the first place (cost 0) is always examined.

In a sequential table a cost is that of the step from the place before, and a place is reached only through it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from simulator.behaviour.constants import constant
from simulator.records import F32

_YANDEX = "EM on the Yandex relevance-prediction sample, 35,064 result pages (benchmarks/fit_laws.py)"
_GLANCE = "a person takes in more than they read; no log shows it"


class Examination(Hashable, Protocol):
    """What the three laws have in common."""

    sequential: ClassVar[bool]

    @property
    def glance(self) -> float:
        """Noticing costs this share of examining: 1, only what is examined is noticed; 0, the whole page is."""
        ...

    def table(self, ranks: F32, *, sequential: bool) -> F32:
        """Costs for places at these attention ranks (1 is first, ascending, (k,)); (k, k + 1)."""
        ...


def _steps(costs: F32) -> F32:
    """Costs of single steps from costs of places: a place's cost less that of the place before, at the same history.

    Right after a click on the place before, its own examination is certain, so nothing is subtracted.
    """
    k = costs.shape[0]
    steps = costs.copy()
    steps[1:] -= costs[:-1]
    after_click = np.arange(1, k)
    steps[after_click, after_click] = costs[after_click, after_click]
    return np.maximum(steps, 0.0, out=steps)


@dataclass(frozen=True)
class PositionBased:
    """Position-based model: P(examined at rank r) = 1 / (1 + decay (r - 1)), whatever was clicked.

    Model: Richardson, Dominowska & Ragno, WWW 2007. The hyperbola fits held-out pages as well as a power law does
    (perplexity a place 1.3888 and 1.3890) and better at the top.
    """

    sequential: ClassVar[bool] = False
    decay: float = constant(0.28, unit="1/rank", grade="transferred", source=_YANDEX, low=0.0, high=10.0, spread=0.07)
    glance: float = constant(0.5, unit="share", grade="assumed", source=_GLANCE, low=0.0, high=1.0)

    def table(self, ranks: F32, *, sequential: bool) -> F32:
        costs = np.log1p(np.float32(self.decay) * (ranks - 1))
        table = np.repeat(costs[:, None], ranks.size + 1, axis=1).astype(np.float32)
        if sequential:
            table[1:] -= table[:-1].copy()
        return table


@dataclass(frozen=True)
class Cascade:
    """Cascade: people go down the page place by place, with one chance of going on after a pass, another after a click.

    Craswell, Zoeter, Taylor & Ramsey, WSDM 2008 (who have 1 and 0); going on after a click: Guo, Liu & Wang, WSDM 2009.
    The default: nearly as good on held-out pages as user browsing (perplexity a place 1.3687 and 1.3670; position-based
    1.3888), and the only one in which what is noticed can be known before anything is clicked.
    """

    sequential: ClassVar[bool] = True
    after_pass: float = constant(
        0.82, unit="probability", grade="transferred", source=_YANDEX, low=0.01, high=1.0, spread=0.05
    )
    after_click: float = constant(
        0.83, unit="probability", grade="transferred", source=_YANDEX, low=0.01, high=1.0, spread=0.05
    )
    glance: float = constant(0.5, unit="share", grade="assumed", source=_GLANCE, low=0.0, high=1.0)

    def table(self, ranks: F32, *, sequential: bool) -> F32:
        k = ranks.size
        stride = np.diff(ranks, prepend=ranks[:1])
        table = np.repeat((stride * -np.log(np.float32(self.after_pass)))[:, None], k + 1, axis=1)
        below = np.arange(1, k)
        table[below, below] = stride[1:] * -np.log(np.float32(self.after_click))
        return table.astype(np.float32)


@dataclass(frozen=True)
class UserBrowsing:
    """User browsing model: examination depends on the distance d from the last click, or from the top before the first.

    P(examined) = d^-fade, with `fade_start` for the distance from the top (d = r) and `fade_click` from a click. Dupret
    & Piwowarski, SIGIR 2008, whose table of P by rank and distance is reduced to two constants here (held-out
    perplexity a place 1.3670; 1.3645 with the whole table). As a place right below a click is always examined, what
    gets noticed cannot be told before the clicks: every place counts as noticed.
    """

    sequential: ClassVar[bool] = False
    fade_start: float = constant(
        0.78, unit="exponent", grade="transferred", source=_YANDEX, low=0.0, high=10.0, spread=0.15
    )
    fade_click: float = constant(
        1.17, unit="exponent", grade="transferred", source=_YANDEX, low=0.0, high=10.0, spread=0.15
    )
    glance: float = constant(0.5, unit="share", grade="assumed", source=_GLANCE, low=0.0, high=1.0)

    def table(self, ranks: F32, *, sequential: bool) -> F32:
        k = ranks.size
        table = np.zeros((k, k + 1), dtype=np.float32)
        table[:, 0] = np.float32(self.fade_start) * np.log(ranks)
        distance = np.maximum(ranks[:, None] - ranks[None, :], 1.0)
        table[:, 1:] = np.float32(self.fade_click) * np.log(distance)
        return _steps(table) if sequential else table
