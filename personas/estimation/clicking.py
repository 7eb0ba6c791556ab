"""What makes a person click: a click model with coefficients of each person's own, fitted to what was passed over.

P(click) = P(looked at) x sigmoid(crowd + item + person): attention (`attention`) and choice (`mixed_logit`) by turns,
an EM in which the chance that each place was looked at is what is missing. A person's own coefficients are their
traits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from personas.estimation.affinity import affinity
from personas.estimation.attention import Attention
from personas.estimation.mixed_logit import MixedLogit
from personas.estimation.pages import Pages
from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk
from personas.estimation.surroundings import CUES, Cues, surroundings
from simulator.records import F32, InteractionLog

_ROUNDS = 24
_VARIANCE_EVERY, _COSTS_EVERY, _PEOPLE_EVERY = 2, 3, 6
"""Rounds between looks at how much people differ, at how soon they stop, and at each person's effort."""
_SIGNS = {
    "pickiness": -1.0,
    "conformity": 1.0,
    "novelty_seeking": 1.0,
    "diversity": -1.0,
    "price_sensitivity": -1.0,
    "trust_in_reviews": 1.0,
    "trust_in_popularity": 1.0,
    "headline_susceptibility": 1.0,
    "thumbnail_susceptibility": 1.0,
}
"""Traits by the columns of the model, and the sign of the coefficient that more of it has: a picky person clicks less,
one who loves variety clicks less on what is like what was seen, one who minds the price less on what is dear."""


@dataclass(frozen=True, eq=False)
class Clicking:
    """What the click model says of the people of a log."""

    traits: dict[str, Shrunk]
    """By name: those of `_SIGNS` that differ between people, and position_habit where rows carry places. (n_users,)."""
    crowd: dict[str, float]
    """The crowd's coefficients by the same names, per standard deviation of the column."""
    rows: F64
    """How many shown items each person's traits rest on. (n_users,)."""


def clicking(log: InteractionLog, pages: Pages, cues: Cues | None = None, visits_a_day: F32 | None = None) -> Clicking:
    """Fit the click model to the pages of a log. `cues`: see `surroundings.cue_matrix`; `visits_a_day` (n_users,), if
    they are known."""
    shown = pages.log
    attention = Attention(pages, log.n_users)
    looked = pages.by_row(attention.first_guess()).astype(np.float64)
    around = surroundings(log, pages, looked, cues)
    columns = {
        "pickiness": np.ones(len(shown)),
        "conformity": around.popularity,
        "novelty_seeking": around.unfamiliar,
        "diversity": around.alike,
    }
    columns |= dict(zip(list(_SIGNS)[4:], around.cues.T, strict=True))
    assert len(_SIGNS) == 4 + len(CUES)
    columns = {name: values for name, values in columns.items() if name == "pickiness" or values.std() > 1e-6}
    x = [v if name == "pickiness" else (v - v.mean()) / v.std() for name, v in columns.items()]
    model = MixedLogit(
        shown.user.astype(np.intp),
        log.n_users,
        x,
        [around.seen, around.seen**2, *_taste(log, shown)],
        item=shown.item.astype(np.intp),
        n_items=len(log.catalog),
        known=_activity(log, visits_a_day),
    )
    y = shown.clicked.astype(np.float64)
    rate = float(np.clip((y * looked).sum() / looked.sum(), 1e-4, 1 - 1e-4))
    model.crowd[0] = np.log(rate / (1 - rate))
    for turn in range(_ROUNDS):
        model.step(y, looked)
        chance = expit(model.logit())
        if turn % _VARIANCE_EVERY == _VARIANCE_EVERY - 1:
            model.learn_variance(looked, looked * (1 - looked) * chance**2)
        at_place = np.where(pages.cell >= 0, chance[pages.cell], 0.0)
        if turn % _PEOPLE_EVERY == _PEOPLE_EVERY - 1:
            attention.fit_people(at_place)
        by_place = attention.looked(at_place)
        if turn % _COSTS_EVERY == _COSTS_EVERY - 1:
            attention.fit_costs(by_place)
        looked = pages.by_row(by_place).astype(np.float64)
    traits = {
        name: Shrunk(0.0, float(model.variance[j]), _SIGNS[name] * model.particular[:, j], model.confidence[:, j])
        for j, name in enumerate(columns)
    }
    if pages.placed:
        traits["position_habit"] = attention.effort
    rows = np.bincount(shown.user, minlength=log.n_users).astype(np.float64)
    return Clicking(traits, dict(zip(columns, model.crowd.tolist(), strict=False)), rows)


def _taste(log: InteractionLog, shown: InteractionLog) -> tuple[F64, ...]:
    """What the person's history foretells of each shown row, if there is one, and its square. (rows,) each."""
    foretold = affinity(log.select(log.clicked & (log.position < 0)), shown)
    return () if foretold is None else (foretold, foretold**2)


def _activity(log: InteractionLog, visits_a_day: F32 | None) -> F64:
    """Log of how much each person is known to have chosen before, and of how often they come. (n_users, 1 or 3).

    Active people choose more of whatever they are shown. That is their activity; pickiness is what is left. It is the
    rate that counts and not the number of visits: where a log ends for somebody after so many choices, those who choose
    little have come more often.
    """
    before = np.log1p(np.bincount(log.user[log.clicked & (log.position < 0)], minlength=log.n_users))
    if visits_a_day is None:
        return before[:, None].astype(np.float64)
    rate = np.log(np.maximum(visits_a_day.astype(np.float64), 1e-6))
    return np.stack([before, rate, rate**2], axis=1).astype(np.float64)
