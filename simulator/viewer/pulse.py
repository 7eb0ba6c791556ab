"""Whether a run goes on, and a mark that changes whenever there is more of it: what an open page asks again and again.

Only names, sizes and times of files are looked at, so that asking costs a run nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulator.evaluation.run_data import read_manifest
from simulator.evaluation.run_kind import how_to_go_on
from simulator.records import UserInputError
from simulator.viewer.wording import STATUS

_LOCKS = Path("/proc/locks")
"""Who holds which lock, on Linux: to look there, unlike trying a lock, can get in nobody's way."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """A run at this moment."""

    mark: str
    """Differs from an earlier one if anything was added."""
    status: str
    """`running`, `finished`, `failed`, `out of budget`, `interrupted` or `broken`."""
    told: str
    """The status in a few words."""
    cure: str = ""
    """What is wrong and what mends it, for a run that stopped or broke."""

    @property
    def going_on(self) -> bool:
        """Whether a process lives the run right now."""
        return self.status == "running"


def pulse(folder: Path) -> Pulse:
    """How the run in a folder does. Never raises: a run that vanished or broke is `broken`, with the reason."""
    try:
        manifest = read_manifest(folder)
    except UserInputError as broken:
        return Pulse(mark="broken", status="broken", told="cannot be read", cure=str(broken))
    status = str(manifest.get("status", "unknown"))
    if status != "running":
        return Pulse(mark=_mark(folder), status=status, told=STATUS.get(status, status))
    if _is_lived(folder):
        return Pulse(mark=_mark(folder), status="running", told="running")
    cure = f"The run stopped before its end, and nobody lives it now; {how_to_go_on(folder, manifest)}"
    return Pulse(mark=_mark(folder) + "-", status="interrupted", told="stopped before its end", cure=cure)


def _is_lived(folder: Path) -> bool:
    """Whether a process holds the run's lock."""
    lock = folder / "lock"
    try:
        inode = lock.stat().st_ino
        held = _LOCKS.read_text() if _LOCKS.exists() else None
        if held is not None:
            return any(_inode(line) == inode for line in held.splitlines() if "FLOCK" in line and " -> " not in line)
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _inode(line: str) -> int | None:
    """The inode of a line such as `1: FLOCK  ADVISORY  WRITE 19150 fe:00:3334276 0 EOF`."""
    where = next((word for word in line.split() if word.count(":") == 2), "")
    number = where.rpartition(":")[2]
    return int(number) if number.isdecimal() else None


def _mark(folder: Path) -> str:
    return hashlib.sha256("\n".join(_facts(folder)).encode(errors="surrogateescape")).hexdigest()[:16]


def _facts(folder: Path) -> Iterator[str]:
    names = ["manifest.json", "summary.json", "llm/ledger.jsonl", "people.parquet"]
    for path in [*(folder / name for name in names), *_files(folder / "events"), *_files(folder / "stream")]:
        try:
            known = os.stat(path)
        except OSError:
            continue
        yield f"{path} {known.st_size} {known.st_mtime_ns}"


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []
