"""What was asked and what came back, kept beside a run: every call's messages and its answer or failure.

One SQLite file, to which rows are only added. Texts lie once each under their hash, compressed, so what all pages of a
person begin with costs nothing the second time, nor does what two arms ask alike; and the first text of a kind is the
dictionary of the others, which repeat its frame (RFC 1950, section 2.2: FDICT). Writes are handed to a thread and
committed as they come: a killed process loses the last milliseconds of what can be read, never a turn. The journal is a
write-ahead log (WAL) with synchronous=NORMAL, which a power cut cannot corrupt
(https://www.sqlite.org/pragma.html#pragma_synchronous); readers and the writer do not wait for each other. What is kept
is what stands in calls and answers: no key, no header, no address, and of pictures only that there was one.
"""

from __future__ import annotations

import hashlib
import json
import queue
import sqlite3
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from simulator.llm.port import Message

FILE_NAME = "transcripts.sqlite"
VERSION = 1
BUSY_S = 30.0
"""Seconds to wait for another process that is writing."""
_KNOWN = 8192
"""Texts whose hashes are remembered, so that what stands in many calls is compressed once."""
_TABLES = """
CREATE TABLE IF NOT EXISTS texts (hash BLOB PRIMARY KEY, body BLOB NOT NULL, base BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, arm TEXT NOT NULL, seed INTEGER, mind TEXT,
    user TEXT NOT NULL, turn INTEGER NOT NULL, messages TEXT NOT NULL, answer BLOB, failure TEXT, why TEXT,
    model TEXT NOT NULL, cached INTEGER NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
    requests INTEGER NOT NULL, usd REAL, latency_s REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_of ON calls (user, turn, arm);
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One call that ended."""

    at: float
    """Seconds since 1970."""
    kind: str
    """What it was for (`Call.kind`)."""
    arm: str
    seed: int | None
    mind: str | None
    user: str
    turn: int
    messages: tuple[Message, ...]
    answer: str | None
    """The text that was validated, or what there was of one that failed."""
    failure: str | None
    """A `FailureKind`, or the name of what stopped the run."""
    why: str | None
    """The failure in words."""
    model: str
    cached: bool
    tokens_in: int
    tokens_out: int
    requests: int
    usd: float | None
    """None: the price is not known."""
    latency_s: float


_COLUMNS = tuple(one.name for one in fields(Asked))
_PUT = f"INSERT INTO calls ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_TEXT = "INSERT OR IGNORE INTO texts (hash, body, base) VALUES (?, ?, ?)"


class Transcripts:
    """The file of a run, for adding. It is made when the first call is written. `write` and `close` are called from one
    thread.

    Nothing that goes wrong here stops a run: `trouble` says why nothing is kept any more (a full disk).
    """

    def __init__(self, path: Path, notice: Callable[[str], None] | None = None) -> None:
        """`notice` is told of trouble, when the file is closed."""
        self._path, self._notice = path, notice
        self.trouble: str | None = None
        self._queue: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._bases: dict[tuple[str, str], tuple[bytes, bytes]] = {}
        """By kind and role: hash and bytes of the text that others are told by. It has no base itself."""
        self._writer: threading.Thread | None = None

    def write(self, asked: Asked) -> None:
        """Add a call; it can be read soon."""
        if self._writer is None:
            self._writer = threading.Thread(target=self._write, name="transcripts", daemon=True)
            self._writer.start()
        self._queue.put(asked)

    def close(self) -> None:
        """Write everything. Closing again does nothing."""
        if self._writer is not None and self._writer.is_alive():
            self._queue.put(None)
            self._writer.join()
            if self.trouble is not None and self._notice is not None:
                self._notice(self.trouble)

    def _write(self) -> None:
        """The thread: commit what has gathered, again and again."""
        more = True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(_connected(self._path)) as db:
                while more:
                    some = [self._queue.get()]
                    while not self._queue.empty():
                        some.append(self._queue.get())
                    more = None not in some
                    self._commit(db, [one for one in some if one is not None])
                db.execute("PRAGMA journal_mode=DELETE")  # a finished run is one file, which needs no folder to be read
        except (OSError, sqlite3.Error, OverflowError) as error:  # a server may tell of more tokens than can be kept
            self.trouble = f"what was asked and answered is not kept any more in {self._path}: {error}"
            while more:
                more = self._queue.get() is not None

    def _commit(self, db: sqlite3.Connection, calls: list[Asked]) -> None:
        if not calls:
            return
        db.execute("BEGIN IMMEDIATE")
        for asked in calls:
            told = [
                [one.role, self._keep(db, one.content, (asked.kind, one.role)).hex(), len(one.images)]
                for one in asked.messages
            ]
            answer = None if asked.answer is None else self._keep(db, asked.answer, (asked.kind, "answer"))
            row = {name: _kept(getattr(asked, name)) for name in _COLUMNS}
            db.execute(_PUT, tuple((row | {"messages": json.dumps(told), "answer": answer}).values()))
        db.execute("COMMIT")

    def _keep(self, db: sqlite3.Connection, text: str, like: tuple[str, str]) -> bytes:
        """The hash of a text; the text is there from now on. `like`: of which kind it is, and whose words."""
        raw = text.encode(errors="replace")
        key = hashlib.sha256(raw).digest()[:16]
        if key not in self._known:
            base = self._bases.get(like)
            if base is None and db.execute("SELECT 1 FROM texts WHERE hash = ?", (key,)).fetchone() is None:
                self._bases[like] = (key, raw)
            db.execute(_TEXT, (key, _packed(raw, base), None if base is None else base[0]))
        self._known[key] = None
        self._known.move_to_end(key)
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return key


