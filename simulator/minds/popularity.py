"""The popularity family: how many people chose an item, and how many like this person did.

Among people of one demographic group the log ratio of an item's share to its share in the crowd is added, shrunk
towards none where the group is small: a naive Bayes model of taste given demographic facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from simulator.minds.family import Arrays, Histories, Known
from simulator.records import F32, I32


@dataclass(frozen=True, eq=False)
class PopularityFamily:
    """A score is log(count + 1) plus the log ratios of the person's groups."""

    name: ClassVar[str] = "popularity"
    log_counts: F32
    """(n_items,)."""
    ratios: F32
    """Log ratios by group, fact after fact; the last row, for unknown facts, is 0. (n_groups + 1, n_items)."""
    groups: I32
    """Rows of `ratios` that belong to each person, one column a fact. (n_users, n_facts)."""

    @classmethod
    def fit(cls, known: Known, *, seed: int, shrinkage: float = 30.0) -> Self:
        """`shrinkage` is the number of expected choices of an item in a group that halves its log ratio."""
        counts = known.counts
        share = counts / max(1.0, float(counts.sum()))
        ratios: list[F32] = []
        columns: list[I32] = []
        start = 0
        for codes in known.groups.values():
            n_groups = int(codes.max(initial=-1)) + 1
            member = codes >= 0
            ones = np.ones(int(member.sum()), dtype=np.float32)
            indicator = sparse.csr_matrix((ones, (codes[member], np.flatnonzero(member))), shape=(n_groups, codes.size))
            chosen = np.asarray((indicator @ known.matrix).toarray(), dtype=np.float32)
            expected = chosen.sum(axis=1, keepdims=True) * share
            ratios.append(np.log((chosen + shrinkage) / (expected + shrinkage)).astype(np.float32))
            columns.append(np.where(member, codes + start, -1).astype(np.int32))
            start += n_groups
        ratios.append(np.zeros((1, counts.size), dtype=np.float32))
        groups = np.stack(columns, axis=1) if columns else np.zeros((known.matrix.shape[0], 0), dtype=np.int32)
        groups[groups < 0] = start
        return cls(np.log1p(counts).astype(np.float32), np.concatenate(ratios), groups)

    def scores(self, people: Histories) -> F32:
        """(n, n_items)."""
        unknown = np.int32(len(self.ratios) - 1)
        groups = np.where(people.is_known[:, None], self.groups[np.maximum(people.rows, 0)], unknown)
        out = np.empty((len(people), self.log_counts.size), dtype=np.float32)
        for row, group in zip(out, groups, strict=True):  # a row at a time stays in the cache
            row[:] = self.log_counts
            for ratio in self.ratios[group]:
                row += ratio
        return out

    def evidence(self, person: Histories, item: int) -> F32:
        """Zeros: what a person chose does not move what is popular. (n_chosen,)."""
        return np.zeros(person.matrix.nnz, dtype=np.float32)

    def arrays(self) -> Arrays:
        return {"log_counts": self.log_counts, "ratios": self.ratios, "groups": self.groups}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        return cls(arrays["log_counts"], arrays["ratios"], arrays["groups"])
