"""A run on disk.

manifest.json     what was run, with which versions, hashes and command; written before any data is read
scenario.yaml     the scenario with every default written out
people.parquet  history.parquet  catalog.parquet     who, what the log says of them by part, and the items
events/*.parquet  the journal, one part a block
warmup.parquet    what people without a history did before the run (runs with a warm-up)
memories/*.parquet  memory/  what people remember, and its projection into Chroma (runs with a memory)
llm/ledger.jsonl  every call of a language model, as it ended; transcripts.sqlite what was asked and answered;
                  captions.json what it saw in pictures
stream/           blocks that are being lived; models/ what was fitted (both gone when the run is finished)
summary.json  report.html
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from simulator.journal.stream import sync_folder
from simulator.llm.transcripts import FILE_NAME as TRANSCRIPTS
from simulator.records import UserInputError

_NEEDED = ("run", "status", "scenario_hash", "versions", "data_dir", "resumed")


class RunFolder:
    """Paths and small files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events, self.stream, self.models = path / "events", path / "stream", path / "models"
        self.memories, self.chroma, self.ledger = path / "memories", path / "memory", path / "llm" / "ledger.jsonl"
        self.captions, self.warmup = path / "llm" / "captions.json", path / "warmup.parquet"
        self.transcripts = path / "llm" / TRANSCRIPTS
        self.manifest, self.scenario, self.summary = (
            path / "manifest.json",
            path / "scenario.yaml",
            path / "summary.json",
        )
        self.people, self.history, self.catalog = (path / f"{n}.parquet" for n in ("people", "history", "catalog"))

    @classmethod
    def create(cls, path: Path, manifest: Mapping[str, Any], scenario: str) -> RunFolder:
        """A new run: refuses a folder that holds anything."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            cure = f"understudy resume {path}" if (path / "manifest.json").exists() else "give another --out"
            raise UserInputError(f"{path}: there is something here already, and nothing is overwritten. Cure: {cure}")
        folder = cls(path)
        try:
            str(path).encode()  # the manifest names it
            path.mkdir(parents=True, exist_ok=True)
            folder.scenario.write_text(scenario, encoding="utf-8")
            folder.write_manifest(manifest)
        except (OSError, ValueError) as error:
            with suppress(OSError):
                folder.discard()
            why = getattr(error, "strerror", None) or "its name is no text"
            raise UserInputError(f"{path}: cannot write a run here ({why}). Cure: give another --out") from None
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run."""
        folder = cls(path)
        if not folder.manifest.is_file():
            what = "no such folder" if not path.exists() else "no manifest.json, so this is not a run folder"
            raise UserInputError(f"{path}: {what}. Cure: name the folder that `understudy run` printed")
        if not folder.scenario.is_file():
            raise UserInputError(f"{folder.scenario}: the file is missing. Cure: restore it, or run the scenario again")
        folder.read_manifest()
        return folder

    def read_manifest(self) -> dict[str, Any]:
        """The content of manifest.json."""
        try:
            manifest = json.loads(self.manifest.read_text(encoding="utf-8"))
            missing = [] if not isinstance(manifest, dict) else [n for n in _NEEDED if n not in manifest]
            if not isinstance(manifest, dict) or missing:
                raise ValueError(f"{', '.join(missing) or 'an object'} is missing")
            if not isinstance(manifest["resumed"], list):
                raise ValueError("resumed is no list")
        except (ValueError, OSError) as error:
            raise UserInputError(
                f"{self.manifest}: cannot be read ({error}). Cure: restore the file, or run the scenario again"
            ) from None
        return manifest

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Replace manifest.json as a whole."""
        replace_file(self.manifest, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")

    def write_summary(self, summary: Mapping[str, Any]) -> str:
        """Write summary.json; the text that was written."""
        text = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        replace_file(self.summary, text)
        return text

    def part(self, name: str) -> Path:
        """Where the Parquet part of a block goes."""
        return self.events / f"{name}.parquet"

    def discard(self) -> None:
        """Remove what `create` and the preparation of a run wrote, unless something has been lived or paid for."""
        paid = self.ledger.exists() and self.ledger.stat().st_size > 0
        if paid or any(self.events.glob("*")) or any(self.stream.glob("*")):
            return
        tables = (self.people, self.history, self.catalog)
        for path in (self.manifest, self.scenario, self.warmup, *tables, self.ledger, self.path / "lock"):
            path.unlink(missing_ok=True)
        self.clear_scaffolding()
        shutil.rmtree(self.chroma, ignore_errors=True)
        for emptied in (self.ledger.parent, self.path):
            with suppress(OSError):  # never made, or somebody put something of their own here meanwhile
                emptied.rmdir()

    def clear_scaffolding(self) -> None:
        """Remove what only an unfinished run needs."""
        shutil.rmtree(self.stream, ignore_errors=True)
        shutil.rmtree(self.models, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else runs or resumes this run meanwhile. The lock dies with its process."""
        with (self.path / "lock").open("a") as file:
            if not _taken(file):
                raise UserInputError(f"{self.path}: another process is running this run. Cure: wait for it, or stop it")
            yield


def _taken(file: IO[str]) -> bool:
    """Whether the lock is ours now. A reader who looks whether the run is lived shares it for a moment, so it is tried
    again."""
    for wait in (0.01, 0.05, 0.2, 0.0):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(wait)
    return False


def free_folder(name: str) -> Path:
    """A folder for a new run that is not there yet: `runs/<name>-<UTC time>`; of a path, its last part is the name."""
    plain = re.sub(r"[^a-z0-9_]+", "-", Path(name).stem.lower()).strip("-")[:40] or "run"
    first = Path("runs") / f"{plain}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder, n = first, 1
    while folder.exists():
        n += 1
        folder = first.with_name(f"{first.name}-{n}")
    return folder


def whole_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder that is then whole under its name, or not there; what a crash left goes first."""
    temporary = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    write(temporary)
    temporary.rename(folder)
    sync_folder(folder.parent)


def whole_file(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file that is then whole under its name, or not there."""
    temporary = path.with_name(path.name + ".tmp")
    write(temporary)
    temporary.replace(path)
    sync_folder(path.parent)


def replace_file(path: Path, text: str) -> None:
    """Write a file that is either the old one or the new one, never half."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            temporary.unlink()
            raise
    temporary.replace(path)
    sync_folder(path.parent)
