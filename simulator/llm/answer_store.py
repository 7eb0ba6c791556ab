"""Answers in one SQLite file that many processes may use at once.

Reads happen where they are asked for. Writes are handed to a thread, for the file may be locked by another process, and
are committed in batches as they come: a killed process loses what it was answered in the last milliseconds. The
journal is a write-ahead log (WAL) with synchronous=NORMAL, which a power cut cannot corrupt
(https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path

from simulator.records import UserInputError

VERSION = 1
BUSY_S = 30.0
"""Seconds to wait for another process that is writing."""
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, model TEXT NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, created REAL NOT NULL
) WITHOUT ROWID
"""
_PUT = "INSERT OR REPLACE INTO answers (key, text, model, tokens_in, tokens_out, created) VALUES (?, ?, ?, ?, ?, ?)"
_GET = "SELECT text, model, tokens_in, tokens_out, created FROM answers WHERE key = ?"


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer. `created`: seconds since 1970."""

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    created: float


@dataclass(frozen=True, slots=True)
class StoreSize:
    """What a store holds: how many answers, the tokens that they took, and the bytes of the file."""

    answers: int
    tokens: int
    bytes: int


class AnswerStore:
    """A file of answers by key. `get`, `put` and `close` are called from one thread.

    `trouble` says why nothing is kept any more (a full disk); answers are still given.
    """

    def __init__(self, path: Path) -> None:
        """Raises UserInputError where the file cannot be made, or is no store of answers."""
        self._path = path
        self.trouble: str | None = None
        self._unwritten: dict[str, Kept] = {}
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._reader, writing = self._connect(), self._connect()
        except OSError as error:
            raise UserInputError(
                f"the cache of answers cannot be kept in {path} ({error.strerror}). "
                "Set UNDERSTUDY_CACHE_DIR to a folder that may be written, or llm.cache: off"
            ) from None
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        self._writer = threading.Thread(target=self._write, args=(writing,), name="answers", daemon=True)
        self._writer.start()

    def get(self, key: str) -> Kept | None:
        """The answer of that key, or None. Raises UserInputError if the file is broken."""
        kept = self._unwritten.get(key)
        if kept is not None:
            return kept
        try:
            row = self._reader.execute(_GET, (key,)).fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        return None if row is None else Kept(*row)

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer; it is there at once for this process, and soon for others."""
        if key not in self._unwritten:
            self._unwritten[key] = kept
            self._queue.put(key)

    def size(self) -> StoreSize:
        """What the file holds."""
        counted = "SELECT count(*), coalesce(sum(tokens_in + tokens_out), 0) FROM answers"
        answers, tokens = self._reader.execute(counted).fetchone()
        return StoreSize(answers, tokens, self._path.stat().st_size)

    def purge(self, before: float) -> int:
        """Delete the answers that were created before a time (seconds since 1970); how many there were."""
        with closing(self._connect()) as connection:
            deleted = connection.execute("DELETE FROM answers WHERE created < ?", (before,)).rowcount
            connection.execute("VACUUM")
        return deleted

    def close(self) -> None:
        """Write everything. Closing again does nothing."""
        if self._writer.is_alive():
            self._queue.put(None)
            self._writer.join()
            self._reader.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"it is of version {version}; this program knows version {VERSION}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        if version == 0:
            connection.execute(_TABLE)
            connection.execute(f"PRAGMA user_version={VERSION}")
        return connection

    def _write(self, connection: sqlite3.Connection) -> None:
        """The thread: commit what has gathered, again and again."""
        with closing(connection):
            more = True
            while more:
                keys = [self._queue.get()]
                while not self._queue.empty():
                    keys.append(self._queue.get())
                more = None not in keys
                self._commit(connection, {key: self._unwritten[key] for key in keys if key in self._unwritten})

    def _commit(self, connection: sqlite3.Connection, batch: dict[str, Kept]) -> None:
        if not batch or self.trouble is not None:
            return
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_PUT, [(key, *astuple(kept)) for key, kept in batch.items()])
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.trouble = f"answers are not kept any more in {self._path}: {error}"
            return
        for key in batch:
            del self._unwritten[key]

    def _unusable(self, error: sqlite3.Error) -> UserInputError:
        return UserInputError(
            f"the cache of answers {self._path} cannot be read: {error}. "
            "Delete the file (its answers are then asked for again), or set UNDERSTUDY_CACHE_DIR to another folder, or "
            "llm.cache: off"
        )
