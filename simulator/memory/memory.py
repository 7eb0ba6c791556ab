"""The memory of one block of people: what comes to mind, what is written, and who reflects.

*Sensory* memory is the page itself. *Short-term* memory is the visit: its memories fade only after it. *Long-term*
memory is everything else: it fades by the law of forgetting, up to `cap` memories a person.

`recall`, `due` and `write` change nothing that lasts; `apply` changes the memory from a page alone. A memory that is
rebuilt by `apply` over the pages of a journal therefore equals the one that was lived.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from simulator.memory import forgetting, retrieval
from simulator.memory.beliefs import importance
from simulator.memory.embedding import Embedder, about, cosine, item_vectors, pack, unit
from simulator.memory.episodes import drafts, note_of
from simulator.memory.graph import ItemGraph
from simulator.memory.personal import Happening, changes
from simulator.memory.records import Kind, MemoryRecord, MemoryRecordError, Op, dumps, loads
from simulator.memory.reflection import NOTE_CONFIDENCE, level_due, task
from simulator.memory.settings import MemorySettings
from simulator.memory.store import LAST, MemoryStore, identity_of
from simulator.memory.usual import Usual
from simulator.memory.words import ago, plain, sureness
from simulator.population import Population
from simulator.records import I32, Bools, Catalog
from simulator.turn import F64, I8, AppraisedBy, Page, Recollection, Scene, Task, Thought, Thoughts

_CHUNK = 128
"""People whose vectors are looked at together: 8 MB at a cap of 64."""

Sink = Callable[[Sequence[MemoryRecord]], None]


class EpisodicMemory:
    """What the people of a block remember. `embedder` should be one object for all worlds of a process.

    `prefix` is arm/seed/mind. `sink` is told of every memory that was written, revised or forgotten, its id being the
    whole key; it may be set later, as after a replay.
    """

    def __init__(
        self,
        people: Population,
        catalog: Catalog,
        graph: ItemGraph | None,
        settings: MemorySettings,
        *,
        seed: int,
        prefix: str,
        embedder: Embedder,
        sink: Sink | None = None,
    ) -> None:
        self.settings, self.sink = settings, sink
        self.store = MemoryStore(len(people), settings.cap, embedder.width)
        self.usual = Usual(people, catalog)
        self.gathered: F64 = np.zeros(len(people), dtype=np.float64)
        """Importance of the episodes since the last reflection."""
        self._people, self._catalog, self._embedder = people, catalog, embedder
        self._graph = graph if settings.graph else None
        self._seed, self._prefix = seed, prefix
        self._items = item_vectors(catalog, embedder)
        self._recalled: tuple[int, dict[int, tuple[str, ...]]] = (-1, {})

    def believe(
        self, row: int, text: str, confidence: float, *, turn: int, now: float, instead_of: Sequence[str] = ()
    ) -> None:
        """A person comes to hold something to be so that no page brought, before a turn; beliefs in words of
        `instead_of` are given up for it. The memory that matters least makes room where there is none."""
        store, user, text = self.store, str(self._people.user_ids[row]), plain(text)
        old = {plain(one) for one in instead_of}
        gone = [int(slot) for slot in np.flatnonzero(store.taken[row]) if store.text[row, slot] in old]
        if not gone and store.taken[row].all():
            gone = [int(np.argmin(store.importance[row]))]
        for slot in gone:
            record = MemoryRecord(op=Op.FORGET, user=user, id=identity_of(int(store.number[row, slot])))
            store.apply(row, record, None, -1, now)
        identity = next(one for n in range(LAST, 0, -1) if not store.holds(row, one := f"{turn}/{n}"))
        held = MemoryRecord(
            op=Op.WRITE,
            user=user,
            id=identity,
            kind=Kind.BELIEF,
            text=text,
            importance=importance(confidence),
            confidence=confidence,
            created=now,
            last_used=now,
        )
        store.apply(row, held, pack(self._embedder([held.text]))[0], -1, now)

    def look_at(self, catalog: Catalog) -> None:
        """The same items, some of which say something else of themselves from now on."""
        self._catalog, self._items = catalog, item_vectors(catalog, self._embedder)

    def recall(self, scene: Scene) -> tuple[Recollection, ...]:
        """What comes to mind in front of a page, in the order of `scene.rows`: up to k texts, best first, and for
        noticed items that the person does not know what speaks for them."""
        rows, now = scene.rows, np.asarray(scene.state.clock_s, dtype=np.float64)[scene.rows]
        slots = np.full((rows.size, self.settings.k), -1, dtype=np.intp)
        for at in range(0, rows.size, _CHUNK):
            part = slice(at, at + _CHUNK)
            alive = self._alive(rows[part], now[part], scene.session[part])
            query = self._query(scene.items[part], scene.noticed[part])
            slots[part] = self._best(rows[part], now[part], alive, query)
        self._recalled = (scene.turn, {int(row): self._ids(row, found) for row, found in zip(rows, slots, strict=True)})
        evidence: Sequence[Mapping[int, str]] = [{}] * rows.size
        if self._graph is not None:
            evidence = self._graph.evidence(self._people, rows, scene.items, scene.noticed & ~self._met(scene))
        return tuple(
            Recollection(self._texts(int(row), found, float(second)), words)
            for row, found, second, words in zip(rows, slots, now, evidence, strict=True)
        )

    def due(self, page: Page, turn: int) -> list[Task]:
        """Who reflects after this page, in row order."""
        if not page.left.any():
            return []
        tasks = []
        for index, made in enumerate(drafts(page, self.usual, self._catalog)):
            row, session = int(page.rows[index]), int(page.session[index])
            gathered = float(self.gathered[row]) + sum(one.importance for one in made)
            level = level_due(self.settings, left=bool(page.left[index]), session=session, gathered=gathered)
            if level is not None:
                fresh = [(f"{turn}/{n}", one) for n, one in enumerate(made)]
                now = float(page.sim_time[index])
                tasks.append(
                    task(
                        self.store,
                        self.settings,
                        index=index,
                        row=row,
                        level=level,
                        session=session,
                        now=now,
                        fresh=fresh,
                    )
                )
        return tasks

    def write(self, page: Page, turn: int, thoughts: Mapping[int, Thoughts]) -> npt.NDArray[np.object_]:
        """The memories of a page, for `page.extra["memories"]`: JSON or None. (n,). `thoughts` by row of the page, for
        those who reflected (with no beliefs, if nothing came of it); those whose call failed are left out, and stay
        due. A page whose appraisal was skipped counts for nothing, so nothing is made of it either."""
        made = drafts(page, self.usual, self._catalog)
        said = [self._thoughts(page, index, thoughts.get(index)) for index in range(len(page))]
        vectors = iter(pack(self._embedder([one.text for person in said for one in person])))
        alive = self._alive(page.rows, page.sim_time, page.session)
        recalled = self._recalled[1] if self._recalled[0] == turn else {}
        texts = np.full(len(page), None, dtype=object)
        evidence = {one.index: one.episode_ids for one in self.due(page, turn)} if thoughts else {}
        for index in np.flatnonzero(page.appraised_by != AppraisedBy.SKIPPED).tolist():
            row, lived = int(page.rows[index]), made[index]
            happening = Happening(
                row=row,
                user=str(self._people.user_ids[row]),
                turn=turn,
                now=float(page.sim_time[index]),
                session=int(page.session[index]),
                alive=alive[index],
                recalled=recalled.get(row, ()),
                episodes=[(one, None if one.item < 0 else str(self._catalog.item_ids[one.item])) for one in lived],
                thoughts=[(thought, next(vectors)) for thought in said[index]],
                evidence=evidence.get(index, tuple(f"{turn}/{n}" for n in range(len(lived)))),
                reflected=index in thoughts,
            )
            records = changes(self.store, self.settings, happening)
            texts[index] = dumps(records) if records else None
        return texts

    def apply(self, page: Page, turn: int) -> None:
        """The memory after a page: a function of the page and of the memory before it. Raises `MemoryRecordError` for
        memories that cannot have come from here."""
        lines = page.extra.get("memories", np.full(len(page), None, dtype=object))
        batches = [loads(line) if line else [] for line in lines]
        flat = [(index, record) for index, records in enumerate(batches) for record in records]
        texts = [self._subject(record) for _, record in flat if record.op in (Op.WRITE, Op.REVISE)]
        vectors = iter(pack(self._embedder(texts)))
        told: list[MemoryRecord] = []
        for index, record in flat:
            row = int(page.rows[index])
            if record.user != self._people.user_ids[row]:
                raise MemoryRecordError(f"turn {turn}: a memory of {record.user!r} stands with somebody else's page")
            item = -1 if record.item_id is None else self._catalog.row_of[record.item_id]
            vector: I8 | None = next(vectors) if record.op in (Op.WRITE, Op.REVISE) else None
            self.store.apply(row, record, vector, item, float(page.sim_time[index]))
            self._gather(row, record)
            if record.op in (Op.WRITE, Op.REVISE, Op.FORGET):
                told.append(replace(record, id=record.key(self._prefix)))
        self.usual.apply(page)
        if self.sink is not None and told:
            self.sink(told)

    def _gather(self, row: int, record: MemoryRecord) -> None:
        if record.op is Op.REFLECT:
            self.gathered[row] = 0.0
        elif record.op is Op.WRITE and record.kind == "episode":
            self.gathered[row] += record.importance

    def _alive(self, rows: I32, now: F64, session: I32) -> Bools:
        """Which memories are not forgotten by now; those of the visit never are. (n, cap)."""
        store = self.store
        taken = store.number[rows] >= 0
        age = now[:, None] - store.last_used[rows]
        kept = self.settings.forgetting.retention(age, store.importance[rows].astype(np.float64))
        luck = forgetting.lasting_luck(self._seed, self._people.keys[rows], np.maximum(store.number[rows], 0))
        alive: Bools = taken & (~forgetting.faded(kept, luck) | (store.session[rows] == session[:, None]))
        return alive

    def _best(self, rows: I32, now: F64, alive: Bools, query: I8) -> retrieval.Slots:
        store = self.store
        score = retrieval.scores(
            retrieval.recency(now[:, None] - store.last_used[rows], self.settings.decay),
            store.importance[rows].astype(np.float64),
            cosine(store.vector[rows], query).astype(np.float64),
            alive,
            self.settings.weights,
        )
        return retrieval.best(score, store.number[rows], self.settings.k)

    def _query(self, items: I32, noticed: Bools) -> I8:
        """What each person noticed, as one vector. (n, width)."""
        looked = noticed & (items >= 0)
        vectors = self._items(np.where(looked, items, 0)).astype(np.int32)
        total = (vectors * looked[:, :, None]).sum(axis=1)
        return pack(unit(total.astype(np.float32)))

    def _met(self, scene: Scene) -> Bools:
        """Which items of a page are remembered. (n, k)."""
        items, store = scene.items, self.store
        held = np.where(store.number[scene.rows] >= 0, store.item[scene.rows], -2)
        met: Bools = (items[:, :, None] == held[:, None, :]).any(axis=2)
        return met

    def _ids(self, row: int, slots: npt.NDArray[np.intp]) -> tuple[str, ...]:
        return tuple(identity_of(int(self.store.number[row, at])) for at in slots if at >= 0)

    def _texts(self, row: int, slots: npt.NDArray[np.intp], now: float) -> tuple[str, ...]:
        store = self.store
        return tuple(
            f"{sureness(float(store.confidence[row, at]))}: {store.text[row, at]}"
            if store.is_belief[row, at]
            else f"{ago(now - float(store.created[row, at]))}: {store.text[row, at]}"
            for at in slots
            if at >= 0
        )

    def _thoughts(self, page: Page, index: int, thoughts: Thoughts | None) -> list[Thought]:
        """What a person came to think on a page: the note about it, then what a reflection brought."""
        note = note_of(page, index) if self.settings.reflection.page else ""
        said = [Thought(note, NOTE_CONFIDENCE)] if note else []
        for one in thoughts.beliefs if thoughts is not None else ():
            said.append(replace(one, text=plain(one.text)))
        return said

    def _subject(self, record: MemoryRecord) -> str:
        """What a memory is about, for likeness."""
        if record.item_id is None:
            return record.text
        return f"{record.text} {about(self._catalog[self._catalog.row_of[record.item_id]])}"
