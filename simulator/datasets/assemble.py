"""From raw columns to a log: audit the rows, number people and items, and put everything into its fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.datasets.dataset import Reason
from simulator.datasets.texttable import EXAMPLES, TextTable, encode, numbers, shorten
from simulator.records import I32, I64, Bools, Catalog, InteractionLog, Item, UserInputError

F64 = npt.NDArray[np.float64]
LARGEST_BROKEN_SHARE = 0.5
"""Beyond this the file is not what it was said to be, and nothing that is read from it can be trusted."""


@dataclass(eq=False)
class Audit:
    """Which rows of a table are still good, and why the others are not. The first reason of a row counts."""

    table: TextTable
    good: Bools = field(init=False)
    reasons: list[Reason] = field(init=False)
    blanked: list[Reason] = field(init=False)
    """Cells, not rows, that could not be used."""

    def __post_init__(self) -> None:
        self.good = np.ones(len(self.table), dtype=np.bool_)
        self.reasons = [] if self.table.malformed is None else [self.table.malformed]
        self.blanked = []

    def reject(self, broken: Bools, why: str, column: pa.Array | None = None) -> None:
        """Leave out the rows where `broken` holds; `column` is the one whose cells the examples show."""
        rows = np.flatnonzero(broken & self.good)
        if rows.size:
            self.good[rows] = False
            self.reasons.append(self._reason(rows, why, column))

    def blank(self, unusable: Bools, why: str, column: pa.Array) -> None:
        """Keep the rows where `unusable` holds, but tell that their cell in `column` was ignored."""
        rows = np.flatnonzero(unusable & self.good)
        if rows.size:
            self.blanked.append(self._reason(rows, why, column))

    def _reason(self, rows: npt.NDArray[np.intp], why: str, column: pa.Array | None) -> Reason:
        first = rows[:EXAMPLES].tolist()
        examples = self.table.places(first)
        if column is not None:
            examples = [f"{at}: {shorten(column[row].as_py())}" for at, row in zip(examples, first, strict=True)]
        return Reason(why, int(rows.size), tuple(examples))

    @property
    def skipped(self) -> int:
        return sum(reason.count for reason in self.reasons)

    def refuse_if_mostly_broken(self, cure: str) -> None:
        """Raises `UserInputError` if more than half of the rows, or all, had to be left out."""
        read = self.table.rows_read
        if read == 0:
            raise UserInputError(f"{self.table.label}: has a header and no rows. {cure}")
        if self.skipped > LARGEST_BROKEN_SHARE * read or not self.good.any():
            worst = max(self.reasons, key=lambda reason: reason.count)
            raise UserInputError(f"{self.table.label}: {self.skipped:,} of {read:,} rows are broken: {worst}. {cure}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """The parsed columns of a table of interactions, one row a row of the file; None where it has no such column."""

    user: tuple[I64, list[str]]
    """Codes (-1 missing) and the ids they stand for, as from `encode`."""
    item: tuple[I64, list[str]]
    rating: F64 | None = None
    clicked: Bools | None = None
    time: I64 | None = None
    dwell_s: F64 | None = None
    position: I32 | None = None


def natural_order(ids: Iterable[str]) -> list[str]:
    """Ids in natural order: whole numbers by their value and before all other text; equal numbers (7, 07) by text."""
    return sorted(ids, key=lambda text: (0, int(text), text) if _is_number(text) else (1, 0, text))


def rated(audit: Audit, user: str, item: str, rating: str, time: str | None, low: float, high: float) -> Cells:
    """The cells of a log of ratings within [`low`, `high`], broken rows rejected; time in whole seconds, 0 missing."""
    columns = audit.table.columns
    who, what = encode(columns[user]), encode(columns[item])
    audit.reject(who[0] < 0, "no user id")
    audit.reject(what[0] < 0, "no item id")
    values, is_number, _ = numbers(columns[rating])
    audit.reject(~is_number, "rating is not a number", columns[rating])
    with np.errstate(invalid="ignore"):
        audit.reject((values < low) | (values > high), f"rating outside {low:g} to {high:g}", columns[rating])
    seconds = None
    if time is not None:
        raw, is_number, is_empty = numbers(columns[time])
        audit.reject(~is_number & ~is_empty, "time is not a number", columns[time])
        seconds = np.where(is_number, raw, 0.0).clip(0, 2**62).astype(np.int64)
    return Cells(user=who, item=what, rating=values, time=seconds)


def assemble(
    audit: Audit,
    cells: Cells,
    items: Sequence[Item] | None,
    facts_of: Mapping[str, Mapping[str, str]],
    cure: str,
) -> InteractionLog:
    """The log of the good rows.

    `items` None: the catalogue is made of the ids of the log. `facts_of` holds facts by name, then by user id. Of
    several rows of one person and item one stays: a chosen one before one passed over, then the latest, then the last;
    the others are rejected in the audit, but do not count as broken.
    Order: people and items by id in natural order; rows by person, time, item. Raises `UserInputError` if most rows are
    broken.
    """
    item_codes, item_words = cells.item
    if items is not None:
        known = {item.item_id for item in items}
        strange = np.array([word not in known for word in item_words] + [False], dtype=np.bool_)
        audit.reject(strange[item_codes], "item is not in the list of items", _words(item_codes, item_words))
    audit.refuse_if_mostly_broken(cure)
    rows = np.flatnonzero(audit.good)
    user, user_ids = _renumber(cells.user[0][rows], cells.user[1], None)
    catalog = Catalog(tuple(_ordered(items, [item_words[code] for code in np.unique(item_codes[rows]).tolist()])))
    item, _ = _renumber(item_codes[rows], item_words, catalog.item_ids.tolist())
    time = np.zeros(rows.size, dtype=np.int64) if cells.time is None else cells.time[rows]
    clicked = np.ones(rows.size, dtype=np.bool_) if cells.clicked is None else cells.clicked[rows]

    kept = _last_of_each(user, item, clicked, time)
    repeated = audit.good.copy()
    repeated[rows[kept]] = False
    audit.reject(repeated, "another row of the same person and item counts")
    kept = kept[np.lexsort((item[kept], time[kept], user[kept]))]
    from_file = rows[kept]
    unknown = np.full(len(audit.good), np.nan)
    return InteractionLog(
        catalog=catalog,
        user_ids=np.array(user_ids, dtype=np.str_),
        user=user[kept],
        item=item[kept],
        rating=(unknown if cells.rating is None else cells.rating)[from_file].astype(np.float32),
        clicked=clicked[kept],
        time=time[kept],
        dwell_s=(unknown if cells.dwell_s is None else cells.dwell_s)[from_file].astype(np.float32),
        position=np.full(kept.size, -1, np.int32) if cells.position is None else cells.position[from_file],
        demographics={
            name: np.array([fact.get(user_id, "unknown") for user_id in user_ids], dtype=np.str_)
            for name, fact in facts_of.items()
        },
    )


def notes_on(log: InteractionLog) -> list[str]:
    """What a reader of the data should know: missing times and ratings, items that nobody met."""
    notes = []
    timeless = float((log.time <= 0).mean())
    complete = int(log.complete_times().sum())
    if timeless == 1.0:
        notes.append("no interaction carries a time")
    elif timeless > 0:
        notes.append(
            f"{_percent(timeless)} of the interactions carry no time; "
            f"{complete:,} of {log.n_users:,} people have complete times"
        )
    unseen = len(log.catalog) - int(np.unique(log.item).size)
    if unseen:
        notes.append(f"{unseen:,} of {len(log.catalog):,} items occur in no interaction")
    unrated = float(np.isnan(log.rating).mean())
    if unrated == 1.0:
        notes.append("no interaction carries a rating")
    elif unrated > 0:
        notes.append(f"{_percent(unrated)} of the interactions carry no rating")
    return notes


def _percent(share: float) -> str:
    return f"{share:.0%}" if 0.005 <= share < 0.995 else f"{share:.3%}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 1000


def _words(codes: I64, words: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(words, pa.string()))


def _ordered(items: Sequence[Item] | None, ids_of_log: list[str]) -> list[Item]:
    if items is None:
        return [Item(item_id=item_id) for item_id in natural_order(ids_of_log)]
    by_id = {item.item_id: item for item in items}
    return [by_id[item_id] for item_id in natural_order(by_id)]


def _renumber(codes: I64, words: list[str], order: list[str] | None) -> tuple[I32, list[str]]:
    """Codes into rows of `order` (None: of the words that occur, in natural order)."""
    occurring = np.unique(codes).tolist()
    ids = natural_order(words[code] for code in occurring) if order is None else order
    row_of = {word: row for row, word in enumerate(ids)}
    rows = np.full(len(words), -1, dtype=np.int32)
    for code in occurring:
        rows[code] = row_of[words[code]]
    return rows[codes], ids


def _last_of_each(user: I32, item: I32, clicked: Bools, time: I64) -> I64:
    """Row numbers of the one row to keep of each person and item, ascending."""
    order = np.lexsort((np.arange(user.size), time, clicked, item, user))
    is_last = np.ones(order.size, dtype=np.bool_)
    is_last[:-1] = (user[order][1:] != user[order][:-1]) | (item[order][1:] != item[order][:-1])
    return np.sort(order[is_last])
