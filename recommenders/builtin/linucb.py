"""LinUCB: what is best as far as it could reasonably be, so that what is little known is tried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommenders.builtin.bandit import F64, LinearBandit, in_pieces, slates_in_rows
from recommenders.builtin.parameters import real
from recommenders.contract import Request, Slate, SlateBatch
from recommenders.topk import top_k
from simulator.products import rowwise_product
from simulator.records import F32

_AT_ONCE = 256
"""People whose scores are computed at a time: what their products need then stays small."""


class LinUCB(LinearBandit):
    """The items of the highest upper confidence bound θ·z + α σ √(zᵀ A⁻¹ z); what is clicked in the run moves θ and A.

    alpha: α, in standard deviations of what is known of θ·z; 0 only exploits. factors: of items and people.
    prior_impressions: how many impressions the log's knowledge counts as, against those of the run (0: begin without
    the log). learn: false keeps the model as the log left it.

    Li, Chu, Langford & Schapire, "A contextual-bandit approach to personalized news article recommendation", WWW 2010,
    with one θ for all items over features of item × person. A page holds the best bounds (Qin, Chen & Zhu, "Contextual
    combinatorial bandit and its application on diversified online recommendation", SDM 2014, for rewards that add up).
    The page follows from what was learnt without chance, so it carries no propensities: `log_prob` is 0 for the page
    that is shown and -inf for any other, and `explore` may be put around it.
    """

    def __init__(
        self, *, alpha: float = 1.0, factors: int = 16, prior_impressions: float = 1000.0, learn: bool = True
    ) -> None:
        super().__init__(factors=factors, prior_impressions=prior_impressions, learn=learn)
        self.alpha = real("alpha", alpha, at_least=0)

    def _restored(self) -> None:
        self._pairs = np.triu_indices(self.items.shape[1])
        products = self.items[:, self._pairs[0]] * self.items[:, self._pairs[1]]
        self._by_pair = np.ascontiguousarray(products.T)
        super()._restored()

    def _learnt(self) -> None:
        super()._learnt()
        self._covariance = np.linalg.inv(self.precision)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The `k` eligible items of the highest bound, ties by catalogue row; scores are the bounds."""
        batch, people = self._serve(requests)
        items = np.full((len(batch), k), -1, dtype=np.int32)
        scores = np.full((len(batch), k), np.nan, dtype=np.float32)
        for part in in_pieces(len(batch), _AT_ONCE):
            bound = self._bounds(people[part])
            bound[batch.view.blocked[batch.rows[part]] != 0] = -np.inf
            items[part] = best = top_k(bound, k)
            scores[part] = np.where(best >= 0, np.take_along_axis(bound, np.maximum(best, 0), axis=1), np.nan)
        return SlateBatch(self.catalog, items, scores)

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> F64:
        """0 where a slate is the one that is shown now, -inf where it is not. (n,)."""
        items, sound = slates_in_rows(self.catalog, slates)
        shown = self.recommend(requests, items.shape[1])
        assert isinstance(shown, SlateBatch)
        length = (items >= 0).sum(axis=1)[:, None]
        same = ((items == shown.items) | (np.arange(items.shape[1]) >= length)).all(axis=1)
        return np.where(same & sound, 0.0, -np.inf)

    def _bounds(self, people: F64) -> F32:
        """(n, n_items)."""
        mean = self._scores(people, self._mean)
        if self.alpha == 0:
            return mean
        pairs = self._spread(people)[:, self._pairs[0], self._pairs[1]]
        pairs = pairs * np.where(self._pairs[0] == self._pairs[1], 1.0, 2.0)
        # In rows that lie in one piece, as the product's rounding depends on how they lie.
        variance = rowwise_product(np.ascontiguousarray(pairs, dtype=np.float32), self._by_pair)
        np.maximum(variance, 0, out=variance)
        mean += np.float32(self.alpha * np.sqrt(self.noise[0])) * np.sqrt(variance)
        return mean

    def _spread(self, people: F64) -> F64:
        """The matrix of each person whose form in an item's features is zᵀ A⁻¹ z. (n, factors + 2, factors + 2)."""
        d = self.factors
        plain = np.r_[0, 2 : 3 + d]  # without the place, which is the top one
        of = self._covariance
        out = np.repeat(of[np.ix_(plain, plain)][None], len(people), axis=0)
        cross = of[np.ix_(plain, np.arange(3 + d, 3 + 2 * d))][None] * people[:, None, :]
        out[:, :, 2:] += cross
        out[:, 2:, :] += cross.transpose(0, 2, 1)
        out[:, 2:, 2:] += people[:, :, None] * people[:, None, :] * of[3 + d :, 3 + d :]
        return out
