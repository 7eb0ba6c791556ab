"""What the contextual bandits share: a linear model of clicks on item × person, and what is known of its weights.

    E[click] = θ · z,   z = (1, place, popularity, x, p ∘ x)

x is the item (factors of who chose it and of its categories), p the person (what they chose, in the same factors), and
place is how far down the page the item stood, so that a low place is not held against an item. One θ for everybody:
each person's page teaches about all others. The weights have a normal posterior in closed form (Li et al. 2010;
Agrawal & Goyal 2013), which `fit` begins with the log and `observe` continues, a batch at each turn barrier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommenders.batching import as_batch
from recommenders.builtin.item_factors import item_features
from recommenders.builtin.parameters import flag, real, whole
from recommenders.builtin.stored import Stored
from recommenders.contract import Feedback, Request, RequestBatch, Slate
from recommenders.platform import PlatformView
from simulator.products import rowwise_product
from simulator.records import F32, I32, Catalog, Ids, InteractionLog

F64 = npt.NDArray[np.float64]

CHOSEN_SHARE = 0.1
"""Share of choices in the lessons of a log that only tells what was chosen: of the order of a click-through rate."""
RIDGE = 1.0
"""Precision of each weight before the log, in impressions whose feature is 1: Li et al.'s identity matrix."""
LEAST_NOISE = 0.01
"""Least variance of a click about its mean; a model that fits its log perfectly must still be able to learn."""
_CHUNK = 65_536


