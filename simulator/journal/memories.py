"""What people came to remember, as a table beside the events: one row a memory record, in the order of its turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from simulator.journal.parts import PartKey
from simulator.records import Ids
from simulator.turn import Page

_RECORD = {
    "op": pa.string(),
    "id": pa.string(),
    "kind": pa.string(),
    "text": pa.string(),
    "importance": pa.float64(),
    "confidence": pa.float64(),
    "item_id": pa.string(),
    "valence": pa.float64(),
    "evidence": pa.list_(pa.string()),
    "created": pa.float64(),
    "last_used": pa.float64(),
    "session": pa.int32(),
}
"""The fields of a memory record (`simulator.memory.records`); null where the record has the field's default."""

SCHEMA = pa.schema(
    [
        ("arm", pa.string()),
        ("seed", pa.int64()),
        ("mind", pa.string()),
        ("user_id", pa.string()),
        ("turn", pa.int32()),
        *_RECORD.items(),
    ]
)


def memory_table(key: PartKey, turns: Sequence[tuple[int, Page]], user_ids: Ids) -> pa.Table | None:
    """All memory records of a block in the order in which they hold; None if the pages carry none."""
    if not any("memories" in page.extra for _, page in turns):
        return None
    rows: list[dict[str, Any]] = []
    world = {"arm": key.arm, "seed": key.seed, "mind": key.mind}
    for turn, page in turns:
        for row, text in zip(page.rows.tolist(), page.extra.get("memories", ()), strict=False):
            whose = world | {"user_id": str(user_ids[row]), "turn": turn}
            rows += [
                whose | {name: record.get(name) for name in _RECORD}
                for record in ([] if text is None else json.loads(text))
            ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
