"""The contract between the house and a recommender.

A plug-in author subclasses `Recommender`, implements `fit` and `recommend`, and is done; the rest is optional. Requests
come in batches, because libraries cost 30-130 ms a call for one user and serve thousands of users a second in a batch.
All ids are external ids (text). Chance comes from `Request.rng()` alone, so that runs repeat exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np
import numpy.typing as npt

from simulator.randomness import U64, Stream
from simulator.records import F32, I32, Catalog, Ids, InteractionLog

if TYPE_CHECKING:
    from recommenders.platform import PlatformView

F64 = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Request:
    """One person asks for one page."""

    user_id: str
    history: tuple[str, ...]
    """What the platform knows that this person chose, oldest first: their log, then their clicks of this run."""
    exclude: frozenset[str]
    """Items that must not be recommended: chosen before, or already shown in this session."""
    candidates: tuple[str, ...] | None = None
    """The only items allowed; None: the whole catalogue."""
    page: int = 0
    turn: int = 0
    query: str | None = None
    """What the person searched for on the page before; for this page only."""
    instruction: str | None = None
    """What the person has told the service in this run, oldest first, one instruction a line; None: nothing."""
    _stream: Stream = field(default_factory=lambda: Stream.of(0, "luck", "recommender"))
    _key: int = 0

    def rng(self) -> np.random.Generator:
        """The only source of chance a recommender may use: keyed by seed, person and turn, the same in every arm."""
        return self._stream.generator(self._key, self.turn)


@dataclass(frozen=True, eq=False)
class RequestBatch(Sequence[Request]):
    """The requests of one turn. A plug-in reads it as a sequence of `Request`; built-ins read the arrays."""

    view: PlatformView
    """What the platform knows of the people of this block."""
    rows: I32
    """Rows of the view, one a request, ascending. (n,)."""
    page: I32
    turn: int
    stream: Stream

    def __len__(self) -> int:
        return int(self.rows.size)

    @overload
    def __getitem__(self, index: int) -> Request: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...
    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        row = int(self.rows[index])
        return Request(
            user_id=str(self.view.user_ids[row]),
            history=self.view.history_of(row),
            exclude=self.view.excluded_of(row),
            page=int(self.page[index]),
            turn=self.turn,
            query=None if self.query is None else self.query[index],
            instruction=None if self.instruction is None else self.instruction[index],
            _stream=self.stream,
            _key=int(self.view.keys[row]),
        )

    def __iter__(self) -> Iterator[Request]:
        return (self[i] for i in range(len(self)))

    @cached_property
    def keys(self) -> U64:
        """64-bit key of each request's person. (n,)."""
        return self.view.keys[self.rows]

    @property
    def query(self) -> Texts | None:
        """`Request.query` of each, (n,); None where nobody searched for anything."""
        return None if self.view.query is None else self.view.query[self.rows]

    @property
    def instruction(self) -> Texts | None:
        """`Request.instruction` of each, (n,); None where nobody has told the service anything."""
        return None if self.view.instruction is None else self.view.instruction[self.rows]


def uniform(requests: Sequence[Request], n: int) -> F64:
    """`n` uniform numbers for each request, keyed like `Request.rng()` but vectorised. Shape (len(requests), n)."""
    from simulator.randomness import slot_keys

    if isinstance(requests, RequestBatch):
        return requests.stream.uniform(requests.keys, requests.turn, slot_keys(n))
    out = np.empty((len(requests), n))
    for i, request in enumerate(requests):
        key = np.array([request._key], dtype=np.uint64)
        out[i] = request._stream.uniform(key, request.turn, slot_keys(n))[0]
    return out


@dataclass(frozen=True, slots=True)
class Slate:
    """What one person is shown, best first."""

    item_ids: Sequence[str]
    scores: Sequence[float] | None = None
    propensities: Sequence[float] | None = None
    """Probability of each item at its place, given the items above it."""


@dataclass(frozen=True, eq=False)
class SlateBatch(Sequence[Slate]):
    """Slates as arrays, aligned with the requests; empty places hold item -1. All shapes (n, k)."""

    catalog: Catalog
    items: I32
    scores: F32 | None = None
    propensities: F32 | None = None

    def __len__(self) -> int:
        return int(self.items.shape[0])

    @overload
    def __getitem__(self, index: int) -> Slate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Slate]: ...
    def __getitem__(self, index: int | slice) -> Slate | Sequence[Slate]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        full = self.items[index] >= 0
        ids = self.catalog.item_ids[self.items[index][full]].tolist()
        scores = None if self.scores is None else self.scores[index][full].tolist()
        propensities = None if self.propensities is None else self.propensities[index][full].tolist()
        return Slate(ids, scores, propensities)


@dataclass(frozen=True, eq=False, kw_only=True)
class Feedback:
    """What the platform saw happen in one turn, one row an impression, people in id order. Nothing latent is in it.

    `item` and `user` index `catalog.item_ids` and `user_ids`; `dwell_s` is 0 and `rating` NaN where there was none;
    `propensity` is NaN where the recommender gave none.
    """

    catalog: Catalog
    user_ids: Ids
    user: I32
    item: I32
    position: I32
    clicked: npt.NDArray[np.bool_]
    dwell_s: F32
    rating: F32
    propensity: F32
    page: I32
    session: I32
    turn: int

    def __len__(self) -> int:
        return int(self.user.size)

    @property
    def user_id(self) -> Ids:
        """External id of the person of each row."""
        return self.user_ids[self.user]

    @property
    def item_id(self) -> Ids:
        """External id of the item of each row."""
        return self.catalog.item_ids[self.item]


class Recommender:
    """What a recommender is. Subclass it; `fit` and `recommend` are required, the rest is optional.

    A recommender gets its parameters as keyword arguments of `__init__`.
    """

    learns: bool = False
    """True if `observe` changes what is recommended later: then people are linked and turns are synchronised."""
    parts: Sequence[Recommender] = ()
    """The recommenders that this one is made of."""

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Learn from what the platform knows. Called once, before anything else."""
        raise NotImplementedError(f"{type(self).__name__}.fit is not written")

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """One slate a request, in the same order, of at most `k` items; fewer only when the eligible ones run out."""
        raise NotImplementedError(f"{type(self).__name__}.recommend is not written")

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> npt.NDArray[np.floating[Any]]:
        """Natural logarithm of the probability of each slate, for off-policy estimators. (n,)."""
        raise NotImplementedError(f"{type(self).__name__} gives no probabilities")

    def observe(self, feedback: Feedback) -> None:
        """See what happened in a turn, and learn. Called if `learns` is set, or is silent and this is overridden."""

    def save(self, folder: Path) -> None:
        """Write the fitted state to an empty folder, so that it need not be fitted again."""
        raise NotImplementedError(f"{type(self).__name__} cannot be saved")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The inverse of `save`."""
        raise NotImplementedError(f"{cls.__name__} cannot be loaded")


def learns(recommender: Recommender) -> bool:
    """Whether `observe` may change later slates: said by `learns`, or, if that is silent, by overriding `observe`."""
    declared = recommender.__dict__.get("learns", type(recommender).__dict__.get("learns"))
    if declared is not None:
        return bool(declared)
    return bool(recommender.learns) or type(recommender).observe is not Recommender.observe
