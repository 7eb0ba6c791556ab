"""Patience: how many pages of a visit a person goes through before they leave.

A hazard in discrete time (Allison, Sociological Methodology 1982): after each page a visit ends or goes on, and what a
person's own logit of leaving is, freed of how far the visit has come and of what was found in it.
"""

from __future__ import annotations

import numpy as np

from personas.estimation.mixed_logit import MixedLogit
from personas.estimation.pages import Pages
from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk
from personas.estimation.visiting import SESSION_GAP_S

_ROUNDS = 25


def patience_by_pages(pages: Pages, n_people: int) -> Shrunk | None:
    """Minus each person's logit of leaving after a page; None where the log does not tell visits or places.

    A person's last page is the end of a visit only if the log goes on for longer than a visit may pause; else how the
    visit went on is unknown, and the page does not count.
    """
    told = pages.timed[pages.user] & pages.placed
    if not told.any():
        return None
    y = pages.last_of_session.astype(np.float64)
    last = np.ones(len(pages), dtype=np.bool_)
    last[:-1] = pages.user[1:] != pages.user[:-1]
    cut_off = last & (pages.ends.max() - pages.ends <= SESSION_GAP_S)
    told &= ~cut_off
    if not told.any() or not 0 < y[told].mean() < 1:
        return None
    chosen = _chosen_so_far(pages)
    far = np.log1p(pages.number)
    model = MixedLogit(pages.user[told], n_people, [np.ones(int(told.sum()))], [chosen[told], far[told]])
    everywhere = np.ones(int(told.sum()))
    for _ in range(_ROUNDS):
        model.step(y[told], everywhere)
        model.learn_variance(everywhere)
    return Shrunk(0.0, float(model.variance[0]), -model.own[:, 0], model.confidence[:, 0])


def _chosen_so_far(pages: Pages) -> F64:
    """Number of items chosen in the visit up to the end of each page. (n_pages,)."""
    on_page = np.bincount(pages.page, pages.log.clicked, len(pages))
    total = np.cumsum(on_page)
    start = np.arange(len(pages)) - pages.number
    chosen: F64 = total - total[start] + on_page[start]
    return chosen
