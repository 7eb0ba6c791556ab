"""The ledger: one JSON line for each call as it ends, and one for each session as it closes. Lines are only added.

A resumed run continues its file, so that totals are of the whole run. A line that a killed process left unfinished is
passed over.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.records import UserInputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One call that ended."""

    kind: str
    """What it was for (`Call.kind`)."""
    arm: str
    user: str
    turn: int
    cached: bool = False
    failure: str | None = None
    """A `FailureKind`, or the name of what stopped the run."""
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    requests: int = 0
    usd: float | None = None
    """None: the price is not known."""
    latency_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class Taken:
    """What calls took so far: the running totals of a ledger."""

    calls: int = 0
    cached: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    """By kind of failure."""
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = 0.0
    """None where any price was not known."""

    @classmethod
    def of(cls, totals: Mapping[str, Any]) -> Taken:
        """From `read_totals`."""
        names = ("calls", "cached", "tokens_in", "tokens_out", "usd")
        return cls(failed=dict(totals["by_kind"]), **{name: totals[name] for name in names})

    def add(self, entry: Entry) -> None:
        """Count a call."""
        self.calls += 1
        self.cached += entry.cached
        if entry.failure is not None:
            self.failed[entry.failure] = self.failed.get(entry.failure, 0) + 1
        self.tokens_in += entry.tokens_in
        self.tokens_out += entry.tokens_out
        self.usd = None if self.usd is None or entry.usd is None else self.usd + entry.usd


class Ledger:
    """Writes the ledger of one session of a run.

    Lines go to the file as they are written, without waiting for the disk: a killed process loses none, a power cut the
    last few. `taken` goes on from what earlier sessions took, if that is given.
    """

    def __init__(self, path: Path, taken: Taken | None = None) -> None:
        self.taken = Taken() if taken is None else taken
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = _torn(path)
        self._file = path.open("ab", buffering=0)
        if torn:
            self._file.write(b"\n")
        self.session = uuid.uuid4().hex[:12]

    def write(self, entry: Entry) -> None:
        """Add the line of a call."""
        self.taken.add(entry)
        self._add({**asdict(entry), "latency_s": round(entry.latency_s, 4)})

    def close(self, *, wall_s: float | None = None, slots_busy: float | None = None) -> None:
        """Add the line of the session, with what the limit saw, and close. Closing again does nothing."""
        if not self._file.closed:
            self._add({"kind": "session", "wall_s": wall_s, "slots_busy": slots_busy})
            self._file.close()

    def _add(self, facts: dict[str, Any]) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"at": at, **facts, "session": self.session}
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n")


def read_totals(path: Path) -> dict[str, Any]:
    """Sums over all sessions of a ledger; of nothing, where there is no file.

        {calls, cached, failed, by_kind: {failure: n}, tokens_in, tokens_out, requests, usd, wall_s, slots_busy,
         by_arm: {arm: part}, by_call_kind: {kind: part}}

    A part has calls, cached, failed, tokens_in, tokens_out, requests and usd: None where any price was unknown.
    `wall_s` adds up the sessions; one that was killed counts from its first call's beginning to its last one's end.
    `slots_busy` is the mean over sessions that closed, by time; None without any.
    """
    whole = _Part()
    by_kind: dict[str, int] = {}
    by_arm: dict[str, _Part] = {}
    by_call_kind: dict[str, _Part] = {}
    sessions: dict[str, _Session] = {}
    for line in _lines(path):
        session = sessions.setdefault(str(line.get("session")), _Session())
        if line.get("kind") == "session":
            session.wall_s, session.slots_busy = line.get("wall_s"), line.get("slots_busy")
            continue
        try:
            session.lived(line)
            for part in (
                whole,
                by_arm.setdefault(line["arm"], _Part()),
                by_call_kind.setdefault(line["kind"], _Part()),
            ):
                part.add(line)
            if line["failure"] is not None:
                by_kind[line["failure"]] = by_kind.get(line["failure"], 0) + 1
        except (KeyError, TypeError, ValueError):
            raise UserInputError(
                f"{path}: it holds a line that is no entry of a ledger. Take the file from a copy, or remove the lines "
                "that were not written by a run; what they cost then counts for nothing"
            ) from None
    busy = [(s.seconds, s.slots_busy) for s in sessions.values() if s.slots_busy is not None and s.seconds > 0]
    return {
        **asdict(whole),
        "by_kind": by_kind,
        "wall_s": sum(session.seconds for session in sessions.values()),
        "slots_busy": sum(s * share for s, share in busy) / sum(s for s, _ in busy) if busy else None,
        "by_arm": {arm: asdict(part) for arm, part in by_arm.items()},
        "by_call_kind": {kind: asdict(part) for kind, part in by_call_kind.items()},
    }


@dataclass(slots=True)
class _Part:
    calls: int = 0
    cached: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    requests: int = 0
    usd: float | None = 0.0

    def add(self, line: dict[str, Any]) -> None:
        self.calls += 1
        self.cached += line["cached"]
        self.failed += line["failure"] is not None
        self.tokens_in += line["tokens_in"]
        self.tokens_out += line["tokens_out"]
        self.requests += line["requests"]
        self.usd = None if self.usd is None or line["usd"] is None else self.usd + line["usd"]


@dataclass(slots=True)
class _Session:
    first: float = float("inf")
    last: float = float("-inf")
    wall_s: float | None = None
    slots_busy: float | None = None

    def lived(self, line: dict[str, Any]) -> None:
        at = datetime.fromisoformat(line["at"]).timestamp()
        self.first, self.last = min(self.first, at - line["latency_s"]), max(self.last, at)

    @property
    def seconds(self) -> float:
        return self.wall_s if self.wall_s is not None else max(0.0, self.last - self.first)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for raw in file:
            try:
                line = json.loads(raw)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


def _torn(path: Path) -> bool:
    """Whether a file ends within a line."""
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
