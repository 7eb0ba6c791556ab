"""Which memories come to mind: recency, importance and relevance, each scaled over a person's own memories.

    score = w_recency · scaled(recency) + w_importance · scaled(importance) + w_relevance · scaled(relevance)

Form: Park et al. (Generative Agents, UIST 2023), with recency a power law of simulated time instead of an exponential
one, as forgetting is in people (Wixted & Ebbesen, Psychological Science 1991) and as the environment's need for
memories is (Anderson & Schooler, Psychological Science 1991). Scaling is min-max over the candidates, so a term that
is the same for all memories of a person changes no order, and a term that differs always can.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.memory.words import HOUR_S
from simulator.records import I64, Bools, UserInputError
from simulator.turn import F64

Slots = npt.NDArray[np.intp]

_DIGITS = 9
"""Scores are compared to this many digits, so that rounding in sums breaks no tie."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What each term counts for. Raises `UserInputError` if one is negative.

    Assumed: what the page is about counts as much as the other two together (Park et al. weigh all three alike). What
    comes to mind is thereby used and recent again, so that with equal weights the same few memories stay on top.
    """

    recency: float = 0.5
    importance: float = 0.5
    relevance: float = 1.0

    def __post_init__(self) -> None:
        for name in ("recency", "importance", "relevance"):
            if not getattr(self, name) >= 0:
                raise UserInputError(f"memory.weights.{name}: {getattr(self, name)} is negative; give 0 or more")


def recency(age_s: F64, decay: float) -> F64:
    """(1 + age in hours)^-decay, in (0, 1]: 1 at age 0. The unit, one hour, is assumed: it keeps what happened in one
    visit apart from what happened days ago. Any shape; ages are seconds of simulated time since the last use, those
    below 0 counting as 0."""
    strength: F64 = (1.0 + np.maximum(age_s, 0.0) / HOUR_S) ** -decay
    return strength


def scaled(values: F64, candidates: Bools) -> F64:
    """Min-max over each row's candidates to [0, 1]; 0.5 where they are all equal; 0 elsewhere. (n, m)."""
    low = np.min(values, axis=1, where=candidates, initial=np.inf, keepdims=True)
    high = np.max(values, axis=1, where=candidates, initial=-np.inf, keepdims=True)
    known = high > low
    span = np.where(known, high - low, 1.0)
    parts: F64 = np.where(known, (values - np.where(known, low, 0.0)) / span, 0.5)
    return np.where(candidates, parts, 0.0)


def scores(recent: F64, important: F64, relevant: F64, candidates: Bools, weights: Weights) -> F64:
    """Weighted sum of the scaled terms, -inf where there is no candidate. All (n, m)."""
    total = (
        weights.recency * scaled(recent, candidates)
        + weights.importance * scaled(important, candidates)
        + weights.relevance * scaled(relevant, candidates)
    )
    return np.where(candidates, np.round(total, _DIGITS), -np.inf)


def best(score: F64, ids: I64, k: int) -> Slots:
    """Slots of each row's k highest scores, highest first, equal ones by id; -1 where there are fewer. (n, k)."""
    order = np.lexsort((ids, -score), axis=1)[:, :k]
    found = np.where(np.isfinite(np.take_along_axis(score, order, axis=1)), order, -1)
    return np.pad(found, ((0, 0), (0, max(0, k - score.shape[1]))), constant_values=-1)