def _kept(value: Any) -> Any:
    """A value as the file takes it: what is no UTF-8 (half of a character, in what a server says) becomes a sign."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def read_calls(
    path: Path, *, user: str | None = None, turn: int | None = None, arm: str | None = None, limit: int = -1
) -> Iterator[dict[str, Any]]:
    """The calls of a file, as they ended, one after the other; nothing where there is no file.

    Each has the fields of `Asked`; a message is {role, content, images: how many pictures stood behind it}. Raises
    sqlite3.Error for a damaged file.
    """
    if not path.is_file():
        return
    asked = {"user": user, "turn": turn, "arm": arm}
    chosen = {name: value for name, value in asked.items() if value is not None}
    where = " AND ".join(f"{name} = :{name}" for name in chosen) or "1"
    query = f"SELECT {', '.join(_COLUMNS)} FROM calls WHERE {where} ORDER BY number LIMIT :limit"
    with _reading(path) as db:
        if not _version(db):  # it is being made
            return
        for row in db.execute(query, chosen | {"limit": limit}):
            call = dict(zip(_COLUMNS, row, strict=True))
            call["cached"] = bool(call["cached"])
            call["answer"] = None if call["answer"] is None else _text(db, call["answer"])
            call["messages"] = [
                {"role": role, "content": _text(db, bytes.fromhex(key)), "images": images}
                for role, key, images in json.loads(call["messages"])
            ]
            yield call


def _text(db: sqlite3.Connection, key: bytes) -> str | None:
    found = db.execute(
        "SELECT one.body, base.body FROM texts AS one LEFT JOIN texts AS base ON base.hash = one.base "
        "WHERE one.hash = ?",
        (key,),
    ).fetchone()
    if found is None:
        return None
    body, base = found
    return _unpacked(body, None if base is None else _unpacked(base, None)).decode(errors="replace")


def _packed(raw: bytes, base: tuple[bytes, bytes] | None) -> bytes:
    packer = zlib.compressobj(zdict=base[1]) if base is not None and base[1] else zlib.compressobj()
    return packer.compress(raw) + packer.flush()


def _unpacked(body: bytes, base: bytes | None) -> bytes:
    opener = zlib.decompressobj(zdict=base) if base else zlib.decompressobj()
    return opener.decompress(body) + opener.flush()


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        version = _version(db)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        if version == 0:
            db.executescript(_TABLES)
            db.execute(f"PRAGMA user_version={VERSION}")
    except BaseException:
        db.close()
        raise
    return db


def _version(db: sqlite3.Connection) -> int:
    """0 for a file without tables. Raises sqlite3.Error for one of another program or a later version."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(f"it is of version {version}; this program knows version {VERSION}")
    return version


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that writes nothing; in a folder where nobody may write either, the file as it stands."""
    address = path.absolute().as_uri()
    db = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=BUSY_S)
    try:
        try:
            _version(db)
        except sqlite3.OperationalError:
            db.close()
            db = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
        yield db
    finally:
        db.close()
