"""A memory record: one change of what one person remembers, as the journal keeps it beside the page it came from.

The memories of a page are a JSON list of records. Applied in order they are all that a memory is made of, so a memory
that is rebuilt from a journal equals the one that was lived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any
from urllib.parse import quote


class Op(StrEnum):
    """What a record does."""

    WRITE = "write"
    """Something new is remembered."""
    REVISE = "revise"
    """A belief's text or confidence changes."""
    FORGET = "forget"
    """A memory is gone."""
    USE = "use"
    """The memories named in `evidence` came to mind in front of this page."""
    REFLECT = "reflect"
    """The person reflected: importance gathers anew from here."""


class Kind(StrEnum):
    EPISODE = "episode"
    BELIEF = "belief"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRecord:
    """One change. `id` is "turn/n", unique for one person in one world; with `key` it is unique in the run."""

    op: Op
    user: str
    id: str = ""
    """Of the memory; empty for `use` and `reflect`."""
    kind: Kind = Kind.EPISODE
    text: str = ""
    importance: float = 0.0
    """0-1."""
    confidence: float = 1.0
    """0-1; of a belief."""
    item_id: str | None = None
    valence: float = 0.0
    """-1 … 1: how it felt."""
    evidence: tuple[str, ...] = ()
    """Ids of the memories that it rests on."""
    created: float = 0.0
    """Simulated seconds since the start of the run."""
    last_used: float = 0.0
    session: int = -1

    def key(self, prefix: str) -> str:
        """`prefix`/user/turn/n, where the prefix is arm/seed/mind; separators within the user's id are escaped."""
        return f"{prefix}/{quote(self.user, safe='~')}/{self.id}"


class MemoryRecordError(ValueError):
    """Text that is no list of memory records; says what is wrong with it."""


_DEFAULTS: Mapping[str, Any] = {f.name: f.default for f in fields(MemoryRecord) if f.name not in ("op", "user")}
_NUMBERS = ("importance", "confidence", "valence", "created", "last_used")


def dumps(records: Sequence[MemoryRecord]) -> str:
    """Records as JSON on one line; fields at their default are left out."""
    kept = [
        {name: value for name, value in asdict(one).items() if name not in _DEFAULTS or value != _DEFAULTS[name]}
        for one in records
    ]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def loads(text: str) -> list[MemoryRecord]:
    """The records that `dumps` wrote. Raises `MemoryRecordError` for anything else."""
    try:
        raw = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise MemoryRecordError(f"memories are not JSON: {error}") from None
    if not isinstance(raw, list):
        raise MemoryRecordError("memories are no list")
    return [_record(one) for one in raw]


def _record(raw: Any) -> MemoryRecord:
    if not isinstance(raw, dict) or not {"op", "user"} <= raw.keys():
        raise MemoryRecordError(f"no memory record: {str(raw)[:120]!r}")
    for name, value in raw.items():
        if not _fits(name, value):
            raise MemoryRecordError(f"memory record: {name[:40]} is {str(value)[:60]!r}")
    kind = Kind(raw.get("kind", Kind.EPISODE))
    return MemoryRecord(**{**raw, "op": Op(raw["op"]), "kind": kind, "evidence": tuple(raw.get("evidence", ()))})


def _fits(name: str, value: Any) -> bool:
    if name in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    match name:
        case "user" | "id" | "text":
            return isinstance(value, str)
        case "op":
            return isinstance(value, str) and value in set(Op)
        case "kind":
            return isinstance(value, str) and value in set(Kind)
        case "item_id":
            return value is None or isinstance(value, str)
        case "evidence":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        case "session":
            return isinstance(value, int) and not isinstance(value, bool)
    return False


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
