"""More of what the person chose, by what items are about: it needs nobody else, and knows new items at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommenders.batching import as_batch
from recommenders.builtin.parameters import real, whole
from recommenders.builtin.stored import Stored
from recommenders.contract import Request, RequestBatch, Slate, SlateBatch
from recommenders.features import FIELDS, WIDTH, item_vectors
from recommenders.language.embedding import embedding_settings, endpoint_vectors
from recommenders.matrix import MatrixRecommender
from recommenders.nearest import Nearest
from recommenders.pools import portions
from recommenders.profiles import Profiles
from recommenders.topk import top_k
from simulator.products import rowwise_product
from simulator.records import F32, I32, Bools, Catalog, InteractionLog, UserInputError


class Content(MatrixRecommender, Stored):
    """The items that are nearest to what the person chose, by title, text, categories, creator and year.

    weights: of the fields in the likeness of two items, {title: 1, text: 1, categories: 2, creator: 1, year: 0.5};
    fields that are left out keep their weight. width: columns into which features are hashed. embedding: ``words``
    (hashed words and facts; see `recommenders.features`), or {model, base_url, api_key_env} for the embeddings of an
    OpenAI-compatible endpoint, asked for once while fitting and kept in the answers' cache. index: ``exact`` scores
    every item, and is the quicker one up to tens of thousands of them; ``chroma`` asks a Chroma collection for the
    nearest ones, which misses a few (HNSW), and puts those in their exact order. depth: how many neighbours the
    collection is asked for; more where much may not be shown.

    A person is the mean of the vectors of what they chose, and items are ranked by the cosine with it (Rocchio's method
    without the negative part: Lops, de Gemmis & Semeraro, "Content-based recommender systems: state of the art and
    trends", Recommender Systems Handbook, 2011). The score is the sum of an item's cosines with each choice, which has
    the same order. Who chose nothing, or nothing of which anything is known, gets what is popular.
    """

    adapts = "fold"
    kept: ClassVar[tuple[str, ...]] = ("popularity", "vectors")
    vectors: F32
    """Of the items, rows of length 1 or 0. (n_items, any)."""

    def __init__(
        self,
        *,
        weights: Mapping[str, float] | None = None,
        width: int = WIDTH,
        embedding: str | Mapping[str, Any] = "words",
        index: str = "exact",
        depth: int = 200,
    ) -> None:
        self.weights = _weights(weights)
        self.width = whole("width", width, at_least=16, at_most=8192)
        self.embedding = embedding_settings(embedding)
        if index not in ("exact", "chroma"):
            raise UserInputError(f"index must be exact or chroma, not {index!r}")
        self.index = index
        self.depth = whole("depth", depth, at_least=1, at_most=100_000)

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Make the items' vectors; of the log only popularity is taken."""
        if self.embedding == "words":
            self.vectors = item_vectors(catalog, self.weights, self.width)
        else:
            assert isinstance(self.embedding, dict)
            self.vectors = endpoint_vectors(catalog, self.embedding)
        super().fit(catalog, log)

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        self._restored()

    def _restored(self) -> None:
        self._by_column = np.ascontiguousarray(self.vectors.T)
        self._profiles = Profiles(self.vectors)
        self._collection: Nearest | None = None
        # Items of which nothing is known are near to nothing; far below any likeness, popularity puts them in order.
        self._rest = self.popularity * np.float32(1e-6 / max(1.0, float(self.popularity.max(initial=0))))

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        scores = self._likeness(histories @ self.vectors)
        scores += self._rest
        return scores

    def _fold(self, scores: F32, rows: I32, choices: sparse.csr_matrix) -> None:
        scores[rows] += self._likeness(choices @ self.vectors)

    def _likeness(self, sums: F32) -> F32:
        """Inner product of each row of `sums` (n, width) with every item: (n, n_items)."""
        from threadpoolctl import threadpool_limits

        # Threads of BLAS get in the way of products this small, and a split product may round in another way.
        with threadpool_limits(1, user_api="blas"):
            return rowwise_product(sums, self._by_column)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The `k` eligible items that are nearest to the person, ties by catalogue row."""
        if self.index == "exact":
            return super().recommend(requests, k)
        return self._from_collection(as_batch(self.catalog, requests), k)

    def _from_collection(self, batch: RequestBatch, k: int) -> SlateBatch:
        """Neighbours from the collection, in the order of their exact scores. Who may be shown so little that the
        neighbours might run out is served exactly. All of it is decided person by person."""
        if self._collection is None:
            self._collection = Nearest(self.vectors)
        blocked: Bools = batch.view.blocked[batch.rows] != 0
        sums = self._profiles.of(batch.view, batch.rows)
        items = np.full((len(batch), k), -1, dtype=np.int32)
        scores = np.full((len(batch), k), np.nan, dtype=np.float32)
        depth = self._depths(blocked.sum(axis=1), k)
        depth[~sums.any(axis=1)] = 0
        for one in np.unique(depth[depth > 0]).tolist():
            of_this_depth = np.flatnonzero(depth == one)
            for part in portions(of_this_depth.size, one * self.vectors.shape[1]):
                here = of_this_depth[part]
                near = self._collection(sums[here], one)
                seat = np.maximum(near, 0)
                own = (self.vectors[seat] * sums[here][:, None]).sum(axis=2) + self._rest[seat]
                own[(near < 0) | blocked[here[:, None], seat]] = -np.inf
                place = top_k(own, k)
                seat = np.maximum(place, 0)
                items[here] = np.where(place < 0, -1, np.take_along_axis(near, seat, axis=1))
                scores[here] = np.take_along_axis(own, seat, axis=1)
        short = np.flatnonzero((items < 0).any(axis=1))
        for part in portions(short.size, self.popularity.size):
            here = short[part]
            own = self._likeness(sums[here]) + self._rest
            own[~sums[here].any(axis=1)] = self.popularity
            own[blocked[here]] = -np.inf
            items[here] = top_k(own, k)
            scores[here] = np.take_along_axis(own, np.maximum(items[here], 0), axis=1)
        scores[items < 0] = np.nan
        return SlateBatch(self.catalog, items, scores)

    def _depths(self, blocked: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.int64]:
        """How many neighbours to ask for, by how many items are blocked: `depth`, doubled until enough are sure to be
        left; 0 where that is more than a quarter of the catalogue, and scoring everything is cheaper. (n,)."""
        depth = np.full(blocked.size, self.depth, dtype=np.int64)
        while (short := depth < blocked + k).any():
            depth[short] *= 2
        depth[depth > self.popularity.size // 4] = 0
        return depth


def _weights(value: object) -> dict[str, float]:
    if value is None:
        return dict(FIELDS)
    if not isinstance(value, Mapping) or not set(value) <= set(FIELDS):
        raise UserInputError(f"weights must give numbers to some of {', '.join(FIELDS)}, not {value!r}")
    out = {**FIELDS, **{name: real(f"weights.{name}", one, at_least=0) for name, one in value.items()}}
    if not any(out.values()):
        raise UserInputError("weights: at least one field must weigh more than 0")
    return out
