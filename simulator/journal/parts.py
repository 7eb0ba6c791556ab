"""From pages to the journal proper: Parquet, one row an impression, one part a block of people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.journal.schema import SCHEMA
from simulator.journal.stream import sync_folder
from simulator.journal.testimony import testimony_columns, usage_columns, words_of
from simulator.records import Ids
from simulator.turn import Action, AppraisedBy, LeaveReason, Page


@dataclass(frozen=True, kw_only=True)
class PartKey:
    """Which block of which arm, seed and mind a part of the journal belongs to."""

    run: str
    arm: str
    seed: int
    mind: str
    block: int

    @property
    def name(self) -> str:
        """File name without ending; arms and minds are named in letters, digits, `_` and `-`."""
        return f"{self.arm}.{self.seed}.{self.mind}.{self.block:05d}"


def _words(kind: type[IntEnum]) -> pa.Array:
    return pa.array([member.name.lower() for member in kind], pa.string())


_ACTIONS, _REASONS, _SOURCES = _words(Action), _words(LeaveReason), _words(AppraisedBy)


def _constant(value: str, n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, dtype=np.int32)), pa.array([value], pa.string()))


def _stack(pages: Sequence[Page], name: str) -> npt.NDArray[np.generic]:
    return np.concatenate([getattr(page, name) for page in pages])


def to_table(key: PartKey, turns: Sequence[tuple[int, Page]], user_ids: Ids, item_ids: Ids) -> pa.Table:
    """The rows of one block in the journal's schema: people in id order within a turn, places from top to bottom.

    `user_ids` are those of the block (a page's `rows` index them), `item_ids` those of the catalogue.
    """
    pages = [page for _, page in turns]
    if not pages:
        return SCHEMA.empty_table()
    items = np.concatenate([page.items for page in pages])
    shown = items >= 0
    count = shown.sum(axis=1)
    visible = shown.copy()
    visible[count == 0, 0] = True  # a page without impressions has one row with a null item
    repeat = np.maximum(count, 1)
    n = int(repeat.sum())
    all_shown = bool(shown.all())

    def per_page(name: str) -> npt.NDArray[np.generic]:
        return np.repeat(_stack(pages, name), repeat)

    def per_place(name: str) -> npt.NDArray[np.generic]:
        values = _stack(pages, name)
        return values.reshape(-1) if all_shown else values[visible]

    def coded(name: str, words: pa.Array) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(per_page(name)), words)

    def nullable(values: npt.NDArray[np.generic]) -> pa.Array:
        return pa.array(values, mask=np.isnan(values))

    def spoken(name: str) -> pa.Array:
        words = words_of(pages, name)
        return pa.nulls(n, pa.string()) if words is None else pa.array(np.repeat(words, repeat), pa.string())

    item = items.reshape(-1) if all_shown else items[visible]
    position = np.broadcast_to(np.arange(items.shape[1], dtype=np.int16), items.shape)
    turn = np.repeat(np.array([t for t, _ in turns], dtype=np.int32), [len(page) for page in pages])
    columns: dict[str, pa.Array] = {
        "run": _constant(key.run, n),
        "arm": _constant(key.arm, n),
        "seed": pa.array(np.full(n, key.seed, dtype=np.int64)),
        "mind": _constant(key.mind, n),
        "user_id": pa.DictionaryArray.from_arrays(pa.array(per_page("rows")), pa.array(user_ids, pa.string())),
        "turn": pa.array(np.repeat(turn, repeat)),
        "position": pa.array(position.reshape(-1) if all_shown else position[visible]),
        "item_id": pa.DictionaryArray.from_arrays(pa.array(item, mask=item < 0), pa.array(item_ids, pa.string())),
        "action": coded("action", _ACTIONS),
        "leave_reason": coded("leave_reason", _REASONS),
        "appraised_by": coded("appraised_by", _SOURCES),
        **testimony_columns(pages, visible, repeat),
        **usage_columns(pages, repeat),
    }
    for name in ("session", "page", "satisfaction", "fatigue", "mood", "left", "sim_time"):
        columns[name] = pa.array(per_page(name))
    columns["return_gap_s"] = nullable(per_page("return_gap_s"))
    for name in ("noticed", "examined", "clicked", "dwell_s", "liked"):
        columns[name] = pa.array(per_place(name))
    for name in ("score", "propensity", "rating", "want", "taste"):
        columns[name] = nullable(per_place(name))
    for name in ("action_argument", "reason", "llm_model", "prompt_id", "failure"):
        columns[name] = spoken(name)
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def write_part(table: pa.Table, path: Path) -> None:
    """Write a part that is either whole under its name or not there: temporary file, sync, rename, sync of the
    folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    words = [f.name for f in table.schema if pa.types.is_dictionary(f.type) or pa.types.is_string(f.type)]
    with temporary.open("wb") as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            compression_level=1,
            use_dictionary=words,
            write_statistics=["turn", "user_id"],
        )
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)
