"""How close the double came: clicks, clicks a page, ratings, dwell, satisfaction, leaving; each with its error, beside
what knows nothing of the person, and in plain words. No claim where there is too little to claim from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.perception import examination_costs
from simulator.studies.play import beside
from simulator.studies.play.double import Foretold, OwnLives
from simulator.studies.play.scores import (
    BASE,
    DOUBLE,
    MOVED,
    NEVER,
    POPULARITY,
    POSITION,
    SO_FAR,
    Clicked,
    at_rate,
    counted,
    scored,
    told_so_far,
)
from simulator.studies.play.staging import Seating, Staged
from simulator.studies.play.taste import ENOUGH
from simulator.turn import Page

F64 = npt.NDArray[np.float64]
Turns = Sequence[tuple[int, Page]]


def closeness(
    staged: Staged, seating: Seating, turns: Turns, told: Sequence[Foretold], lives: OwnLives
) -> dict[str, Any]:
    """The content of double.json. Undefined numbers are None."""
    pages = [page for _, page in turns]
    confidence = staged.plan.confidence
    found: dict[str, Any] = {
        "run": staged.key.run,
        "user": seating.user,
        "arm": seating.arm,
        "recommender": staged.plan.arms[0].recommender,
        "blind": seating.blind,
        "confidence": confidence,
        "pages": len(pages),
        "visits": int(max((int(page.session[0]) for page in pages), default=-1)) + 1,
        "made_from": staged.picks,
    }
    found["clicks"] = _clicks(staged, pages, told)
    found["clicks_per_page"] = beside.clicks_per_page(pages, told, confidence)
    found["ratings"] = beside.ratings(staged, pages, told)
    found["dwell"] = beside.dwell(staged, pages, told)
    found["satisfaction"] = beside.satisfaction(staged, pages, told)
    found["leaving"] = beside.leaving(pages, told)
    found["own_life"] = beside.own_lives(pages, lives)
    found["notes"] = _notes(staged, seating, lives)
    return found


def _clicks(staged: Staged, pages: Sequence[Page], told: Sequence[Foretold]) -> dict[str, Any] | None:
    """Over the places that were on the screen: what nobody saw, nobody passed over."""
    if not any(page.examined.any() for page in pages):
        return None
    seen = [page.examined[0] for page in pages]
    clicked = np.concatenate([page.clicked[0][on] for page, on in zip(pages, seen, strict=True)])
    chance = np.concatenate([one.chance[on] for one, on in zip(told, seen, strict=True)])
    rate = float(clicked.mean())
    k = staged.plan.slate_size
    layout, costs, sequential = examination_costs(staged.laws.examination, staged.plan.layout, k)
    cost = np.cumsum(costs[:, 0]) if sequential else costs[:, 0]
    looked = np.empty(k)
    looked[layout.order] = np.exp(-cost)
    by_place = np.concatenate([looked[on] for on in seen])
    count = np.bincount(staged.split.platform.positives().item, minlength=len(staged.catalog)) + 1.0
    by_fame = np.concatenate([count[page.items[0][on]] for page, on in zip(pages, seen, strict=True)])
    page = np.repeat(np.arange(len(pages), dtype=np.int64), [int(on.sum()) for on in seen])
    what = Clicked(
        page=page,
        clicked=clicked,
        chances={
            DOUBLE: chance,
            SO_FAR: told_so_far(chance, clicked, page),
            MOVED: at_rate(chance, rate) if 0 < rate < 1 else chance,
            NEVER: np.zeros(clicked.size),
            BASE: np.full(clicked.size, rate),
            POSITION: _spread(rate, by_place),
            POPULARITY: _spread(rate, by_fame),
        },
    )
    return scored(what, confidence=staged.plan.confidence, seed=staged.plan.seed)


def _spread(rate: float, weight: F64) -> F64:
    """A click rate in proportion to weights, kept within .01 and .99 so that one surprise does not decide. (n,)."""
    spread: F64 = np.clip(rate * weight / weight.mean(), 0.01, 0.99)
    return spread


def _notes(staged: Staged, seating: Seating, lives: OwnLives) -> list[str]:
    """What must be known before the numbers are believed."""
    notes = []
    if seating.person is not None:
        notes.append(f"The double has the history of {seating.person}, not yours.")
    elif staged.picks == 0:
        notes.append("You picked no title, so the double knows nothing of you: it is somebody of the data, at random.")
    elif staged.picks < ENOUGH:
        few = counted(staged.picks, "title")
        notes.append(f"The double is made from {few} only; it takes {ENOUGH} to know a little.")
    if seating.person is None and staged.picks:
        notes.append(
            "A double made from what one picks at the start is foretold too few clicks: whoever has chosen little "
            f"scores low. What it tells apart is its AUC, and how often you click is told to {SO_FAR!r}."
        )
    notes.append("One person in one sitting: this tells something of you and this double, and nothing of people.")
    if lives.fault is not None:
        notes.append(f"The double's own life could not be lived to the end: {lives.fault}")
    return notes
