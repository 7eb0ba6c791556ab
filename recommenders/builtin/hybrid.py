"""Several recommenders as one: each votes with its ranking, or with its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.composition import Composite, Part, made
from recommenders.contract import Recommender, Request, RequestBatch, Slate, SlateBatch
from recommenders.pools import F64, pooled, relevance
from recommenders.topk import top_k
from simulator.records import I32, UserInputError

CONSTANT = 60
"""Cormack, Clarke & Büttcher's: found once in a pilot, and left at that."""
# On MovieLens-1M and on the sample, simulated people click this pair more than item-knn alone (.195 against .177, .159
# against .153), and about as much as user-knn alone (.202, .161): no part that fails on small logs, as factors do.
_DEFAULT: tuple[Mapping[str, Any], ...] = (
    {"recommender": "item-knn", "weight": 1.0},
    {"recommender": "user-knn", "weight": 1.0},
)


class Hybrid(Composite):
    """An ensemble: the rankings or the scores of several recommenders, added up with weights.

    parts: a list of recommenders, each a name or {recommender, params, weight}; a weight left out is 1. method:
    ``ranks`` (reciprocal rank fusion: Σ weight / (constant + rank)) or ``scores`` (Σ weight × score, each part's scores
    scaled to [0, 1] over its pool). pool: how many of its best items each part votes for; the others get nothing from
    it. constant: of ranks; more of it makes first places count less.

    Cormack, Clarke & Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
    SIGIR 2009. Scores: CombSUM (Fox & Shaw, "Combination of multiple searches", TREC-2, 1994), scaled as by Lee,
    "Analyses of multiple evidence combination", SIGIR 1997.
    """

    def __init__(
        self,
        *,
        parts: Sequence[Part] = _DEFAULT,
        method: str = "ranks",
        pool: int = 100,
        constant: float = CONSTANT,
    ) -> None:
        if isinstance(parts, str) or not isinstance(parts, Sequence) or not parts:
            raise UserInputError(f"parts must be a list of at least one recommender, not {parts!r}")
        if method not in ("ranks", "scores"):
            raise UserInputError(f"method must be ranks or scores, not {method!r}")
        self.method = method
        self.pool = whole("pool", pool, at_least=1, at_most=10_000)
        self.constant = real("constant", constant, at_least=0)
        weighed = [_weighed(part, nth) for nth, part in enumerate(parts)]
        self._given = tuple(parts)
        self._weights = [weight for _, weight in weighed]
        self._made_of(*(part for part, _ in weighed))

    def settings(self) -> dict[str, Any]:
        """The parameters, with the parts as they were given; those given as objects by class and parameters."""
        told = super().settings()
        pairs = zip(self._given, told["parts"], self._weights, strict=True)
        told["parts"] = [
            {**part, "weight": weight} if isinstance(given, Recommender) else given for given, part, weight in pairs
        ]
        return told

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The `k` items of the largest sum, ties by catalogue row."""
        batch = as_batch(self.catalog, requests)
        votes = [self._votes(part, weight, batch, k) for part, weight in zip(self.parts, self._weights, strict=True)]
        items, totals = _added(np.hstack([one for one, _ in votes]), np.hstack([one for _, one in votes]), len(votes))
        place = top_k(totals.astype(np.float32), k)
        full = place >= 0
        seat = np.maximum(place, 0)
        chosen = np.where(full, np.take_along_axis(items, seat, axis=1), -1).astype(np.int32)
        scores = np.where(full, np.take_along_axis(totals, seat, axis=1), np.nan).astype(np.float32)
        return SlateBatch(self.catalog, chosen, scores)

    def _votes(self, part: Recommender, weight: float, batch: RequestBatch, k: int) -> tuple[I32, F64]:
        """A part's items and what it gives to each; both (n, pool)."""
        slates = pooled(part, batch, self.pool, k)
        if self.method == "ranks":
            rank = np.cumsum(slates.items >= 0, axis=1)
            return slates.items, np.asarray(weight / (self.constant + rank), dtype=np.float64)
        if slates.scores is None:
            name = type(part).__name__
            raise UserInputError(f"hybrid: {name} gives no scores to be added up. Use method: ranks, or leave it out")
        return slates.items, weight * np.where(slates.items >= 0, relevance(slates), 0.0)


def _weighed(part: Part, nth: int) -> tuple[Recommender, float]:
    field = f"parts[{nth}]"
    if not isinstance(part, Mapping):
        return made(part, field=field), 1.0
    weight = real(f"{field}.weight", part.get("weight", 1.0), above=0)
    return made({name: value for name, value in part.items() if name != "weight"}, field=field), weight


def _added(items: I32, votes: F64, parts: int) -> tuple[I32, F64]:
    """Each item once in its row, in ascending order, with the sum of its votes; -inf beside what repeats or is empty.

    An item stands in a row once for each part at most, so after sorting its votes lie side by side, the parts in order:
    they are added from left to right, alike in any company.
    """
    order = np.argsort(items, axis=1, kind="stable")
    items = np.take_along_axis(items, order, axis=1)
    votes = np.take_along_axis(votes, order, axis=1)
    totals = votes.copy()
    for apart in range(1, parts):
        same = items[:, apart:] == items[:, :-apart]
        totals[:, :-apart] += np.where(same, votes[:, apart:], 0.0)
    first = np.ones(items.shape, dtype=np.bool_)
    first[:, 1:] = items[:, 1:] != items[:, :-1]
    return items, np.where(first & (items >= 0), totals, -np.inf)
