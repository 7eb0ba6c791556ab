"""The durable projection of all memories of a run: one Chroma collection in the run's folder, for search and
inspection.

The journal is the truth and this is a copy: it is written behind the turn by a thread of its own, and where it lags,
was killed or fails, `sync` makes it what the journal says. Nothing in a run is read from it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.memory.embedding import Embedder
from simulator.memory.records import MemoryRecord, Op, loads
from simulator.records import UserInputError

COLLECTION = "memories"
BATCH = 2_000
"""Changes that gather before they are written, and of one call where nobody waits; Chroma takes 5,461 at most."""
WHILE_LIVING = 128
"""Changes of one call while worlds are lived. Chroma's engine holds the interpreter as long as it writes: measured,
50 ms for 128 memories and most of a second for 2,000, in which no answer of a model would be taken in."""
LINGER_S = 5.0
"""Seconds of quiet after which changes are written, however few: what is revised or forgotten soon is written once."""
_INDEX = {"ef_construction": 40, "max_neighbors": 8}
"""A leaner index than Chroma's default (100, 16): measured, two thirds of the time for each memory."""
WAITING = 256
"""Batches that may wait for the thread; a turn that brings more waits for it. It bounds memory."""


@dataclass(frozen=True, slots=True)
class Found:
    """One memory that a search found."""

    key: str
    """arm/seed/mind/user/turn/n."""
    user: str
    kind: str
    text: str
    likeness: float
    """Cosine with the query."""
    confidence: float
    created: float


