"""A dataset as it was read: the log, and an account of what was read and what was left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from simulator.records import Catalog, InteractionLog


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were left out, how many, and where the first of them stand."""

    why: str
    count: int
    examples: tuple[str, ...] = ()
    """The first few as ``file:line: the row or the value``."""

    def __str__(self) -> str:
        more = "; …" if self.count > len(self.examples) else ""
        shown = f" ({'; '.join(self.examples)}{more})" if self.examples else ""
        return f"{self.why} in {self.count:,} rows{shown}"


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What reading a dataset met: rows of interactions read and left out, side files included in `reasons`."""

    rows_read: int
    rows_skipped: int
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False, slots=True)
class Dataset:
    """A catalogue and a log, with their origin."""

    name: str
    """Keys the split: the same name and ids are split the same way for ever."""
    log: InteractionLog
    report: ReadReport
    fingerprint: str
    """SHA-256 (hex) of the bytes that were read, the same for a folder and for the zip of its files."""

    @property
    def catalog(self) -> Catalog:
        return self.log.catalog
