"""What libraries are fed with: a log as choices, and the people of a batch with their histories.

Libraries get numbers for ids (rows of the catalogue and of the log), so that no text has to be hashed again and again;
what comes back is rows, and the base class turns rows into slates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recommenders.contract import RequestBatch
from recommenders.platform import PlatformView
from simulator.records import F32, I32, I64, InteractionLog, UserInputError

Values = Literal["choices", "ratings"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Choices:
    """Who chose what, each pair once, as it was the last time; oldest first as the log has it. All shapes (n,)."""

    user: I32
    item: I32
    value: F32
    """1, or the rating if ratings are asked for."""
    time: I64
    """Seconds; the place in the log where not all times are known, so that the order is kept at least."""
    timed: bool
    """Whether `time` is in seconds."""
    shape: tuple[int, int]
    """People of the log, items of the catalogue."""

    @classmethod
    def of(cls, log: InteractionLog, values: Values) -> Choices:
        """The choices of a log. Raises UserInputError where ratings are asked for and missing."""
        chosen = log.positives()
        if values == "ratings" and not np.isfinite(chosen.rating).all():
            missing = int(np.count_nonzero(~np.isfinite(chosen.rating)))
            raise UserInputError(
                f"values: ratings needs a rating with every choice, and {missing:,} of {len(chosen):,} have none. "
                "Write values: choices, or map a rating column in the dataset"
            )
        pair = chosen.user.astype(np.int64) * len(log.catalog) + chosen.item
        _, last = np.unique(pair[::-1], return_index=True)
        kept = np.sort(len(chosen) - 1 - last)
        timed = bool((chosen.time > 0).all()) and len(chosen) > 0
        return cls(
            user=chosen.user[kept],
            item=chosen.item[kept],
            value=chosen.rating[kept] if values == "ratings" else np.ones(kept.size, dtype=np.float32),
            time=chosen.time[kept] if timed else kept.astype(np.int64),
            timed=timed,
            shape=(log.n_users, len(log.catalog)),
        )

    def __len__(self) -> int:
        return int(self.user.size)

    def matrix(self) -> sparse.csr_matrix:
        """Values by person and item, float32, columns sorted within rows. (n_users, n_items)."""
        out = sparse.csr_matrix((self.value, (self.user, self.item)), shape=self.shape, dtype=np.float32)
        out.sort_indices()
        return out

    def frame(self, *, user: str, item: str, value: str, time: str) -> Any:
        """A pandas DataFrame with these names for its columns, one row a choice; the time is in seconds."""
        import pandas as pd

        return pd.DataFrame(
            {
                user: self.user.astype(np.int64),
                item: self.item.astype(np.int64),
                value: self.value.astype(np.float64),
                time: self.time,
            }
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """The n people of a batch: who of them was in the fitted log, and what each has chosen, this run included."""

    known: I32
    """Row in the fitted log, -1 for a stranger, as for somebody who chose nothing in it. (n,)."""
    start: npt.NDArray[np.int64]
    """The history of person i is `item[start[i]:start[i + 1]]`, oldest first, each item once. (n + 1,)."""
    item: I32
    value: F32
    """Aligned with `item`: 1, or the rating if ratings are asked for; NaN for a choice that was never rated."""
    blocked: I64
    """How many items may not be shown to each. (n,)."""
    k: int
    n_items: int

    @classmethod
    def of(cls, batch: RequestBatch, row_of: Mapping[str, int], fitted: sparse.csr_matrix | None, k: int) -> Asked:
        """The people of `batch`. `fitted` holds the ratings by person and item; None where choices count 1."""
        known = np.array([row_of.get(str(user_id), -1) for user_id in batch.view.user_ids[batch.rows]], dtype=np.int32)
        start, item = _histories(batch.view, batch.rows)
        value = np.ones(item.size, dtype=np.float32)
        if fitted is not None:
            person = np.repeat(known, np.diff(start))
            value[:] = np.nan
            value[person >= 0] = np.asarray(fitted[person[person >= 0], item[person >= 0]]).ravel()
            value[value == 0] = np.nan
        blocked = np.count_nonzero(batch.view.blocked[batch.rows], axis=1)
        return cls(
            known=known, start=start, item=item, value=value, blocked=blocked, k=k, n_items=len(batch.view.catalog)
        )

    def __len__(self) -> int:
        return int(self.known.size)

    @property
    def length(self) -> I64:
        """How many items each has chosen. (n,)."""
        return np.diff(self.start)

    def history(self, i: int) -> I32:
        """Rows of the items that person i chose, oldest first."""
        return self.item[self.start[i] : self.start[i + 1]]

    def values(self, i: int) -> F32:
        """`value` of person i, aligned with `history(i)`."""
        return self.value[self.start[i] : self.start[i + 1]]

    def matrix(self) -> sparse.csr_matrix:
        """Values by person and item, rated ones only, columns sorted within rows. Float32 (n, n_items)."""
        person = np.repeat(np.arange(len(self)), self.length)
        rated = np.isfinite(self.value)
        held = (self.value[rated], (person[rated], self.item[rated]))
        out = sparse.csr_matrix(held, shape=(len(self), self.n_items), dtype=np.float32)
        out.sort_indices()
        return out

    def depth(self, left_out: npt.NDArray[np.integer[Any]] | int = 0) -> int:
        """How many of its best items a library must name so that k are left for everybody once the rest of what is
        blocked is dropped. `left_out`: how many of the blocked ones the library leaves out itself. (n,) or one."""
        most = int(np.max(self.blocked - left_out, initial=0))
        return max(1, min(self.k + max(most, 0), self.n_items))


def _histories(view: PlatformView, rows: I32) -> tuple[npt.NDArray[np.int64], I32]:
    """Starts and items of the histories of `rows`, oldest first; of an item chosen twice the last choice stands."""
    person = [np.repeat(np.arange(len(view), dtype=np.int64), np.diff(view.indptr))]
    item = [view.items]
    for who, what in view.changes:
        person.append(who.astype(np.int64))
        item.append(what)
    person_, item_ = np.concatenate(person), np.concatenate(item)
    pair = person_ * len(view.catalog) + item_
    _, last = np.unique(pair[::-1], return_index=True)
    kept = np.sort(pair.size - 1 - last)
    kept = kept[np.argsort(person_[kept], kind="stable")]
    begin = np.searchsorted(person_[kept], np.arange(len(view) + 1))
    length = np.diff(begin)[rows]
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    source = np.repeat(begin[rows] - start[:-1], length) + np.arange(start[-1])
    return start, item_[kept][source].astype(np.int32)
