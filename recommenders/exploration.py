"""Randomised slates around any ranking, with the exact probability of each item given those above it.

A deterministic ranking says nothing about what it did not show; off-policy estimators need a policy that could have
shown something else, and need to know how probable it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.contract import Feedback, Recommender, Request, RequestBatch, Slate, SlateBatch, learns
from recommenders.errors import PluginError
from recommenders.sampling import DRAWS, Eligible
from recommenders.topk import top_k
from recommenders.validation import checked_slates
from simulator.randomness import Stream, key_of, slot_keys
from simulator.records import I32, Bools, Catalog, InteractionLog, UserInputError

F64 = npt.NDArray[np.float64]
Kind = Literal["epsilon_greedy", "plackett_luce"]


def explore(
    base: Recommender,
    kind: Kind,
    *,
    epsilon: float | None = None,
    temperature: float | None = None,
    pool: int | None = None,
    name: str | None = None,
) -> Explore:
    """`base` with randomised slates. What does not belong to `kind` must be None, as must what is to have its default.

    `name` is what messages call the base. Raises UserInputError for a setting out of range.
    """
    wrapped: Explore
    if kind == "epsilon_greedy":
        if temperature is not None or pool is not None:
            raise UserInputError("explore: temperature and pool belong to plackett_luce, not to epsilon_greedy")
        wrapped = EpsilonGreedy(base, 0.1 if epsilon is None else epsilon)
    elif kind == "plackett_luce":
        if epsilon is not None:
            raise UserInputError("explore: epsilon belongs to epsilon_greedy, not to plackett_luce")
        wrapped = PlackettLuce(base, 1.0 if temperature is None else temperature, pool)
    else:
        raise UserInputError(f"explore: kind must be epsilon_greedy or plackett_luce, not {kind!r}")
    wrapped.name = wrapped.name if name is None else name
    return wrapped


class Explore(Recommender):
    """A recommender that randomises the ranking of another one."""

    catalog: Catalog
    """What hand-made requests are about; known after `fit`."""

    def __init__(self, base: Recommender) -> None:
        self.base = base
        self.parts = (base,)
        self.learns = learns(base)
        self.name = type(base).__name__
        """What messages about the base call it."""

    def with_base(self, base: Recommender) -> Self:
        """The same policy around another recommender of the same kind, such as one that was just loaded."""
        raise NotImplementedError

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit the base."""
        self.catalog = catalog
        self.base.fit(catalog, log)

    def observe(self, feedback: Feedback) -> None:
        """Pass on to the base."""
        self.base.observe(feedback)

    def save(self, folder: Path) -> None:
        """Save the base; the policy itself has no state."""
        self.base.save(folder)

    def _ranked(self, batch: RequestBatch, depth: int) -> SlateBatch:
        ranked = checked_slates(self.base.recommend(batch, depth), batch, depth, self.name)
        if ranked.propensities is not None:
            raise UserInputError(
                f"explore: {self.name} draws at random already and gives propensities; around it they would be wrong. "
                "Leave explore out"
            )
        return ranked

    def _batch(self, requests: Sequence[Request]) -> RequestBatch:
        return requests if isinstance(requests, RequestBatch) else as_batch(self.catalog, requests)

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> F64:
        """Natural logarithm of the probability of each slate; -inf where the policy cannot show it. (n,)."""
        batch = self._batch(requests)
        width = max((len(slate.item_ids) for slate in slates), default=0)
        items = np.full((len(batch), width), -1, dtype=np.int32)
        known = np.ones(len(batch), dtype=np.bool_)
        row_of = batch.view.catalog.row_of
        for i, slate in enumerate(slates):
            rows = [row_of.get(str(item_id), -1) for item_id in slate.item_ids]
            known[i] = -1 not in rows
            items[i, : len(rows)] = rows
        logs = self._log_propensities(batch, items)
        total = np.where(items >= 0, logs, 0.0).sum(axis=1)
        total[~known] = -np.inf
        return np.asarray(total)

    def _log_propensities(self, batch: RequestBatch, items: I32) -> F64:
        """Logarithm of the probability of each item at its place, given those above it. (n, width)."""
        raise NotImplementedError


