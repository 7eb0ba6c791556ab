"""What a family of taste models is, and what it is fitted on.

A family scores every item for a person from what that person is known to have chosen. Five families are stacked,
because people simulated from one family alone crown the recommenders of that family. A score has no scale of its own:
the stack's weights give it one (`simulator.minds.weights`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.records import F32, I32, Catalog, InteractionLog

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Known:
    """Choices that base models may learn from, with what several families need of them."""

    catalog: Catalog
    matrix: sparse.csr_matrix
    """Who chose what, binary float32. (n_users, n_items)."""
    groups: dict[str, I32] = field(default_factory=dict)
    """Code of each person's group by demographic fact, -1 where unknown. (n_users,) each."""

    @classmethod
    def of(cls, log: InteractionLog) -> Known:
        return cls(log.catalog, log.matrix(), {name: _codes(facts) for name, facts in log.demographics.items()})

    @cached_property
    def gram(self) -> F32:
        """How many people chose both of two items; each item's count on the diagonal. (n_items, n_items)."""
        counts: F32 = np.asarray((self.matrix.T @ self.matrix).toarray(), dtype=np.float32)
        return counts

    @cached_property
    def counts(self) -> F32:
        """How many people chose each item. (n_items,)."""
        return np.asarray(self.matrix.sum(axis=0), dtype=np.float32).ravel()


@dataclass(frozen=True, eq=False)
class Histories:
    """The people to be scored: rows of the log that the family was fitted on, and what each is known to have chosen."""

    rows: I32
    """Row of each person in the fitted log; -1 for somebody who is not in it. (n,)."""
    matrix: sparse.csr_matrix
    """Binary float32, indices sorted. (n, n_items)."""

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        return self.rows >= 0

    def __len__(self) -> int:
        return int(self.rows.size)


class Family(Protocol):
    """One family of taste models. Rows of `scores` must not depend on which other people are asked for."""

    name: ClassVar[str]

    @classmethod
    def fit(cls, known: Known, *, seed: int) -> Self:
        """Learn from who chose what. Equal arguments give equal bits."""

    def scores(self, people: Histories) -> F32:
        """A finite score of every item for each person, higher is more wanted. (n, n_items)."""

    def evidence(self, person: Histories, item: int) -> F32:
        """What each past choice of one person adds to the score of one item, in the order of the history's indices;
        zeros for a family whose scores do not rest on the history. (n_chosen,)."""

    def arrays(self) -> Arrays:
        """All that was learnt."""

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The inverse of `arrays`."""


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A matrix product's rounding may depend on how many threads share it, so fits and tiles use one."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


def _codes(facts: npt.NDArray[np.str_]) -> I32:
    codes = np.unique(facts, return_inverse=True)[1].reshape(facts.shape)
    return np.where(facts == "", -1, codes).astype(np.int32)
