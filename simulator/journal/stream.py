"""The journal while a block of people is being simulated: an Arrow stream, one record batch a turn, one row a page.

Each batch carries its commit record: the turn, and a checksum of everything in it. The batch is written and synced,
once a turn. **A turn exists when its commit record does**, whole and true to its content: whatever a crash leaves
behind the last such batch is ignored. A process never appends to a file that another process wrote; each opening
starts a new segment, and the turns of a block are the committed batches of its segments in order.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from simulator.turn import WORDS, Page

_PLACE = {  # columns with one value a place on the page, and how the stream stores them
    "items": np.int32,
    "score": np.float32,
    "propensity": np.float32,
    "noticed": np.uint8,
    "examined": np.uint8,
    "clicked": np.uint8,
    "dwell_s": np.float32,
    "rating": np.float32,
    "liked": np.uint8,
    "want": np.float32,
    "taste": np.float32,
}
_PAGE = {  # columns with one value a page
    "rows": np.int32,
    "session": np.int32,
    "page": np.int32,
    "action": np.int8,
    "satisfaction": np.float32,
    "fatigue": np.float32,
    "mood": np.float32,
    "left": np.uint8,
    "leave_reason": np.int8,
    "appraised_by": np.int8,
    "return_gap_s": np.float32,
    "sim_time": np.float64,
}
_BOOLEAN = frozenset({"noticed", "examined", "clicked", "liked", "left"})
assert {f.name for f in fields(Page)} == set(_PLACE) | set(_PAGE) | {"extra"}


def _schema(k: int) -> pa.Schema:
    place = [pa.field(name, pa.list_(pa.from_numpy_dtype(kind), k)) for name, kind in _PLACE.items()]
    page = [pa.field(name, pa.from_numpy_dtype(kind)) for name, kind in _PAGE.items()]
    return pa.schema([*page, *place, *(pa.field(name, pa.string()) for name in WORDS)])


def _to_batch(page: Page, schema: pa.Schema, k: int) -> pa.RecordBatch:
    columns: list[pa.Array] = [
        pa.array(np.ascontiguousarray(getattr(page, name)).astype(kind, copy=False)) for name, kind in _PAGE.items()
    ]
    for name, kind in _PLACE.items():
        flat = np.ascontiguousarray(getattr(page, name)).astype(kind, copy=False).reshape(-1)
        columns.append(pa.FixedSizeListArray.from_arrays(pa.array(flat), k))
    for name in WORDS:
        words = page.extra.get(name)
        columns.append(pa.nulls(len(page), pa.string()) if words is None else pa.array(words, pa.string()))
    return pa.record_batch(columns, schema=schema)


def _to_page(batch: pa.RecordBatch, k: int) -> Page:
    values: dict[str, Any] = {}
    for name in _PAGE:
        values[name] = batch.column(name).to_numpy()
    for name in _PLACE:
        values[name] = batch.column(name).flatten().to_numpy().reshape(-1, k)
    for name in _BOOLEAN:
        values[name] = values[name].view(np.bool_)
    extra = {}
    for name in WORDS:
        words = batch.column(name)
        if words.null_count < len(batch):
            words.validate(full=True)  # damaged text must raise, not be followed out of bounds
            extra[name] = words.to_numpy(zero_copy_only=False)
    return Page(**values, extra=extra)


def _checksum(page: Page, batch: pa.RecordBatch) -> int:
    """CRC-32 of every value of a page, and of its words as `batch` holds them."""
    total = 0
    for name, kind in (_PAGE | _PLACE).items():
        values: Any = np.ascontiguousarray(getattr(page, name)).astype(kind, copy=False)
        total = zlib.crc32(values, total)
    for name in WORDS:
        if batch.column(name).null_count < len(batch):
            total = zlib.crc32(repr([name, *batch.column(name).to_pylist()]).encode(), total)
    return total


class BlockStream:
    """Writes the turns of one block; use as a context manager. `k` places a page.

    Turns that earlier processes committed are in `committed`; `append` takes the ones after them, in order.
    """

    def __init__(self, base: Path, k: int) -> None:
        self._base, self._k, self._schema = base, k, _schema(k)
        self.committed = list(read_turns(base, k))
        self._file: IO[bytes] | None = None
        self._writer: pa.RecordBatchStreamWriter | None = None

    def __enter__(self) -> BlockStream:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, turn: int, page: Page) -> None:
        """Write one turn and commit it. When this returns, the turn survives the process and the machine."""
        file = self._open() if self._file is None else self._file
        assert self._writer is not None
        batch = _to_batch(page, self._schema, self._k)
        commit = {"turn": str(turn), "crc32": str(_checksum(page, batch))}
        self._writer.write_batch(batch, custom_metadata=commit)
        file.flush()
        os.fsync(file.fileno())

    def _open(self) -> IO[bytes]:
        self._base.parent.mkdir(parents=True, exist_ok=True)
        numbers = [_number(path) for path in segments(self._base)]
        self._file = _segment(self._base, max(numbers, default=-1) + 1).open("xb")
        self._writer = pa.ipc.new_stream(self._file, self._schema)
        sync_folder(self._base.parent)
        return self._file


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, not only the bytes of its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _segment(base: Path, number: int) -> Path:
    return base.with_name(f"{base.name}.{number:03d}.arrows")


def segments(base: Path) -> list[Path]:
    """The segments on disk, in order of their numbers."""
    return sorted(base.parent.glob(f"{base.name}.*.arrows"), key=_number)


def _number(segment: Path) -> int:
    return int(segment.name.split(".")[-2])


def _committed(path: Path, k: int) -> Iterator[tuple[int, Page]]:
    """The turns of one segment, up to the first that is not whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    for turn, page, _ in whole_turns(data):
        if page.items.shape[1] != k:
            return
        yield turn, page


def whole_turns(data: bytes) -> Iterator[tuple[int, Page, int]]:
    """The committed turns in the bytes of a segment, up to the first that is not whole: turn, page, and the byte at
    which its record ends."""
    source = pa.BufferReader(data)
    try:
        with pa.ipc.open_stream(source) as reader:
            k = reader.schema.field("items").type.list_size
            while True:
                batch, commit = reader.read_next_batch_with_custom_metadata()
                page = _to_page(batch, k)
                if commit is None or int(commit[b"crc32"]) != _checksum(page, batch):
                    return
                yield int(commit[b"turn"]), page, source.tell()
    except (StopIteration, EOFError, pa.ArrowException, OSError, KeyError, ValueError, AttributeError):
        return


def head_of(data: bytes) -> bytes:
    """The beginning of a segment, which any of its records may be read behind; nothing while it is not whole."""
    source = pa.BufferReader(data)
    try:
        with pa.ipc.open_stream(source):
            return data[: source.tell()]
    except (EOFError, pa.ArrowException, OSError, ValueError):
        return b""


def read_turns(base: Path, k: int) -> Iterator[tuple[int, Page]]:
    """The committed turns of a block in order, over all its segments."""
    expected = 0
    for path in segments(base):
        for turn, page in _committed(path, k):
            if turn == expected:
                yield turn, page
                expected += 1


def remove_stream(base: Path) -> None:
    """Delete the segments of a block whose rows are safe elsewhere."""
    for path in reversed(segments(base)):
        path.unlink()
