"""Impulsivity: how often a person clicks and turns back at once, freed of how much they liked what they found.

The log of dwell is a mixture of two normals, of those who turn back and of those who stay (log-normal dwell: Yi,
Hong, Zhong, Liu & Rajan, RecSys 2014; short dwell as disappointment: Fox et al., TOIS 2005; Kim, Hassan, White &
Zitouni, WSDM 2014). Where durations are known, those who stay do so by a power of them. The crowd tells the two
components, a person's share of the short one is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from personas.estimation.mixed_logit import MixedLogit
from personas.estimation.ratings import LEVELS, RatingStyle
from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk
from simulator.records import InteractionLog

_ROUNDS, _PEOPLE_FROM = 60, 30
_MEASURED = 0.9
"""Share of the clicks with a known duration from which durations are used."""
_LEAST_SHARE, _LEAST_APART = 0.02, 1.0
"""Share of the smaller component, and distance of the two in standard deviations of the wider, below which the dwell of
a log is taken to be of one kind. Assumed."""
_NARROWEST = 0.1


@dataclass
class _Mixture:
    """Two normals of log dwell: of those who turn back, and about a line in the duration for those who stay."""

    back: float
    back_sd: float
    stay: F64
    """Intercept and slope of log duration."""
    stay_sd: float

    def turned(self, dwell: F64, design: F64, prior: F64) -> F64:
        """Chance that each click was turned back from. All (rows,)."""
        short = -(((dwell - self.back) / self.back_sd) ** 2) / 2 - np.log(self.back_sd)
        long = -(((dwell - design @ self.stay) / self.stay_sd) ** 2) / 2 - np.log(self.stay_sd)
        turned: F64 = expit(np.log(prior) - np.log1p(-prior) + short - long)
        return turned

    def move(self, dwell: F64, design: F64, turned: F64) -> None:
        stays = 1 - turned
        self.back = float(turned @ dwell / turned.sum())
        self.back_sd = max(_NARROWEST, float(np.sqrt(turned @ (dwell - self.back) ** 2 / turned.sum())))
        weighted = design * stays[:, None]
        line = np.linalg.solve(weighted.T @ design + 1e-9 * np.eye(design.shape[1]), weighted.T @ dwell)
        self.stay = line.astype(np.float64)
        self.stay_sd = max(_NARROWEST, float(np.sqrt(stays @ (dwell - design @ self.stay) ** 2 / stays.sum())))


def impulsivity_by_dwell(log: InteractionLog, style: RatingStyle) -> tuple[Shrunk, F64] | None:
    """Each person's logit of turning back, and the number of clicks that it rests on; None where dwell tells nothing.

    A rating, where there is one, else the person's mean, stands for how much the item was liked.
    """
    clicks = log.select(log.clicked & np.isfinite(log.dwell_s) & (log.dwell_s > 0))
    clicks = clicks.select(np.argsort(clicks.user, kind="stable"))
    if len(clicks) < 2 * LEVELS:
        return None
    dwell = np.log(clicks.dwell_s.astype(np.float64))
    duration = log.catalog.duration_s[clicks.item].astype(np.float64)
    measured = np.isfinite(duration) & (duration > 0)
    design = np.ones((len(clicks), 1))
    if measured.mean() >= _MEASURED:
        clicks, dwell = clicks.select(measured), dwell[measured]
        design = np.stack([np.ones(dwell.size), np.log(duration[measured])], axis=1)
    ends = np.quantile(dwell, [0.1, 0.75])
    width = max(_NARROWEST, float(dwell.std()) / 2)
    mixture = _Mixture(float(ends[0]), width, np.array([ends[1]] + [0.0] * (design.shape[1] - 1)), width)
    if design.shape[1] > 1:
        mixture.stay = np.array([ends[1] - float(design[:, 1].mean()), 1.0])
    felt = np.where(np.isfinite(clicks.rating), clicks.rating, style.mean[clicks.user]) / style.unit
    liked = (felt - felt.mean()).astype(np.float64)
    model = MixedLogit(clicks.user.astype(np.intp), log.n_users, [np.ones(dwell.size)], [liked])
    prior = np.full(dwell.size, 0.3)
    everywhere = np.ones(dwell.size)
    for turn in range(_ROUNDS):
        turned = mixture.turned(dwell, design, np.clip(prior, 1e-6, 1 - 1e-6))
        if not _LEAST_SHARE < turned.mean() < 1 - _LEAST_SHARE:
            return None
        mixture.move(dwell, design, turned)
        if turn >= _PEOPLE_FROM:
            model.step(turned, everywhere)
            model.learn_variance(everywhere, turned * (1 - turned))
            prior = expit(model.logit())
        else:
            prior = np.full(dwell.size, turned.mean())
    apart = float((design @ mixture.stay).mean()) - mixture.back
    if apart < _LEAST_APART * max(mixture.stay_sd, mixture.back_sd):
        return None
    count = np.bincount(clicks.user, minlength=log.n_users).astype(np.float64)
    return Shrunk(0.0, float(model.variance[0]), model.own[:, 0], model.confidence[:, 0]), count
