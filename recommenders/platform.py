"""What the platform knows of one block of people during a run: who they are, what they chose, what they were just
shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.randomness import U64
from simulator.records import F32, I32, Bools, Catalog, Ids, InteractionLog
from simulator.turn import Action

I8 = npt.NDArray[np.int8]
Texts = npt.NDArray[np.object_]
CHOSEN, SHOWN = np.uint8(1), np.uint8(2)
MOST_SAID = 20
"""Instructions that the service keeps of one person; older ones are forgotten."""


@dataclass(eq=False)
class PlatformView:
    """The platform's knowledge of n people; rows are people, columns are catalogue rows.

    `blocked` says what must not be recommended: `CHOSEN` (in the platform's history, or clicked in this run) for good,
    `SHOWN` (already on a page of the open session) until the session ends.
    """

    catalog: Catalog
    user_ids: Ids
    keys: U64
    indptr: npt.NDArray[np.int64]
    """The history of person r before the run is `items[indptr[r]:indptr[r + 1]]`, oldest first."""
    items: I32
    blocked: npt.NDArray[np.uint8] = field(init=False)
    pages_in_session: I32 = field(init=False)
    shown: I32 = field(init=False)
    """Items shown in the open session of each person, page after page, -1 where there is none. (n, any)."""
    changes: list[tuple[I32, I32]] = field(init=False, default_factory=list)
    """Choices of this run in order: (rows, items) of each turn, rows ascending, places from top to bottom."""
    settled: I32 = field(init=False)
    """How many entries of `changes` there were when each person's session began. (n,)."""
    shared: dict[int, F32] = field(default_factory=dict)
    """Start-of-run tiles, by `id(recommender)`, for all views of the same people."""
    spare: dict[int, F32] = field(default_factory=dict)
    """Memory to work in, by `id(recommender)`, handed on from a view that is done to the next one."""
    scratch: dict[int, object] = field(init=False, default_factory=dict)
    """What a recommender keeps for this block, by `id(recommender)`."""
    query: Texts | None = field(init=False, default=None)
    """What each person searched for on their last page, (n,) text or None; None as long as nobody did."""
    instruction: Texts | None = field(init=False, default=None)
    """What each person has told the service so far, one instruction a line, (n,) text or None; None as long as nobody
    said anything."""
    said_now: I32 = field(init=False)
    """How many of each person's last instructions were given in the open session. (n,)."""

    def __post_init__(self) -> None:
        self.blocked = np.zeros((len(self.user_ids), len(self.catalog)), dtype=np.uint8)
        self.blocked[np.repeat(np.arange(len(self)), np.diff(self.indptr)), self.items] = CHOSEN
        self.pages_in_session = np.zeros(len(self), dtype=np.int32)
        self.shown = np.full((len(self), 0), -1, dtype=np.int32)
        self.settled = np.zeros(len(self), dtype=np.int32)
        self.said_now = np.zeros(len(self), dtype=np.int32)

    @classmethod
    def of(cls, log: InteractionLog, people: I32, user_ids: Ids, keys: U64) -> PlatformView:
        """The view of `people` (rows of `log.user_ids`, repeats allowed, -1 for strangers) whose histories are the
        choices in `log`."""
        chosen = log.positives()
        if (chosen.user[1:] < chosen.user[:-1]).any():
            chosen = chosen.select(np.argsort(chosen.user, kind="stable"))
        start = np.searchsorted(chosen.user, np.arange(log.n_users + 1))
        length = np.where(people < 0, 0, (start[1:] - start[:-1])[people])
        indptr = np.concatenate([[0], np.cumsum(length)])
        source = np.repeat(start[:-1][people] - indptr[:-1], length) + np.arange(indptr[-1])
        return cls(log.catalog, user_ids, keys, indptr, chosen.item[source])

    def __len__(self) -> int:
        return int(self.user_ids.size)

    def begin_sessions(self, rows: I32) -> None:
        """What was shown in the sessions before may be shown again."""
        row, place = np.nonzero(self.shown[rows] >= 0)
        self.blocked[rows[row], self.shown[rows[row], place]] &= CHOSEN
        self.shown[rows] = -1
        self.pages_in_session[rows] = 0
        self.said_now[rows] = 0
        if self.query is not None:
            self.query[rows] = None
        self.settled[rows] = len(self.changes)

    def record(self, rows: I32, items: I32, clicked: Bools) -> None:
        """A page was shown to each of `rows`. `items` and `clicked` (n, k); -1 is an empty place."""
        full = items >= 0
        person = np.broadcast_to(rows[:, None], items.shape)
        self.blocked[person[full], items[full]] |= SHOWN
        column = self.pages_in_session[rows][:, None] * items.shape[1] + np.arange(items.shape[1], dtype=np.int32)
        missing = int(column.max(initial=-1)) + 1 - self.shown.shape[1]
        if missing > 0:
            self.shown = np.pad(self.shown, ((0, 0), (0, missing)), constant_values=-1)
        self.shown[rows[:, None], column] = items
        self.pages_in_session[rows] += 1
        chosen = clicked & full
        if chosen.any():
            who, what = person[chosen], items[chosen]
            self.blocked[who, what] |= CHOSEN
            self.changes.append((who, what))

    def hear(self, rows: I32, action: I8, words: Texts | None) -> None:
        """What people asked of the service at the end of a page: `action` (`Action`) and `words`, both (n,)."""
        if self.query is not None:
            self.query[rows] = None
        if words is None:
            return
        for place in np.flatnonzero((action == Action.SEARCH) | (action == Action.INSTRUCT)).tolist():
            line = " ".join(str(words[place] or "").split())
            if line and action[place] == Action.SEARCH:
                self.query = _texts(len(self)) if self.query is None else self.query
                self.query[rows[place]] = line
            elif line:
                self.instruction = _texts(len(self)) if self.instruction is None else self.instruction
                said = str(self.instruction[rows[place]] or "").splitlines()
                now = self.said_now[rows[place]]
                self.said_now[rows[place]] = now if line in said[len(said) - now :] else min(now + 1, MOST_SAID)
                self.instruction[rows[place]] = "\n".join([*(old for old in said if old != line), line][-MOST_SAID:])

    def histories(self, rows: I32 | None = None, *, settled: bool = False) -> sparse.csr_matrix:
        """Who chose what, binary float32 with sorted columns: before the run, or (`settled`) before the open session
        too.

        One row for each of `rows`, by default for everyone: (len(rows), n_items).
        """
        person = [np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))]
        item = [self.items]
        for nth, (who, what) in enumerate(self.changes if settled else ()):
            known = nth < self.settled[who]
            person.append(who[known])
            item.append(what[known])
        row, column = np.concatenate(person), np.concatenate(item)
        ones = np.ones(row.size, dtype=np.float32)
        out = sparse.csr_matrix((ones, (row, column)), shape=(len(self), len(self.catalog)))
        out.sum_duplicates()
        out.data[:] = 1.0
        return out if rows is None else out[rows]

    def history_of(self, row: int) -> tuple[str, ...]:
        """External ids of everything the person chose, oldest first."""
        before = self.items[self.indptr[row] : self.indptr[row + 1]]
        during = [what[who == row] for who, what in self.changes]
        ids: list[str] = self.catalog.item_ids[np.concatenate([before, *during])].tolist()
        return tuple(ids)

    def excluded_of(self, row: int) -> frozenset[str]:
        """External ids of everything that must not be recommended to the person now."""
        return frozenset(self.catalog.item_ids[self.blocked[row] != 0].tolist())


def _texts(size: int) -> Texts:
    return np.full(size, None, dtype=np.object_)


def view_of_histories(
    catalog: Catalog, user_ids: Sequence[str], keys: U64, histories: Sequence[Sequence[str]]
) -> PlatformView:
    """A view of people whose histories are given as ids; ids that the catalogue lacks are left out."""
    known = [[catalog.row_of[i] for i in history if i in catalog.row_of] for history in histories]
    indptr = np.concatenate([[0], np.cumsum([len(h) for h in known])]).astype(np.int64)
    items = np.array([row for history in known for row in history], dtype=np.int32)
    return PlatformView(catalog, np.array(user_ids, dtype=np.str_), keys, indptr, items)