class ChromaProjection:
    """The collection in `folder`, opened or made. Use it as a context manager, or close it.

    `accept` takes records whose ids are whole keys (as `EpisodicMemory` tells them). `notice` is told once if the
    collection cannot be written any more; the run goes on, and `sync` mends it later. Raises `UserInputError` if the
    collection was made with another embedder, or cannot be opened.
    """

    def __init__(self, folder: Path, embedder: Embedder, *, notice: Callable[[str], None] = lambda text: None) -> None:
        self._folder, self._embedder, self._notice = folder, embedder, notice
        self._client, self._collection = _open(folder, embedder)
        self._waiting: queue.Queue[Sequence[MemoryRecord] | threading.Event | None] = queue.Queue(WAITING)
        self._broken = False
        self._thread: threading.Thread | None = threading.Thread(target=self._work, name="memories", daemon=True)
        self._thread.start()

    @property
    def is_broken(self) -> bool:
        """Whether writing failed: what came since is in the journal only."""
        return self._broken

    def accept(self, records: Sequence[MemoryRecord]) -> None:
        """Take changes over, to be written soon. Waits only where too many wait already."""
        if self._thread is None:
            raise RuntimeError("the projection is closed")
        self._waiting.put(records)

    def flush(self) -> None:
        """Wait until all that was accepted is written, or has failed."""
        written = threading.Event()
        self._waiting.put(written)
        written.wait()

    def close(self) -> None:
        """Write what waits, and let go. Calling it again does nothing."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
            self._client.close()

    def __enter__(self) -> ChromaProjection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def count(self) -> int:
        """Memories in the collection."""
        return int(self._collection.count())

    def sync(self, expected: Mapping[str, MemoryRecord]) -> tuple[int, int]:
        """Make the collection what the journal says: `expected` by key (see `surviving`). Deletes what was never
        committed, writes what is missing or stale; how many of each."""
        self.flush()
        strange: list[str] = []
        right: set[str] = set()
        for key, text, facts in self._all():
            record = expected.get(key)
            if record is None:
                strange.append(key)
            elif text == record.text and facts == _facts(key, record):
                right.add(key)
        for at in range(0, len(strange), BATCH):
            self._collection.delete(ids=strange[at : at + BATCH])
        missing = [key for key in expected if key not in right]
        for at in range(0, len(missing), BATCH):
            self._upsert({key: expected[key] for key in missing[at : at + BATCH]})
        return len(strange), len(missing)

    def rebuild(self, expected: Mapping[str, MemoryRecord]) -> None:
        """Make the collection anew from what the journal says."""
        self.flush()
        self._client.delete_collection(COLLECTION)
        self._collection = _made(self._client, self._embedder)
        self._broken = False
        self.sync(expected)

    def search(self, text: str, *, user: str | None = None, k: int = 5) -> list[Found]:
        """The k memories likest to a text, likest first; of one person, or of all."""
        if k < 1 or not self.count():
            return []
        where = None if user is None else {"user": user}
        vector = self._embedder([text])
        answer = self._collection.query(
            query_embeddings=vector, n_results=k, where=where, include=["documents", "metadatas", "distances"]
        )
        rows = zip(
            answer["ids"][0], answer["documents"][0], answer["metadatas"][0], answer["distances"][0], strict=True
        )
        return [
            Found(
                key=key,
                user=str(facts["user"]),
                kind=str(facts["kind"]),
                text=words,
                likeness=1.0 - float(distance),
                confidence=float(facts["confidence"]),
                created=float(facts["created"]),
            )
            for key, words, facts, distance in rows
        ]

    def _all(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        at = 0
        while True:
            part = self._collection.get(limit=BATCH, offset=at, include=["documents", "metadatas"])
            yield from zip(part["ids"], part["documents"], part["metadatas"], strict=True)
            if len(part["ids"]) < BATCH:
                return
            at += BATCH

    def _work(self) -> None:
        """The thread: gathers changes, of which the last one to a memory counts, and writes them in batches."""
        pending: dict[str, MemoryRecord] = {}
        while True:
            try:
                work = self._waiting.get(timeout=LINGER_S)
            except queue.Empty:
                self._write(pending, WHILE_LIVING)
                pending = {}
                continue
            if isinstance(work, Sequence):
                pending |= {record.id: record for record in work}
                if len(pending) >= BATCH:
                    self._write(pending, WHILE_LIVING)
                    pending = {}
                continue
            self._write(pending, BATCH)
            pending = {}
            if work is None:
                return
            work.set()

    def _write(self, pending: Mapping[str, MemoryRecord], size: int) -> None:
        """Write changes, so many in one call; while worlds are lived, as much time is left to them between calls as the
        calls take."""
        if self._broken:
            return
        gone = [key for key, record in pending.items() if record.op is Op.FORGET]
        kept = [key for key, record in pending.items() if record.op is not Op.FORGET]
        try:
            for change, keys in ((self._delete, gone), (self._upsert, kept)):
                for at in range(0, len(keys), size):
                    begun = time.monotonic()
                    change({key: pending[key] for key in keys[at : at + size]})
                    if size == WHILE_LIVING:
                        time.sleep(time.monotonic() - begun)
        except BaseException as error:  # a panic in Chroma's engine is no Exception
            self._broken = True
            self._notice(
                f"memories can no longer be written to {self._folder} ({type(error).__name__}); they are safe in the "
                "journal, and resuming the run writes them again"
            )

    def _delete(self, records: Mapping[str, MemoryRecord]) -> None:
        self._collection.delete(ids=list(records))

    def _upsert(self, records: Mapping[str, MemoryRecord]) -> None:
        texts = [record.text for record in records.values()]
        self._collection.upsert(
            ids=list(records),
            embeddings=self._embedder(texts),
            documents=texts,
            metadatas=[_facts(key, record) for key, record in records.items()],
        )


def surviving(lines: Iterable[str | None], prefix: str) -> dict[str, MemoryRecord]:
    """The memories that are left after the `memories` of committed pages, oldest page first, by key.

    `prefix` is arm/seed/mind; pages of several people may stand in any order beside each other.
    """
    left: dict[str, MemoryRecord] = {}
    for line in lines:
        for record in loads(line) if line else ():
            if record.op in (Op.WRITE, Op.REVISE):
                left[record.key(prefix)] = record
            elif record.op is Op.FORGET:
                left.pop(record.key(prefix), None)
    return left


def _facts(key: str, record: MemoryRecord) -> dict[str, str | int | float | bool]:
    """Metadata of one memory. Chroma may change the last bit of a long number, so times stand in milliseconds."""
    facts: dict[str, str | int | float | bool] = {
        "world": key.rsplit("/", 3)[0],
        "user": record.user,
        "kind": record.kind.value,
        "importance": float(record.importance),
        "confidence": float(record.confidence),
        "valence": float(record.valence),
        "created": round(float(record.created), 3),
        "session": record.session,
    }
    return facts if record.item_id is None else facts | {"item_id": record.item_id}


def _open(folder: Path, embedder: Embedder) -> tuple[Any, Any]:
    """Client and collection. Chroma is imported here: it takes a second."""
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError, NotFoundError

    cure = f"move {folder} away; `understudy resume` makes it again from the journal"
    try:
        client = chromadb.PersistentClient(path=folder, settings=Settings(anonymized_telemetry=False))
        try:
            collection = client.get_collection(COLLECTION, embedding_function=_function(embedder))
        except NotFoundError:
            collection = _made(client, embedder)
    except (ChromaError, ValueError, OSError) as error:
        if "mbedding function" in str(error):
            raise UserInputError(f"{folder}: its memories were embedded by something else ({error}); {cure}") from None
        raise UserInputError(f"{folder}: the memories cannot be opened ({error}); {cure}") from None
    if (found := dict(collection.metadata or {})) != (own := _identity(embedder)):
        client.close()
        raise UserInputError(
            f"{folder}: its memories were embedded by {found.get('embedder')} at width {found.get('width')}, and this "
            f"run embeds by {own['embedder']} at width {own['width']}; set memory.embedding as it was, or {cure}"
        )
    return client, collection


def _made(client: Any, embedder: Embedder) -> Any:
    return client.create_collection(
        COLLECTION,
        metadata=_identity(embedder),
        configuration={"hnsw": {"space": "cosine", **_INDEX}},
        embedding_function=_function(embedder),
    )


def _identity(embedder: Embedder) -> dict[str, str | int]:
    return {"embedder": embedder.name, "width": embedder.width}


def _function(embedder: Embedder) -> Any:
    """Our embedder in Chroma's form, so that Chroma never falls back to its own, which downloads a model. All vectors
    are passed explicitly."""
    from chromadb.api.types import Documents, EmbeddingFunction, Embeddings

    class Ours(EmbeddingFunction[Documents]):  # type: ignore[misc]
        def __init__(self) -> None:
            pass

        def __call__(self, input: Documents) -> Embeddings:  # noqa: A002 (Chroma checks its name)
            return list(embedder(input))

        @staticmethod
        def name() -> str:
            return "understudy"

        def get_config(self) -> dict[str, Any]:
            return {}

        @staticmethod
        def build_from_config(config: dict[str, Any]) -> Any:
            return Ours()

    return Ours()
