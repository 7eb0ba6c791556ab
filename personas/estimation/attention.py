"""How far down a page people look: going from place to place with a chance that falls with the person's effort.

The cascade (Craswell, Zoeter, Taylor & Ramsey, WSDM 2008; going on after a click: Guo, Liu & Wang, WSDM 2009): the
first place is looked at, and each next one with the chance exp(-effort x cost), with one cost after a pass, another
after a click, and a factor for how far the visit has come. What stands above a click was looked at; below the last
click it is not known how far, so it is summed out: a posterior chance for each place, and the likelihood of each
effort.
"""

from __future__ import annotations

import numpy as np

from personas.estimation.pages import Pages
from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk
from simulator.records import Bools

_FIRST_PAGES = 5
"""Pages of a visit that have a factor of their own; later ones share the last."""
_GRID = np.linspace(-2.0, 2.0, 41)
"""ln effort."""
_START_COST, _START_SPREAD = 0.2, 0.3
_NEWTON = 3


class Attention:
    """How far people look, while it is fitted."""

    def __init__(self, pages: Pages, n_people: int) -> None:
        self._pages, self._n = pages, n_people
        self.there: Bools = pages.cell >= 0
        self.clicked: Bools = np.where(self.there, pages.log.clicked[pages.cell], False)
        self.stride: F64 = np.where(self.there, pages.stride[pages.cell], 0.0)
        k = self.there.shape[1]
        places = np.arange(k)
        last = k - 1 - self.clicked[:, ::-1].argmax(axis=1)
        self.last = np.where(self.clicked.any(axis=1), last, 0)
        """Place down to which everything was looked at for sure: of the last click, or the first. (n_pages,)."""
        self.sure: Bools = places <= self.last[:, None]
        self._after_click = np.zeros_like(self.there)
        self._after_click[:, 1:] = self.clicked[:, :-1]
        self._bucket = np.minimum(pages.number, _FIRST_PAGES - 1)
        self.cost = np.full(2, _START_COST)
        """Of a step after a pass, after a click."""
        self.by_page = np.ones(_FIRST_PAGES)
        self.effort = Shrunk(0.0, _START_SPREAD**2, np.zeros(n_people), np.zeros(n_people))
        """ln effort of each person."""

    def first_guess(self) -> F64:
        """Chance that each place was looked at, before anything is known of the people. (n_pages, k)."""
        beyond = np.maximum(np.arange(self.there.shape[1]) - self.last[:, None], 0)
        return np.where(self.there, np.exp(-_START_COST * beyond), 0.0)

    def looked(self, chance: F64) -> F64:
        """Posterior chance that each place was looked at, given the `chance` of a click on it if so. (n_pages, k)."""
        onward = np.exp(-self._hazard())
        rest = self._rest(onward, chance)
        looked = np.where(self.sure, 1.0, 0.0)
        for place in range(1, looked.shape[1]):
            step = onward[:, place] * (1 - chance[:, place]) * rest[:, place] / rest[:, place - 1]
            looked[:, place] = np.where(self.sure[:, place], 1.0, looked[:, place - 1] * step)
        return np.where(self.there, looked, 0.0)

    def fit_costs(self, looked: F64) -> None:
        """One round of the crowd's costs, given the chances that places were looked at (EM)."""
        went = looked[:, 1:]
        stopped = np.where(self.there[:, 1:], looked[:, :-1] - went, 0.0)
        hazard = self._hazard()[:, 1:]
        after = self._after_click[:, 1:].astype(np.intp)
        for kind in range(2):
            self.cost[kind] *= _factor(hazard, went, stopped, after == kind)
        for bucket in range(1, _FIRST_PAGES):
            self.by_page[bucket] *= _factor(
                hazard, went, stopped, (self._bucket == bucket)[:, None] & self.there[:, 1:]
            )

    def fit_people(self, chance: F64) -> None:
        """Posterior of each person's ln effort over a grid, and the spread of it over people (EM)."""
        base = self._hazard(of_person=False)
        surely = np.where(self.sure, base, 0.0).sum(axis=1)
        pages = np.arange(len(self._pages))
        likelihood = np.empty((self._n, _GRID.size))
        for column, effort in enumerate(np.exp(_GRID)):
            rest = self._rest(np.exp(-effort * base), chance)
            page = -effort * surely + np.log(np.maximum(rest[pages, self.last], 1e-300))
            likelihood[:, column] = np.bincount(self._pages.user, page, self._n)
        told = np.bincount(self._pages.user, minlength=self._n) > 0
        variance = max(self.effort.variance, 1e-4)
        for _ in range(30):
            posterior = likelihood - _GRID**2 / (2 * variance)
            posterior = np.exp(posterior - posterior.max(axis=1, keepdims=True))
            posterior /= posterior.sum(axis=1, keepdims=True)
            mean = posterior @ _GRID
            doubt = posterior @ _GRID**2 - mean**2
            variance = float(np.clip((mean**2 + doubt)[told].mean(), 1e-4, 1.0)) if told.any() else variance
        middle = float(mean[told].mean()) if told.any() else 0.0
        self.cost *= np.exp(middle)
        confidence = np.where(told, np.clip(1 - doubt / variance, 0.0, 1.0), 0.0)
        self.effort = Shrunk(0.0, variance, np.where(told, mean - middle, 0.0), confidence)

    def _hazard(self, *, of_person: bool = True) -> F64:
        """Cost of the step to each place, 0 for the first. (n_pages, k)."""
        hazard = self.cost[self._after_click.astype(np.intp)] * self.stride * self.by_page[self._bucket][:, None]
        if of_person:
            hazard = hazard * np.exp(self.effort.posterior)[self._pages.user][:, None]
        return hazard

    def _rest(self, onward: F64, chance: F64) -> F64:
        """Chance of no click below each place that is looked at. (n_pages, k)."""
        k = self.there.shape[1]
        rest = np.ones(self.there.shape)
        for place in range(k - 2, -1, -1):
            go = np.where(self.there[:, place + 1], onward[:, place + 1], 0.0)
            rest[:, place] = 1 - go + go * (1 - chance[:, place + 1]) * rest[:, place + 1]
        return rest


def _factor(hazard: F64, went: F64, stopped: F64, counted: Bools) -> float:
    """Factor f on the costs h of the counted steps at which these are likeliest.

    Newton steps on ln f for the highest went x -fh + stopped x ln(1 - e^-fh).
    """
    use = counted & (hazard > 0)
    h, go, stop = hazard[use], went[use], stopped[use]
    if stop.sum() <= 0:
        return 1.0
    factor = 1.0
    for _ in range(_NEWTON):
        fh = np.minimum(factor * h, 50.0)
        grown = np.expm1(fh)
        slope = float((stop * fh / grown - go * fh).sum())
        bend = float((stop * fh * (grown - fh * (grown + 1)) / grown**2 - go * fh).sum())
        factor *= float(np.exp(np.clip(-slope / min(bend, -1e-9), -1.0, 1.0)))
    return factor