class EpsilonGreedy(Explore):
    """At each place, with probability ε, any item that may still be shown, uniformly; else the best that remains.

    So the item c at a place with E items left has the probability ε / E + (1 - ε) [c is the best that remains].
    """

    def __init__(self, base: Recommender, epsilon: float) -> None:
        super().__init__(base)
        self.epsilon = real("explore.epsilon", epsilon, at_least=0, at_most=1)

    def with_base(self, base: Recommender) -> Self:
        """The same policy around another recommender."""
        return type(self)(base, self.epsilon)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """Slates with propensities; an item that luck chose from beyond the base's first `k` has no score (NaN)."""
        batch = self._batch(requests)
        ranked = self._ranked(batch, k)
        return self._walk(batch, ranked, k, None)

    def _log_propensities(self, batch: RequestBatch, items: I32) -> F64:
        walked = self._walk(batch, self._ranked(batch, items.shape[1]), items.shape[1], items)
        assert walked.propensities is not None
        with np.errstate(divide="ignore"):
            return np.log(walked.propensities.astype(np.float64))

    def _walk(self, batch: RequestBatch, ranked: SlateBatch, k: int, given: I32 | None) -> SlateBatch:
        """Fill the places from the top: by luck, or with the items `given`, of which then only the odds are wanted."""
        n = len(batch)
        eligible = Eligible(batch)
        items = np.full((n, k), -1, dtype=np.int32)
        scores = None if ranked.scores is None else np.full((n, k), np.nan, dtype=np.float32)
        odds = np.full((n, k), np.nan, dtype=np.float32)
        placed: Bools = ranked.items < 0
        slots = slot_keys(k * (1 + DRAWS))
        luck = _own_luck(batch).uniform(batch.keys, batch.turn, slots).reshape(n, k, 1 + DRAWS)
        for place in range(k):
            who = np.flatnonzero(eligible.count > 0) if given is None else np.flatnonzero(given[:, place] >= 0)
            head = np.argmin(placed[who], axis=1)
            best = np.where(placed[who, head], -1, ranked.items[who, head])
            if given is None:
                chosen = best.copy()
                lucky = np.flatnonzero(luck[who, place, 0] < self.epsilon)
                chosen[lucky] = eligible.draw(who[lucky], luck[who[lucky], place, 1:])
            else:
                chosen = given[who, place]
            allowed = eligible.may_take(who, chosen)
            uniform_part = self.epsilon / np.maximum(eligible.count[who], 1)
            odds[who, place] = np.where(allowed, uniform_part + (1.0 - self.epsilon) * (chosen == best), 0.0)
            items[who, place] = chosen
            eligible.take(who[allowed], chosen[allowed])
            at = ranked.items[who] == chosen[:, None]
            placed[who] |= at
            if scores is not None and ranked.scores is not None:
                scores[who, place] = np.where(at.any(axis=1), ranked.scores[who, np.argmax(at, axis=1)], np.nan)
        return SlateBatch(batch.view.catalog, items, scores, odds)


