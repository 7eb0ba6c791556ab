"""What the journal says that people remember, for the projection that stands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from simulator.experiment.folder import RunFolder
from simulator.journal.parts import PartKey
from simulator.journal.stream import read_turns
from simulator.memory.chroma import surviving
from simulator.memory.records import MemoryRecord


def world_of(key: PartKey) -> str:
    """The world's part of a memory's id: arm/seed/mind."""
    return f"{key.arm}/{key.seed}/{key.mind}"


def remembered(folder: RunFolder, keys: Iterable[PartKey], slate_size: int) -> dict[str, MemoryRecord]:
    """All memories that are left after the committed turns of these worlds, by key."""
    left: dict[str, MemoryRecord] = {}
    for key in keys:
        part = folder.memories / f"{key.name}.parquet"
        lines = _of_part(part) if part.exists() else _of_stream(folder.stream / key.name, slate_size)
        left |= surviving(lines, world_of(key))
    return left


def _of_stream(base: Path, slate_size: int) -> Iterator[str | None]:
    for _, page in read_turns(base, slate_size):
        yield from page.extra.get("memories", ())


def _of_part(path: Path) -> Iterator[str]:
    for batch in pq.ParquetFile(path).iter_batches():
        for row in batch.to_pylist():
            record = {name: value for name, value in row.items() if value is not None}
            for name in ("arm", "seed", "mind", "turn"):
                del record[name]
            yield json.dumps([record | {"user": record.pop("user_id")}])
