"""The memories of one block of people as arrays: `cap` slots a person.

A slot takes 309 bytes beside its text (256 of them the vector), 20 kB a person at a cap of 64; pages of slots that
nobody uses are not touched, so they take no memory.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from simulator.memory.records import Kind, MemoryRecord, MemoryRecordError, Op
from simulator.records import F32, I32, I64, Bools
from simulator.turn import F64, I8

_PER_TURN = 1_024
"""Most new memories of a person in one turn: ids are numbers, turn · 1,024 + n."""
LAST = _PER_TURN - 1
"""The last number within a turn."""
FREE = -1


def number_of(identity: str) -> int:
    """The number of an id "turn/n". Raises `MemoryRecordError` if it is none."""
    turn, _, n = identity.partition("/")
    if not (turn.isdecimal() and n.isdecimal() and int(n) < _PER_TURN):
        raise MemoryRecordError(f"{identity[:40]!r} is no id of a memory (turn/n)")
    return int(turn) * _PER_TURN + int(n)


def identity_of(number: int) -> str:
    """The id "turn/n" of a number."""
    return f"{number // _PER_TURN}/{number % _PER_TURN}"


class MemoryStore:
    """Memories of n people. All arrays (n, cap); a slot is free where `number` is -1."""

    def __init__(self, n: int, cap: int, width: int) -> None:
        shape = (n, cap)
        self.cap = cap
        self.number: I64 = np.full(shape, FREE, dtype=np.int64)
        self.vector: npt.NDArray[np.int8] = np.zeros((*shape, width), dtype=np.int8)
        self.importance: F32 = np.zeros(shape, dtype=np.float32)
        self.confidence: F32 = np.zeros(shape, dtype=np.float32)
        self.valence: F32 = np.zeros(shape, dtype=np.float32)
        self.created: F64 = np.zeros(shape, dtype=np.float64)
        self.last_used: F64 = np.zeros(shape, dtype=np.float64)
        self.session: I32 = np.full(shape, -1, dtype=np.int32)
        self.item: I32 = np.full(shape, -1, dtype=np.int32)
        """Catalogue row, -1 for none."""
        self.is_belief: Bools = np.zeros(shape, dtype=np.bool_)
        self.text: npt.NDArray[np.object_] = np.full(shape, None, dtype=object)

    @property
    def taken(self) -> Bools:
        return np.asarray(self.number != FREE)

    def apply(self, row: int, record: MemoryRecord, vector: I8 | None, item: int, at: float) -> None:
        """One change of one person's memory at the simulated second `at`.

        `vector` of the record's text, for `write` and `revise`. Raises `MemoryRecordError` for a record that does not
        fit: a memory that is not there, one that is there already, or one too many.
        """
        match record.op:
            case Op.WRITE:
                self._fill(row, self._free(row, record.id), record, vector, item)
            case Op.REVISE:
                self._fill(row, self._slot(row, record.id), record, vector, item)
            case Op.FORGET:
                slot = self._slot(row, record.id)
                self.number[row, slot], self.text[row, slot] = FREE, None
            case Op.USE:
                for identity in record.evidence:
                    self.last_used[row, self._slot(row, identity)] = at
            case Op.REFLECT:
                pass

    def holds(self, row: int, identity: str) -> bool:
        """Whether a person has a memory of this id."""
        return bool((self.number[row] == number_of(identity)).any())

    def arrays(self) -> Mapping[str, npt.NDArray[np.generic]]:
        """All arrays by name, for comparison."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def _fill(self, row: int, slot: int, record: MemoryRecord, vector: I8 | None, item: int) -> None:
        assert vector is not None, "a text comes with its vector"
        self.number[row, slot] = number_of(record.id)
        self.vector[row, slot] = vector
        self.importance[row, slot] = record.importance
        self.confidence[row, slot] = record.confidence
        self.valence[row, slot] = record.valence
        self.created[row, slot] = record.created
        self.last_used[row, slot] = record.last_used
        self.session[row, slot] = record.session
        self.item[row, slot] = item
        self.is_belief[row, slot] = record.kind is Kind.BELIEF
        self.text[row, slot] = record.text

    def _slot(self, row: int, identity: str) -> int:
        found = np.flatnonzero(self.number[row] == number_of(identity))
        if not found.size:
            raise MemoryRecordError(f"memory {identity} is spoken of, and was never written or is forgotten")
        return int(found[0])

    def _free(self, row: int, identity: str) -> int:
        numbers = self.number[row]
        if (numbers == number_of(identity)).any():
            raise MemoryRecordError(f"memory {identity} is written twice")
        free = np.flatnonzero(numbers == FREE)
        if not free.size:
            raise MemoryRecordError(f"memory {identity} is one more than the {self.cap} that a person can have")
        return int(free[0])