class PlackettLuce(Explore):
    """Places are filled from the top, each item with probability proportional to exp(score / temperature).

    The scores are those of the base's best `pool` items (None: of all), in units of their standard deviation for this
    person, so that a temperature means the same for every recommender. Drawn by adding Gumbel noise and sorting (Kool,
    van Hoof & Welling, "Stochastic beams and where to find them", ICML 2019); noise belongs to person, turn and item.
    """

    def __init__(self, base: Recommender, temperature: float, pool: int | None) -> None:
        super().__init__(base)
        self.temperature = real("explore.temperature", temperature, above=0)
        self.pool = None if pool is None else whole("explore.pool", pool, at_least=1)

    def with_base(self, base: Recommender) -> Self:
        """The same policy around another recommender."""
        return type(self)(base, self.temperature, self.pool)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """Slates with propensities and the base's scores. Raises PluginError where the base gives no scores."""
        batch = self._batch(requests)
        ranked, logits = self._pool(batch, k)
        noise = _gumbel(batch, ranked.items)
        place = top_k((logits + noise).astype(np.float32), k)
        full = place >= 0
        seat = np.maximum(place, 0)
        items = np.where(full, np.take_along_axis(ranked.items, seat, axis=1), -1).astype(np.int32)
        assert ranked.scores is not None
        scores = np.where(full, np.take_along_axis(ranked.scores, seat, axis=1), np.nan).astype(np.float32)
        odds = np.exp(_log_odds(logits, place)).astype(np.float32)
        odds[~full] = np.nan
        return SlateBatch(batch.view.catalog, items, scores, odds)

    def _log_propensities(self, batch: RequestBatch, items: I32) -> F64:
        ranked, logits = self._pool(batch, items.shape[1])
        place = np.full(items.shape, -1, dtype=np.int32)
        for column in range(items.shape[1]):
            at = (ranked.items == items[:, column, None]) & (items[:, column, None] >= 0)
            place[:, column] = np.where(at.any(axis=1), np.argmax(at, axis=1), -1)
        logs = _log_odds(logits, place)
        repeated = np.array([len(set(row)) < len(row) for row in (r[r >= 0].tolist() for r in place)], dtype=np.bool_)
        logs[((place < 0) & (items >= 0)) | repeated[:, None]] = -np.inf
        return logs

    def _pool(self, batch: RequestBatch, k: int) -> tuple[SlateBatch, F64]:
        """The base's best, and the logarithms of their weights, -inf at empty places. Both (n, pool)."""
        n_items = len(batch.view.catalog)
        ranked = self._ranked(batch, n_items if self.pool is None else min(max(self.pool, k), n_items))
        if ranked.scores is None:
            rule = "plackett_luce draws by Slate.scores; epsilon_greedy needs none"
            raise PluginError(self.name, "its slates have no scores", rule, turn=batch.turn)
        full = ranked.items >= 0
        size = np.maximum(full.sum(axis=1, keepdims=True), 1)
        score = np.where(full, ranked.scores, 0).astype(np.float64)
        centred = np.where(full, score - score.sum(axis=1, keepdims=True) / size, 0.0)
        spread = np.sqrt((centred * centred).sum(axis=1, keepdims=True) / size)
        logits = np.divide(centred, spread * self.temperature, out=np.zeros_like(centred), where=spread > 0)
        logits[~full] = -np.inf
        return ranked, logits


def _own_luck(batch: RequestBatch) -> Stream:
    """Luck of the policy, apart from that of the recommender inside it."""
    return Stream(key_of(f"{batch.stream.key}/explore"))


def _gumbel(batch: RequestBatch, items: I32) -> F64:
    return _own_luck(batch).gumbel(batch.keys, batch.turn, batch.view.catalog.keys[np.maximum(items, 0)])


def _log_odds(logits: F64, place: I32) -> F64:
    """Logarithm of each choice's probability among what those before it left. `place` (n, k) are columns, -1 none."""
    full = place >= 0
    seat = np.maximum(place, 0)
    chosen = np.where(full, np.take_along_axis(logits, seat, axis=1), -np.inf)
    rest = logits.copy()
    row, column = np.nonzero(full)
    rest[row, place[row, column]] = -np.inf
    top = rest.max(axis=1, initial=-np.inf)
    with np.errstate(divide="ignore"):
        left = np.log(np.exp(rest - np.where(np.isfinite(top), top, 0.0)[:, None]).sum(axis=1))
    left += np.where(np.isfinite(top), top, 0.0)
    out = np.full(place.shape, np.nan)
    for column_ in range(place.shape[1] - 1, -1, -1):
        left = np.logaddexp(left, chosen[:, column_])
        out[:, column_] = np.subtract(chosen[:, column_], left, out=np.full(len(left), np.nan), where=full[:, column_])
    return out
