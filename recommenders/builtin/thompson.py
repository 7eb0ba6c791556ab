"""Thompson sampling: each place goes to what is best under one draw of what may be true, with exact propensities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommenders.builtin.bandit import F64, LinearBandit, slates_in_rows
from recommenders.builtin.parameters import real, whole
from recommenders.contract import Request, RequestBatch, Slate, SlateBatch, uniform
from recommenders.topk import top_k
from simulator.randomness import Stream, key_of, slot_keys
from simulator.records import F32, I32


class Thompson(LinearBandit):
    """Each place goes to the item that is best under one posterior draw of θ; what is clicked in the run moves θ.

    draws: how many draws of θ stand for the posterior in a turn. scale: of their spread (1: the posterior as it is).
    factors: of items and people. prior_impressions: how many impressions the log's knowledge counts as, against those
    of the run (0: begin without the log). learn: false keeps the model as the log left it.

    Agrawal & Goyal, "Thompson sampling for contextual bandits with linear payoffs", ICML 2013; Chapelle & Li, "An
    empirical evaluation of Thompson sampling", NeurIPS 2011. In each turn `draws` values of θ are drawn from the
    posterior with a key that is the same for everybody, so they are known whenever a probability is asked for. At each
    place the person's luck takes one of them with equal probability. So the propensity of an item is the share of the
    draws under which it is the best that remains, exactly, and its least value is 1 / draws. An item that is best under
    none of them has no chance in that turn: more draws make the support wider.
    """

    def __init__(
        self,
        *,
        draws: int = 32,
        scale: float = 1.0,
        factors: int = 16,
        prior_impressions: float = 1000.0,
        learn: bool = True,
    ) -> None:
        super().__init__(factors=factors, prior_impressions=prior_impressions, learn=learn)
        self.draws = whole("draws", draws, at_least=1, at_most=4096)
        self.scale = real("scale", scale, at_least=0)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """`k` places, each by a draw of its own; scores are the expected clicks of the posterior mean."""
        batch, people = self._serve(requests)
        mean = self._scores(people, self._mean)
        best = self._best(batch, people, k)
        luck = (uniform(batch, k) * self.draws).astype(np.int32)
        items, odds = _walk(best, luck, None)
        scores = np.where(items >= 0, np.take_along_axis(mean, np.maximum(items, 0), axis=1), np.nan)
        return SlateBatch(self.catalog, items, scores.astype(np.float32), odds)

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> F64:
        """Natural logarithm of the probability of each slate; -inf where no draws lead to it. (n,)."""
        given, sound = slates_in_rows(self.catalog, slates)
        batch, people = self._serve(requests)
        _, odds = _walk(self._best(batch, people, given.shape[1]), None, given)
        with np.errstate(divide="ignore"):
            logs = np.where(given >= 0, np.log(odds.astype(np.float64)), 0.0).sum(axis=1)
        return np.where(sound, logs, -np.inf)

    def _best(self, batch: RequestBatch, people: F64, k: int) -> I32:
        """The `k` best eligible items under each draw, -1 where they ran out. (n, draws, k)."""
        best = np.empty((len(batch), self.draws, k), dtype=np.int32)
        blocked = batch.view.blocked[batch.rows] != 0
        for nth, weights in enumerate(self._drawn(batch)):
            scores = self._scores(people, weights)
            scores[blocked] = -np.inf
            best[:, nth] = top_k(scores, k)
        return best

    def _drawn(self, batch: RequestBatch) -> F64:
        """The turn's draws of θ, the same for everybody who asks in it. (draws, D)."""
        from scipy.linalg import solve_triangular

        stream = Stream(key_of(f"{batch.stream.key}/posterior"))
        normal = stream.normal(slot_keys(self.draws), batch.turn, slot_keys(self._mean.size))
        spread = self.scale * np.sqrt(self.noise[0])
        drawn: F64 = self._mean + spread * solve_triangular(self._factor.T, normal.T, lower=False).T
        return drawn


def _walk(best: I32, luck: I32 | None, given: I32 | None) -> tuple[I32, F32]:
    """Fill the places from the top, by the draws that `luck` (n, k) names, or with what is `given` (n, k).

    `best` (n, draws, k). Returns items (n, k), -1 where nothing is left, and the odds of each, NaN there.
    """
    n, draws, k = best.shape
    items = np.full((n, k), -1, dtype=np.int32)
    odds = np.full((n, k), np.nan, dtype=np.float32)
    gone = np.zeros(best.shape, dtype=np.bool_)
    every = np.arange(n)
    for place in range(k):
        seat = gone.argmin(axis=2)[:, :, None]
        heads = np.take_along_axis(best, seat, axis=2)[:, :, 0]  # the best that remains under each draw
        if luck is not None:
            items[:, place] = heads[every, luck[:, place]]
        elif given is not None:
            items[:, place] = given[:, place]
        full = items[:, place] >= 0
        share = (heads == items[:, place, None]).sum(axis=1) / draws
        odds[full, place] = share[full]
        gone |= (best == items[:, place, None, None]) & full[:, None, None]
    return items, odds
