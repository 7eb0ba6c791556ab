"""The journal while a block of people is being simulated: an Arrow stream of pages, and a list of commits beside it.

A turn is one record batch, one row a page. It is written and synced first; then its commit record (turn, rows,
length and checksum of the stream so far) is written and synced. **A turn exists when its commit record does**: whatever a
crash leaves behind the last whole commit record is ignored. A process never appends to a file that another process wrote;
each opening starts a new segment, and the turns of a block are the committed batches of its segments in order.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from simulator.turn import Page

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
_WORDS = ("action_argument", "reason", "llm_model", "prompt_id")

assert {f.name for f in fields(Page)} == set(_PLACE) | set(_PAGE) | {"extra"}


def _schema(k: int) -> pa.Schema:
    place = [pa.field(name, pa.list_(pa.from_numpy_dtype(kind), k)) for name, kind in _PLACE.items()]
    page = [pa.field(name, pa.from_numpy_dtype(kind)) for name, kind in _PAGE.items()]
    return pa.schema([*page, *place, *(pa.field(name, pa.string()) for name in _WORDS)])


def _to_batch(page: Page, schema: pa.Schema, k: int) -> pa.RecordBatch:
    columns: list[pa.Array] = [
        pa.array(np.ascontiguousarray(getattr(page, name)).astype(kind, copy=False)) for name, kind in _PAGE.items()
    ]
    for name, kind in _PLACE.items():
        flat = np.ascontiguousarray(getattr(page, name)).astype(kind, copy=False).reshape(-1)
        columns.append(pa.FixedSizeListArray.from_arrays(pa.array(flat), k))
    for name in _WORDS:
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
        values[name] = values[name].astype(np.bool_)
    extra = {
        name: batch.column(name).to_numpy(zero_copy_only=False)
        for name in _WORDS
        if batch.column(name).null_count < len(batch)
    }
    return Page(**values, extra=extra)


class _CountingFile:
    """A file that knows its length and the checksum of all that was written to it."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("xb")
        self.length, self.checksum, self.closed = 0, 0, False

    def write(self, data: Any) -> int:
        self._file.write(data)
        view = memoryview(data)
        self.length += view.nbytes
        self.checksum = zlib.crc32(view, self.checksum)
        return view.nbytes

    def flush(self) -> None:
        self._file.flush()

    def sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
        self.closed = True


class BlockStream:
    """Writes the turns of one block; use as a context manager. `k` places a page.

    Turns that earlier processes committed are in `committed`; `append` takes the ones after them, in order.
    """

    def __init__(self, base: Path, k: int) -> None:
        self._base, self._k, self._schema = base, k, _schema(k)
        self.committed = list(read_turns(base, k))
        self._sink: _CountingFile | None = None
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._commits: IO[bytes] | None = None

    def __enter__(self) -> BlockStream:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._writer is not None and self._sink is not None and self._commits is not None:
            self._commits.close()
            self._sink.close()

    def append(self, turn: int, page: Page) -> None:
        """Write one turn and commit it. When this returns, the turn survives the process and the machine."""
        if self._writer is None:
            self._open()
        assert self._writer is not None and self._sink is not None and self._commits is not None
        self._writer.write_batch(_to_batch(page, self._schema, self._k))
        self._sink.sync()
        record = {"turn": turn, "pages": len(page), "end": self._sink.length, "crc32": self._sink.checksum}
        self._commits.write(json.dumps(record).encode() + b"\n")
        self._commits.flush()
        os.fsync(self._commits.fileno())

    def _open(self) -> None:
        self._base.parent.mkdir(parents=True, exist_ok=True)
        number = len(_segments(self._base))
        self._sink = _CountingFile(_stream_path(self._base, number))
        self._commits = _commit_path(self._base, number).open("xb")
        self._writer = pa.ipc.new_stream(self._sink, self._schema)
        sync_folder(self._base.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, not only the bytes of its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stream_path(base: Path, number: int) -> Path:
    return base.with_name(f"{base.name}.{number:03d}.arrows")


def _commit_path(base: Path, number: int) -> Path:
    return base.with_name(f"{base.name}.{number:03d}.commits")


def _segments(base: Path) -> list[int]:
    """Numbers of the segments on disk, in order; a crash may have left a stream without its commits."""
    return sorted(int(path.name.split(".")[-2]) for path in base.parent.glob(f"{base.name}.*.arrows"))


def _whole_commits(path: Path) -> Iterator[dict[str, int]]:
    if not path.exists():
        return
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return
        try:
            record = json.loads(line)
        except ValueError:
            return
        yield record


def read_turns(base: Path, k: int) -> Iterator[tuple[int, Page]]:
    """The committed turns of a block in order, over all its segments. A batch that fails its checksum ends its segment."""
    expected = 0
    for number in _segments(base):
        commits = list(_whole_commits(_commit_path(base, number)))
        content = _stream_path(base, number).read_bytes()
        checksum = position = whole = 0
        for record in commits:
            checksum = zlib.crc32(content[position : record["end"]], checksum)
            position = record["end"]
            if checksum != record["crc32"] or position > len(content):
                break
            whole += 1
        if not whole:
            continue
        with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
            for record in commits[:whole]:
                page = _to_page(reader.read_next_batch(), k)
                if record["turn"] == expected:
                    yield expected, page
                    expected += 1


def remove_stream(base: Path) -> None:
    """Delete the segments of a block whose rows are safe elsewhere."""
    for number in _segments(base):
        _commit_path(base, number).unlink(missing_ok=True)
        _stream_path(base, number).unlink()
