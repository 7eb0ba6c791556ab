"""What changes in one person's memory after a page, as records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.memory.beliefs import Held, Vector, importance, revised
from simulator.memory.episodes import Draft
from simulator.memory.records import Kind, MemoryRecord, Op
from simulator.memory.settings import MemorySettings
from simulator.memory.store import MemoryStore, identity_of, number_of
from simulator.records import Bools
from simulator.turn import Thought


@dataclass(frozen=True, eq=False, kw_only=True)
class Happening:
    """One person's page, as far as memory is concerned."""

    row: int
    user: str
    turn: int
    now: float
    session: int
    alive: Bools
    """Which slots hold a memory that is not forgotten by now. (cap,)."""
    recalled: tuple[str, ...]
    """Ids of what came to mind in front of the page."""
    episodes: Sequence[tuple[Draft, str | None]]
    """What happened, with the item's id if it is about one."""
    thoughts: Sequence[tuple[Thought, Vector]]
    evidence: tuple[str, ...]
    """What the thoughts rest on."""
    reflected: bool


def changes(store: MemoryStore, settings: MemorySettings, happening: Happening) -> list[MemoryRecord]:
    """The records of one person's page. Changes nothing.

    In the order in which they can be applied: what was used, what is forgotten (faded, given up, or one too many), what
    is revised, what is new. Where more is remembered than `cap`, what is weakest goes (retention times importance),
    long-term memories before those of the visit and those before new ones.
    """
    h = happening
    taken = np.flatnonzero(store.number[h.row] >= 0)
    slot_of = {identity_of(int(store.number[h.row, at])): int(at) for at in taken}
    gone = [one for one, at in slot_of.items() if not h.alive[at]]
    after, given_up = _believed(store, settings, h)
    gone += given_up
    new = _written(h, after)
    changed = {one.id: one for one in after if one.is_changed and not one.is_new}
    kept = [one for one in slot_of if one not in set(gone)]
    for weakest in _weakest(store, settings, h, kept, slot_of, new)[: max(0, len(kept) + len(new) - store.cap)]:
        if weakest in slot_of:
            gone.append(weakest)
            changed.pop(weakest, None)
        else:
            new = [one for one in new if one.id != weakest]
    records = [MemoryRecord(op=Op.USE, user=h.user, evidence=h.recalled)] if h.recalled else []
    records += [MemoryRecord(op=Op.FORGET, user=h.user, id=one, kind=_kind(store, h.row, slot_of[one])) for one in gone]
    records += [_revision(h, one, float(store.created[h.row, slot_of[one.id]])) for one in changed.values()]
    records += new
    return [*records, MemoryRecord(op=Op.REFLECT, user=h.user)] if h.reflected else records


def _believed(store: MemoryStore, settings: MemorySettings, h: Happening) -> tuple[list[Held], list[str]]:
    """The beliefs after the thoughts, and the ids of those given up."""
    if not h.thoughts:
        return [], []
    slots = np.flatnonzero(h.alive & store.is_belief[h.row])
    held = [
        Held(
            identity_of(int(store.number[h.row, at])),
            store.text[h.row, at],
            float(store.confidence[h.row, at]),
            store.vector[h.row, at],
        )
        for at in sorted(slots, key=lambda at: int(store.number[h.row, at]))
    ]
    fresh = [f"{h.turn}/{len(h.episodes) + n}" for n in range(len(h.thoughts))]
    return revised(held, h.thoughts, fresh, settings.revision)


def _written(h: Happening, beliefs: Sequence[Held]) -> list[MemoryRecord]:
    """New episodes and new beliefs."""
    made = [
        MemoryRecord(
            op=Op.WRITE,
            user=h.user,
            id=f"{h.turn}/{n}",
            text=draft.text,
            importance=draft.importance,
            item_id=item_id,
            valence=draft.valence,
            created=h.now,
            last_used=h.now,
            session=h.session,
        )
        for n, (draft, item_id) in enumerate(h.episodes)
    ]
    return made + [_belief(h, Op.WRITE, one, h.now) for one in beliefs if one.is_new]


def _revision(h: Happening, belief: Held, created: float) -> MemoryRecord:
    return _belief(h, Op.REVISE, belief, created)


def _belief(h: Happening, op: Op, belief: Held, created: float) -> MemoryRecord:
    confidence = round(belief.confidence, 4)
    return MemoryRecord(
        op=op,
        user=h.user,
        id=belief.id,
        kind=Kind.BELIEF,
        text=belief.text,
        importance=round(importance(confidence), 4),
        confidence=confidence,
        evidence=h.evidence,
        created=created,
        last_used=h.now,
        session=h.session,
    )


def _weakest(
    store: MemoryStore,
    settings: MemorySettings,
    h: Happening,
    kept: Sequence[str],
    slot_of: dict[str, int],
    new: Sequence[MemoryRecord],
) -> list[str]:
    """Ids in the order in which they go where there is no room."""
    if len(kept) + len(new) <= store.cap:
        return []
    slots = np.array([slot_of[one] for one in kept], dtype=np.intp)
    used = np.array([one in h.recalled for one in kept], dtype=np.bool_)
    age = np.where(used, 0.0, h.now - store.last_used[h.row, slots])
    weight = store.importance[h.row, slots].astype(np.float64)
    strength = settings.forgetting.retention(age, weight) * weight
    of_visit = store.session[h.row, slots] == h.session
    old = [(1 if now else 0, float(s), number_of(one)) for one, now, s in zip(kept, of_visit, strength, strict=True)]
    fresh = [(2, one.importance, number_of(one.id)) for one in new]
    return [identity_of(number) for _, _, number in sorted(old + fresh)]


def _kind(store: MemoryStore, row: int, slot: int) -> Kind:
    return Kind.BELIEF if store.is_belief[row, slot] else Kind.EPISODE
