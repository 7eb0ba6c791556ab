"""How well what was inferred agrees with what was true: correlations with intervals, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from personas.estimation.tastes import Tastes
from simulator.population import Population
from simulator.records import F32, Bools, Catalog

F64 = npt.NDArray[np.float64]
Identifiable = Literal["yes", "weakly", "no"]

CLEAR, WEAK = 0.8, 0.5
"""Correlations from which a trait counts as identifiable, and as weakly so. Assumed."""
FEWEST = 4
"""People below whom nothing is said."""
_TASTES = "if tastes, which move the same, were known"
_HIDDEN = {"position_habit": "if it were known where people stopped looking", "activity": "in longer lives"}
"""What keeps a trait from being told whose law is strong enough."""


def correlated(true: F64, inferred: F64) -> dict[str, Any]:
    """`r` with its 95 % `interval` by Fisher's z, and `people`; None where it is not defined. (n,) each."""
    n = true.size
    if n < FEWEST or true.std() < 1e-9 or inferred.std() < 1e-9:
        return {"r": None, "interval": None, "people": n}
    r = float(np.corrcoef(true, inferred)[0, 1])
    z, half = np.arctanh(np.clip(r, -0.999999, 0.999999)), 1.96 / np.sqrt(n - 3)
    return {"r": r, "interval": [float(np.tanh(z - half)), float(np.tanh(z + half))], "people": n}


def verdict(
    trait: str, found: Mapping[str, Any], attainable: float, effect: str, interactions: int
) -> tuple[Identifiable, str | None]:
    """Whether a trait can be told from so many choices, and why not. `found`: as of `correlated`; `effect`: the size of
    its law, in words."""
    r, interval = found["r"], found["interval"]
    if r is not None and r >= CLEAR:
        return "yes", None
    told: Identifiable = "weakly" if r is not None and r >= WEAK else "no"
    if attainable <= 0:
        return told, "nothing that happens in these lives is moved by it"
    if attainable < CLEAR:
        return told, f"{effect}: too little for {interactions:,} choices to tell more than r = {attainable:.2f}"
    if interval is None:
        return told, "the log does not tell it at all"
    if interval[1] >= CLEAR:
        return told, f"{effect}: r = {CLEAR:g} is within the interval"
    return told, f"r = {attainable:.2f} could be reached {_HIDDEN.get(trait, _TASTES)}"


def shares_recovered(thresholds: F32, inferred: F64) -> dict[str, float]:
    """How far (total variation) people's inferred shares of the five levels are from their own. (n, 4) and (n, 5).

    `shift`: of the crowd's mean shares, for what is rated here is not what is rated elsewhere. `distance`: the mean
    over people once that is taken out, and `of_the_crowd`: the mean distance of the crowd's true shares from people's,
    which is what knowing nobody gives.
    """
    below = ndtr(thresholds.astype(np.float64))
    n = len(below)
    true = np.diff(np.column_stack([np.zeros(n), below, np.ones(n)]), axis=1)
    shift = inferred.mean(axis=0) - true.mean(axis=0)

    def distance(shares: F64) -> float:
        return float(np.abs(shares).sum(axis=-1).mean() / 2)

    return {
        "shift": distance(shift),
        "distance": distance(inferred - shift - true),
        "of_the_crowd": distance(true.mean(axis=0) - true),
    }


def tastes_recovered(found: Tastes, people: Population, catalog: Catalog, here: Bools) -> dict[str, Any]:
    """Of the people who are `here`: how their inferred genre tastes go with what they had chosen before, and, of those
    who say so, with what they like and dislike.

    `r`: the mean over people of the correlation over genres of ln share over the crowd's share, inferred and of their
    earlier choices; `auc`: the mean chance that a liked genre ranks above a disliked one, ties one half, over everybody
    who names both. Intervals (95 %): normal, over people; None where fewer than `FEWEST` say anything.
    """
    names = list(catalog.category_names)
    if not names or people.own is None:
        return {"r": None, "interval": None, "people": 0, "auc": None, "auc_interval": None, "auc_people": 0}
    counts = np.asarray(people.own @ (catalog.categories > 0)[:, : len(names)].astype(np.float64))
    crowd = counts.sum(axis=0) / counts.sum()
    true = np.log((counts + crowd) / (counts.sum(axis=1, keepdims=True) + 1) / np.maximum(crowd, 1e-9))
    order = [found.names.index(name) for name in names]
    told = found.log_ratio[:, order]
    vary = here & (true.std(axis=1) > 1e-9) & (told.std(axis=1) > 1e-9)
    r = np.array([np.corrcoef(one, other)[0, 1] for one, other in zip(true[vary], told[vary], strict=True)])
    auc = np.array(
        [value for row in range(len(people)) if (value := _auc(people.persona(row), names, told[row])) is not None]
    )
    mean, interval = _mean(r)
    chance, chances = _mean(auc)
    return {
        "r": mean,
        "interval": interval,
        "people": r.size,
        "auc": chance,
        "auc_interval": chances,
        "auc_people": auc.size,
    }


def _auc(persona: Any, names: list[str], taste: F64) -> float | None:
    if persona is None:
        return None
    row_of = {name.casefold(): nth for nth, name in enumerate(names)}
    liked, disliked = (
        [row_of[key] for name in which if (key := " ".join(name.split()).casefold()) in row_of]
        for which in (persona.tastes.genres.liked, persona.tastes.genres.disliked)
    )
    if not liked or not disliked:
        return None
    above = taste[liked][:, None] - taste[disliked][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def _mean(values: F64) -> tuple[float | None, list[float] | None]:
    if values.size < FEWEST:
        return None, None
    mean, half = float(values.mean()), 1.96 * float(values.std(ddof=1) / np.sqrt(values.size))
    return mean, [mean - half, mean + half]
