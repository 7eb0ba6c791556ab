"""Randomised slates around any recommender, with the exact probability of each item given those above it.

A deterministic ranking says nothing about what it did not show; off-policy estimators need a policy that could have shown
something else, and need to know how probable it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.contract import Feedback, Recommender, Request, RequestBatch, Slate, SlateBatch, learns, uniform
from recommenders.sampling import DRAWS, Eligible
from recommenders.topk import top_k
from recommenders.validation import checked_slates
from simulator.records import F32, I32, Bools, Catalog, InteractionLog, UserInputError
from simulator.randomness import Stream

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

    `name` is what messages about `base` call it. Raises UserInputError for a setting out of range.
    """
    if kind == "epsilon_greedy":
        if temperature is not None or pool is not None:
            raise UserInputError("explore: temperature and pool belong to plackett_luce, not to epsilon_greedy")
        return EpsilonGreedy(base, 0.1 if epsilon is None else epsilon, name=name)
    if kind == "plackett_luce":
        if epsilon is not None:
            raise UserInputError("explore: epsilon belongs to epsilon_greedy, not to plackett_luce")
        return PlackettLuce(base, 1.0 if temperature is None else temperature, pool, name=name)
    raise UserInputError(f"explore: kind must be epsilon_greedy or plackett_luce, not {kind!r}")


class Explore(Recommender):
    """A recommender that randomises the ranking of another one."""

    catalog: Catalog

    def __init__(self, base: Recommender, *, name: str | None = None) -> None:
        self.base = base
        self.learns = learns(base)
        self._name = type(base).__name__ if name is None else name

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
        return checked_slates(self.base.recommend(batch, depth), batch, depth, self._name, unscored=True)

    def _batch(self, requests: Sequence[Request]) -> RequestBatch:
        if isinstance(requests, RequestBatch):
            return requests
        return as_batch(self.catalog, requests)

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

    def __init__(self, base: Recommender, epsilon: float, *, name: str | None = None) -> None:
        super().__init__(base, name=name)
        self.epsilon = real("explore.epsilon", epsilon, at_least=0, at_most=1)

    def with_base(self, base: Recommender) -> Self:
        return type(self)(base, self.epsilon, name=self._name)

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
        """Fill the places from the top: by luck, or (`given`) with these items, of which then only the odds are wanted."""
        n = len(batch)
        eligible = Eligible(batch)
        items = np.full((n, k), -1, dtype=np.int32)
        scores = None if ranked.scores is None else np.full((n, k), np.nan, dtype=np.float32)
        odds = np.full((n, k), np.nan, dtype=np.float32)
        placed: Bools = ranked.items < 0
        luck = uniform(batch, k * (1 + DRAWS)).reshape(n, k, 1 + DRAWS)
        for place in range(k):
            who = np.flatnonzero(eligible.count > 0) if given is None else np.flatnonzero(given[:, place] >= 0)
            head = np.argmin(placed[who], axis=1)
            best = np.where(placed[who, head], -1, ranked.items[who, head])
            if given is None:
                chosen = best.copy()
                lucky = np.flatnonzero((luck[who, place, 0] < self.epsilon) | (best < 0))
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

    def __init__(self, base: Recommender, temperature: float, pool: int | None, *, name: str | None = None) -> None:
        super().__init__(base, name=name)
        self.temperature = real("explore.temperature", temperature, above=0)
        self.pool = None if pool is None else whole("explore.pool", pool, at_least=1)

    def with_base(self, base: Recommender) -> Self:
        return type(self)(base, self.temperature, self.pool, name=self._name)

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
