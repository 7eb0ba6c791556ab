"""Blocks that are still being lived, as rows of the journal: Parquet files beside the run, one longer than the next.

What a stream has committed is turned into the rows that its part will have, in files of this process's own, so that
whatever reads parts reads these. Only new turns are read. Nothing is ever written into the run's folder.
"""

from __future__ import annotations

import itertools
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulator.journal.following import Following, StreamGoneError
from simulator.records import Ids, UserInputError

if TYPE_CHECKING:
    import pyarrow as pa

    from simulator.journal.parts import PartKey
    from simulator.turn import Page

MOST = 4096
"""Blocks whose files are remembered."""


@dataclass(frozen=True, kw_only=True)
class Lived:
    """What there is of a block: its rows and its memories, oldest first, and the number of committed turns."""

    events: tuple[Path, ...] = ()
    memories: tuple[Path, ...] = ()
    turns: int = 0


@dataclass(eq=False)
class _Block:
    following: Following
    events: list[tuple[int, Path]] = field(default_factory=list)
    memories: list[tuple[int, Path]] = field(default_factory=list)
    """Rows and path of each file. The longer come first, so that there are few (`_add`)."""


_blocks: OrderedDict[Path, _Block] = OrderedDict()
_lock = threading.Lock()
_numbers = itertools.count()


@cache
def scratch() -> tempfile.TemporaryDirectory[str]:
    """This process's own folder, which goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="understudy-reading-")


def lived(folder: Path, key: PartKey, *, named: bool) -> Lived | None:
    """The committed turns of a block; None where its stream is gone, because its part is whole or the run began anew.

    `named`: whether the mind is the run's named one, whom everybody meets; the others meet the ensemble. Raises
    UserInputError where the tables of people and items do not fit to the stream.
    """
    base = (folder / "stream" / key.name).absolute()
    with _lock:
        for _ in range(2):  # again, if another stream is in the place of the one that was known
            block = _blocks.setdefault(base, _Block(Following(base)))
            _blocks.move_to_end(base)
            while len(_blocks) > MOST:
                _blocks.popitem(last=False)
            try:
                if new := block.following.more():
                    _take_in(block, folder, key, new, named)
            except StreamGoneError:
                del _blocks[base]
                continue
            except BaseException:
                _blocks.pop(base, None)
                raise
            return Lived(
                events=tuple(path for _, path in block.events),
                memories=tuple(path for _, path in block.memories),
                turns=block.following.turns,
            )
        return None


def _take_in(block: _Block, folder: Path, key: PartKey, new: list[tuple[int, Page]], named: bool) -> None:
    from simulator.journal.memories import memory_table
    from simulator.journal.parts import to_table

    user_ids, item_ids = _people(folder, key.block, named), _items(folder)
    if any(page.rows.size and page.rows.max() >= user_ids.size for _, page in new) or any(
        page.items.size and page.items.max() >= item_ids.size for _, page in new
    ):
        raise UserInputError(
            f"{folder}: the streams name people or items that people.parquet or catalog.parquet do not hold. "
            f"Cure: understudy resume {folder} writes both anew"
        )
    _add(block.events, to_table(key, new, user_ids, item_ids))
    memories = memory_table(key, new, user_ids)
    if memories is not None:
        _add(block.memories, memories)


def _add(files: list[tuple[int, Path]], table: pa.Table) -> None:
    """One more file; files that are no longer than what comes after them are made one, so that n turns are in log n
    files. Files that were replaced stay: somebody may be reading them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    while files and files[-1][0] <= len(table):
        _, path = files.pop()
        table = pa.concat_tables([pq.read_table(path, partitioning=None), table])
    path = Path(scratch().name) / f"{next(_numbers)}.parquet"
    pq.write_table(table.unify_dictionaries(), path, compression="zstd", compression_level=1)
    files.append((len(table), path))


def _people(folder: Path, block: int, named: bool) -> Ids:
    """The ids of a block in the order of its rows (`simulator.experiment.facts.write_tables`)."""
    table = _table(folder / "people.parquet", ("user_id", "block", "ensemble"))
    ids, blocks, ensemble = (table[name].to_numpy() for name in ("user_id", "block", "ensemble"))
    if named:
        return np.asarray(ids[blocks == block], dtype=np.str_)
    size = int((blocks == 0).sum())
    return np.asarray(ids[ensemble.astype(np.bool_)][block * size : (block + 1) * size], dtype=np.str_)


def _items(folder: Path) -> Ids:
    return np.asarray(_table(folder / "catalog.parquet", ("item_id",))["item_id"].to_numpy(), dtype=np.str_)


def _table(path: Path, columns: Iterable[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with suppress(FileNotFoundError):
        try:
            return pq.read_table(path, columns=list(columns), partitioning=None)
        except (pa.ArrowException, OSError) as broken:
            if not isinstance(broken, FileNotFoundError):
                raise UserInputError(
                    f"{path}: cannot be read ({str(broken).splitlines()[0]}). "
                    f"Cure: understudy resume {path.parent} writes it anew"
                ) from None
            raise
    raise UserInputError(f"{path}: the file is missing. Cure: understudy resume {path.parent} writes it anew")
