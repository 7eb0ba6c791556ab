"""`implicit`: ALS, BPR, logistic factorization and item neighbours on a sparse matrix (Ben Frederickson, MIT)."""

from __future__ import annotations

from warnings import catch_warnings, simplefilter

import numpy as np
from scipy import sparse

from recommenders.adapters.base import Adapter
from recommenders.adapters.frame import Asked, Choices
from simulator.records import F32


class Implicit(Adapter):
    """A model of `implicit`, such as implicit.bpr:BayesianPersonalizedRanking.

    Item neighbours and ALS read the history that comes with each request (ALS solves a person's factors anew), so
    strangers and new choices are served. BPR and logistic factorization serve the people of the log as fitted.
    """

    library, install, example = "implicit", "implicit", "implicit.als:AlternatingLeastSquares"

    def _fit(self, choices: Choices) -> None:
        from implicit.utils import ParameterWarning
        from threadpoolctl import threadpool_limits

        # The library threads over rows itself, and warns where BLAS threads get in its way; the neighbours also warn of
        # a conversion that they make themselves.
        with threadpool_limits(1, user_api="blas"), catch_warnings():
            simplefilter("ignore", ParameterWarning)
            self.model.fit(self._fitted.astype(np.float64) if self._neighbours else self._fitted, show_progress=False)
            self._reads_histories = self._neighbours or self._can_fold_in()

    @property
    def _neighbours(self) -> bool:
        from implicit.nearest_neighbours import ItemItemRecommender

        return isinstance(self.model, ItemItemRecommender)

    def _can_fold_in(self) -> bool:
        try:
            self.model.recalculate_user(0, self._fitted[:1])
        except NotImplementedError:
            return False
        return True

    def _scores(self, asked: Asked) -> F32:
        from threadpoolctl import threadpool_limits

        out = np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        chosen: sparse.csr_matrix = asked.matrix()
        chosen = chosen.astype(np.float64) if self._neighbours else chosen
        extra = {} if self._neighbours else {"recalculate_user": self._reads_histories}
        # One call for each: products of many people at once round by who else is among them.
        with threadpool_limits(1, user_api="blas"):
            for i in np.flatnonzero(asked.length > 0 if self._reads_histories else asked.known >= 0).tolist():
                depth = max(1, min(asked.k + int(asked.blocked[i] - asked.length[i]), asked.n_items))
                user = 0 if self._reads_histories else int(asked.known[i])
                item, score = self.model.recommend(user, chosen[i], N=depth, filter_already_liked_items=True, **extra)
                # Where fewer than N are left, the library pads with the lowest number there is.
                found = (item >= 0) & (score > np.finfo(np.float32).min)
                out[i, item[found]] = score[found]
        return out
