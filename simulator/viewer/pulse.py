"""Whether a run goes on, and a mark that changes whenever there is more of it: what an open page asks again and again.

Only names, sizes and times of files are looked at, so that asking costs a run nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulator.evaluation.reading.lock import is_lived
from simulator.evaluation.run_data import read_manifest
from simulator.records import UserInputError
from simulator.viewer.wording import STATUS, harmless


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """A run at this moment."""

    mark: str
    """Differs from an earlier one if anything was added."""
    status: str
    """`running`, `finished`, `failed`, `out of budget`, `interrupted` or `broken`."""
    told: str
    """The status in a few words."""

    @property
    def going_on(self) -> bool:
        """Whether a process lives the run right now."""
        return self.status == "running"


def pulse(folder: Path) -> Pulse:
    """How the run in a folder does. Never raises: a run that vanished or broke is `broken`."""
    try:
        manifest = read_manifest(folder)
    except UserInputError as broken:
        return Pulse(mark=_digest(str(broken)), status="broken", told="cannot be read")
    status: str = harmless(str(manifest.get("status", "unknown")))
    if status != "running":
        return Pulse(mark=_mark(folder), status=status, told=STATUS.get(status, status))
    if is_lived(folder):
        return Pulse(mark=_mark(folder), status="running", told="running")
    return Pulse(mark=_mark(folder) + "-", status="interrupted", told="stopped before its end")


def _mark(folder: Path) -> str:
    return _digest("\n".join(_facts(folder)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]


def _facts(folder: Path) -> Iterator[str]:
    names = ["manifest.json", "summary.json", "llm/ledger.jsonl", "people.parquet", "events"]
    for path in [*(folder / name for name in names), *_files(folder / "stream")]:  # in `events` files only come and go
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
