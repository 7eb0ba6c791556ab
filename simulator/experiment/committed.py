"""What is told of a turn of a block that was committed: small enough to cross from a worker a hundred times a second.

The sums of a metric are kept where the block is lived, and handed in at a few turns only (`so_far.is_point`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.evaluation.running_sums import NEAREST, RunningSums, Seen, Yardstick, bits_of
from simulator.evaluation.so_far import Sums, is_point, points_of
from simulator.experiment.folder import RunFolder
from simulator.experiment.stage import Stage
from simulator.experiment.tasks import Crowd
from simulator.journal.parts import PartKey
from simulator.records import F32, I32, I64, Bools, Ids
from simulator.turn import I8, AppraisedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """One turn of one block, as it was committed."""

    key: PartKey
    turn: int
    user_turns: int
    """Lived now: 0 for a turn that the journal held already."""
    open_sessions: int = 0
    """Visits that go on after the turn."""
    clicks: int = 0
    """Since the last turn that was told."""
    sums: Sums | None = None
    """Of the turns so far; None at turns that are no point, and where nobody wants to know."""


class Counting:
    """Counts the turns of one block of n people. `measured` as for `live.live`."""

    def __init__(self, key: PartKey, stage: Stage, n: int, measured: Sequence[str] | None) -> None:
        self._key, self._turns, self._wanted = key, stage.plan.turns, measured is not None
        named = measured if measured and key.mind == stage.minds[0] else ()
        bits = bits_of(_popularity(RunFolder(stage.folder).catalog)) if "novelty" in named else None
        yardstick = Yardstick(rating_unit=float(stage.everyone.rating_unit), bits=bits)
        self._sums = {metric: RunningSums(metric, n, yardstick) for metric in named}
        self._clicks = 0

    def add(self, page: Seen) -> None:
        """Count a turn that is not told by itself."""
        for sums in self._sums.values():
            sums.add(page)
        if len(self._sums) > 1 and next(iter(self._sums.values())).below.any():
            self._sums.pop(NEAREST, None)  # the better one is known, and nothing need stand in for it
        self._clicks += int(np.count_nonzero(page.clicked))

    def committed(self, turn: int, page: Seen, user_turns: int) -> Committed:
        """Count a turn, and say what there is to tell."""
        if not self._wanted:
            return Committed(key=self._key, turn=turn, user_turns=user_turns)
        self.add(page)
        return self.told(turn, user_turns, int(page.rows.size - np.count_nonzero(page.left)))

    def told(self, turn: int, user_turns: int, open_sessions: int) -> Committed:
        """Say what was counted since the last time. Visits that the last turn cuts are open no more."""
        clicks, self._clicks = self._clicks, 0
        handed_in = bool(self._sums) and is_point(turn, self._turns)
        return Committed(
            key=self._key,
            turn=turn,
            user_turns=user_turns,
            open_sessions=0 if turn == self._turns - 1 else open_sessions,
            clicks=clicks,
            sums=points_of(self._sums) if handed_in else None,
        )


def counted_from_part(key: PartKey, stage: Stage, crowd: Crowd, measured: Sequence[str] | None) -> Committed:
    """The last turn of a block that an earlier session finished; its part is read once, if anybody wants to know."""
    last = stage.plan.turns - 1
    if measured is None:
        return Committed(key=key, turn=last, user_turns=0)
    people = stage.people_of(crowd, key.block)
    counting = Counting(key, stage, len(people), measured)
    for page in _turns_of_part(RunFolder(stage.folder).part(key.name), people.user_ids, stage):
        counting.add(page)
    return counting.told(last, 0, 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Read:
    """A turn of a part, as far as it is counted: a `Seen`."""

    rows: I32
    session: I32
    items: I32
    clicked: Bools
    dwell_s: F32
    rating: F32
    taste: F32
    satisfaction: F32
    left: Bools
    return_gap_s: F32
    appraised_by: I8


_OF_PAGE = ("session", "satisfaction", "left", "return_gap_s")
_OF_PLACE = {"clicked": np.False_, "dwell_s": np.float32(0), "rating": np.float32("nan"), "taste": np.float32("nan")}


def _turns_of_part(path: Path, user_ids: Ids, stage: Stage) -> Iterator[_Read]:
    """The turns of a part in order. A page's rows stand together, as `journal.parts.to_table` wrote them."""
    names = ["user_id", "turn", "position", "item_id", "appraised_by", *_OF_PAGE, *_OF_PLACE]
    table = pq.read_table(path, columns=names)
    if not len(table):
        return
    user, item = _numbers(table["user_id"], user_ids), _numbers(table["item_id"], stage.catalog.item_ids)
    turn, position = table["turn"].to_numpy(), table["position"].to_numpy()
    first = np.ones(len(table), dtype=np.bool_)
    first[1:] = (turn[1:] != turn[:-1]) | (user[1:] != user[:-1])
    page = np.cumsum(first) - 1
    shape = (int(page[-1]) + 1, stage.plan.slate_size)

    def placed(values: Any, empty: Any, kind: Any) -> Any:
        places = np.full(shape, empty, dtype=kind)
        places[page, position] = values
        return places

    skipped = pc.equal(table["appraised_by"].cast(pa.string()), AppraisedBy.SKIPPED.name.lower()).to_numpy()
    columns: dict[str, Any] = {name: table[name].to_numpy()[first] for name in _OF_PAGE}
    columns["appraised_by"] = np.where(skipped, AppraisedBy.SKIPPED, AppraisedBy.STATISTICAL)[first].astype(np.int8)
    columns |= {name: placed(table[name].to_numpy(), empty, empty.dtype) for name, empty in _OF_PLACE.items()}
    columns |= {"rows": user[first], "items": placed(item, -1, np.int32)}
    ends = np.flatnonzero(np.diff(turn[first], append=-1)) + 1
    for begin, end in zip([0, *ends[:-1]], ends, strict=True):
        yield _Read(**{name: column[begin:end] for name, column in columns.items()})


@lru_cache(maxsize=1)
def _popularity(catalog: Path) -> I64:
    """As the run folder's catalogue has it."""
    counts: I64 = pq.read_table(catalog, columns=["popularity"])["popularity"].to_numpy()
    return counts


def _numbers(names: pa.ChunkedArray, known: Ids) -> I32:
    """The place of each name in `known`, -1 for null. (n,)."""
    places = pc.index_in(names.cast(pa.string()), value_set=pa.array(known, pa.string()))
    numbers: I32 = places.fill_null(-1).to_numpy().astype(np.int32)
    return numbers