class LinearBandit(Stored):
    """A person × item linear model of clicks that learns; subclasses say how it explores."""

    kept: ClassVar[tuple[str, ...]] = ("items", "precision", "response", "noise")
    items: F32
    """(1, popularity, x) of each item. (n_items, factors + 2)."""
    precision: F64
    """A: what is known of the weights, with the noise as unit. (D, D), D = 2 factors + 3."""
    response: F64
    """b: the mean of the weights is A⁻¹ b. (D,)."""
    noise: F64
    """Variance of a click about its mean, as found in the log. (1,)."""

    def __init__(self, *, factors: int = 16, prior_impressions: float = 1000.0, learn: bool = True) -> None:
        self.factors = whole("factors", factors, at_least=1, at_most=256)
        self.prior_impressions = real("prior_impressions", prior_impressions, at_least=0)
        self.learn = flag("learn", learn)
        self.learns = self.learn

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Item factors from the log, and a prior that is worth `prior_impressions` impressions of it.

        Where the log says what was passed over, its impressions are the lessons. Otherwise each choice stands beside
        the average over the whole catalogue, in expectation and without drawing any, with `CHOSEN_SHARE` of choices.
        """
        self.catalog = catalog
        with _one_blas_thread():
            self.items = item_features(catalog, log, self.factors)
            gram, target, power = self._lessons(log)
            size = 2 * self.factors + 3
            self.precision = self.prior_impressions * gram + RIDGE * np.eye(size)
            self.response = self.prior_impressions * target
            weights = np.linalg.solve(gram + RIDGE / max(len(log), 1) * np.eye(size), target)
            left = power - 2 * weights @ target + weights @ gram @ weights
        self.noise = np.array([max(LEAST_NOISE, float(left))])
        self._restored()

    def _restored(self) -> None:
        self._by_feature = np.ascontiguousarray(self.items.T)
        self._asked: list[tuple[Ids, F64]] = []
        self._asked_in: int | None = None
        with _one_blas_thread():
            self._learnt()

    def _learnt(self) -> None:
        """The posterior anew: mean, and the factor L of A = L Lᵀ."""
        self._factor = np.linalg.cholesky(self.precision)
        self._mean = np.asarray(np.linalg.solve(self.precision, self.response), dtype=np.float64)

    def _people(self, batch: RequestBatch) -> F64:
        """p of each request: the direction of the sum of what the person chose, of length √factors. (n, factors)."""
        kept = batch.view.scratch.get(id(self))
        if not isinstance(kept, _Tastes) or kept.items is not self.items:
            kept = batch.view.scratch[id(self)] = _Tastes.of(batch.view, self.items)
        people = _directions(kept.now(batch.view)[batch.rows])
        if self._asked_in != batch.turn:
            self._asked, self._asked_in = [], batch.turn
        self._asked.append((batch.view.user_ids[batch.rows], people))
        return people

    def _weights_of_items(self, people: F64, weights: F64) -> F32:
        """What each item feature is worth to each person under `weights` (D,): (n, factors + 2)."""
        own = np.repeat(np.concatenate([weights[:1], weights[2 : 3 + self.factors]])[None], len(people), axis=0)
        own[:, 2:] += people * weights[3 + self.factors :]
        return own.astype(np.float32)

    def _scores(self, people: F64, weights: F64) -> F32:
        """E[click] of every item at the top of the page. (n, n_items)."""
        return rowwise_product(self._weights_of_items(people, weights), self._by_feature)

    def observe(self, feedback: Feedback) -> None:
        """Add the turn's impressions, in the order of people and places, if `learn` is set."""
        if not self.learn or not len(feedback):
            return
        people = self._as_asked(feedback)
        with _one_blas_thread():
            for start in range(0, len(feedback), _CHUNK):
                part = slice(start, start + _CHUNK)
                z = self._features(people[feedback.user[part]], feedback.item[part], feedback.position[part])
                self.precision = self.precision + z.T @ z
                self.response = self.response + z.T @ feedback.clicked[part].astype(np.float64)
            self._learnt()

    def _as_asked(self, feedback: Feedback) -> F64:
        """p of each of the feedback's people as it was when they were served; 0 for those who were served by somebody
        else. (n_users, factors)."""
        out = np.zeros((feedback.user_ids.size, self.factors))
        asked = self._asked if self._asked_in == feedback.turn else []
        if asked:
            ids = np.concatenate([ids for ids, _ in asked])
            people = np.concatenate([people for _, people in asked])
            order = np.argsort(ids, kind="stable")
            last = np.searchsorted(ids[order], feedback.user_ids, side="right") - 1
            found = order[np.maximum(last, 0)]
            known = (last >= 0) & (ids[found] == feedback.user_ids)
            out[known] = people[found[known]]
        return out

    def _features(self, people: F64, items: I32, position: I32) -> F64:
        """z of impressions; `position` counts from 0, and negative where it is unknown. (n, D)."""
        item = self.items[items].astype(np.float64)
        place = np.log2(1.0 + np.maximum(position, 0))[:, None]
        return np.concatenate([item[:, :1], place, item[:, 1:], people * item[:, 2:]], axis=1)

    def _lessons(self, log: InteractionLog) -> tuple[F64, F64, float]:
        """Mean of z zᵀ (D, D), of click · z (D,), and of click²."""
        if not len(log):
            size = 2 * self.factors + 3
            return np.zeros((size, size)), np.zeros(size), 0.0
        matrix = log.matrix()
        factors = self.items[:, 2:].astype(np.float64)
        sums = np.asarray(matrix @ factors)
        if not log.clicked.all():
            return self._mean_of(log.user, log.item, log.position, log.clicked, sums)
        user = np.repeat(np.arange(log.n_users, dtype=np.int32), np.diff(matrix.indptr))
        clicked = np.ones(user.size, dtype=np.bool_)
        chosen, target, _ = self._mean_of(user, matrix.indices, np.zeros(user.size, dtype=np.int32), clicked, sums)
        passed = self._expected(_directions(sums), np.diff(matrix.indptr).astype(np.float64))
        return CHOSEN_SHARE * chosen + (1 - CHOSEN_SHARE) * passed, CHOSEN_SHARE * target, CHOSEN_SHARE

    def _mean_of(
        self, user: I32, item: I32, position: I32, clicked: npt.NDArray[np.bool_], sums: F64
    ) -> tuple[F64, F64, float]:
        size = 2 * self.factors + 3
        gram, target = np.zeros((size, size)), np.zeros(size)
        for start in range(0, user.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            # What is to be foretold must not be in the person's own direction.
            before = sums[user[part]] - self.items[item[part], 2:] * clicked[part, None]
            before[np.abs(before).max(axis=1) < 1e-6] = 0.0  # the only choice, and the rounding that is left of it
            z = self._features(_directions(before), item[part], position[part])
            gram += z.T @ z
            target += z.T @ clicked[part].astype(np.float64)
        return gram / user.size, target / user.size, float(clicked.mean())

    def _expected(self, people: F64, weight: F64) -> F64:
        """Mean of z zᵀ over the whole catalogue, people weighed by how much they chose. (D, D)."""
        item = self.items.astype(np.float64)
        second = item.T @ item / len(item)
        share = weight / weight.sum()
        first = share @ people
        both = (people * share[:, None]).T @ people
        plain = np.insert(np.insert(second, 1, 0.0, axis=0), 1, 0.0, axis=1)  # the place is the top one
        cross = np.insert(second[:, 2:] * first, 1, 0.0, axis=0)
        return np.block([[plain, cross], [cross.T, both * second[2:, 2:]]])

    def _serve(self, requests: Sequence[Request]) -> tuple[RequestBatch, F64]:
        batch = as_batch(self.catalog, requests)
        return batch, self._people(batch)


@dataclass(eq=False)
class _Tastes:
    """Sums of the factors of what the people of a view chose, added in the order of events."""

    items: F32
    sums: F64
    seen: int = 0

    @classmethod
    def of(cls, view: PlatformView, items: F32) -> _Tastes:
        ones = np.ones(view.items.size)
        chosen = sparse.csr_matrix((ones, view.items, view.indptr), shape=(len(view), len(items)))
        return cls(items, np.asarray(chosen @ items[:, 2:].astype(np.float64)))

    def now(self, view: PlatformView) -> F64:
        for who, what in view.changes[self.seen :]:
            np.add.at(self.sums, who, self.items[what, 2:].astype(np.float64))
        self.seen = len(view.changes)
        return self.sums


def slates_in_rows(catalog: Catalog, slates: Sequence[Slate]) -> tuple[I32, npt.NDArray[np.bool_]]:
    """Catalogue rows of slates, -1 where a place is empty (n, longest), and whether each holds known items, once."""
    width = max((len(slate.item_ids) for slate in slates), default=0)
    items = np.full((len(slates), width), -1, dtype=np.int32)
    sound = np.ones(len(slates), dtype=np.bool_)
    for i, slate in enumerate(slates):
        rows = [catalog.row_of.get(str(item_id), -1) for item_id in slate.item_ids]
        items[i, : len(rows)] = rows
        sound[i] = -1 not in rows and len(set(rows)) == len(rows)
    return items, sound


def in_pieces(n: int, size: int) -> Iterator[slice]:
    """0 … n in slices of at most `size`."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def _one_blas_thread() -> AbstractContextManager[object]:
    """Rounding must not depend on the number of cores."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, user_api="blas")
    return limits


def _directions(sums: F64) -> F64:
    length = np.sqrt((sums * sums).sum(axis=1, keepdims=True))
    out = np.zeros_like(sums)
    np.divide(sums * np.sqrt(sums.shape[1]), length, out=out, where=length > 0)
    return out
