"""The runs that a viewer shows, each under a slug: the only part of an address that means a folder.

A slug is looked up among the runs that were named, never made into a path. It comes from the folder's name and place,
so that a link still holds when the viewer is started again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.records import UserInputError

MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Folders of runs, and folders in which runs lie: those are looked through whenever the list is asked for."""

    runs: tuple[Path, ...]
    folders: tuple[Path, ...] = ()

    @classmethod
    def of(cls, named: Sequence[Path]) -> Shelf:
        """The runs of a command line. Raises UserInputError for what is neither a run nor a folder with runs."""
        runs: list[Path] = []
        folders: list[Path] = []
        for path in named:
            if (path / MANIFEST).is_file():
                runs.append(path)
            elif path.is_dir() and any(path.glob(f"*/{MANIFEST}")):
                folders.append(path)
            else:
                what = "this is no run, and no run lies in it" if path.is_dir() else "there is no such folder"
                raise UserInputError(
                    f"{path}: {what}. Name the folder of a run, or start one with: understudy run quickstart"
                )
        return cls(runs=tuple(runs), folders=tuple(folders))

    def all(self) -> dict[str, Path]:
        """Folders by slug: the named runs as they were named, then those of each folder, the latest first."""
        found = {slug(path): path for path in self.runs}
        for folder in self.folders:
            there = [path.parent for path in folder.glob(f"*/{MANIFEST}")]
            found |= {slug(path): path for path in sorted(there, key=_age)}
        return found

    def folder(self, wanted: str) -> Path | None:
        """The folder behind a slug; None if there is none."""
        return self.all().get(wanted)


def slug(folder: Path) -> str:
    """`name-1a2b3c4d`: what a person recognises, and eight hexadecimal digits of the folder's whole path."""
    whole = folder.resolve()
    name = re.sub(r"[^a-z0-9]+", "-", whole.name.lower()).strip("-")[:40] or "run"
    return f"{name}-{hashlib.sha256(str(whole).encode(errors='surrogateescape')).hexdigest()[:8]}"


def _age(run: Path) -> tuple[float, str]:
    """The latest first; a run that vanished meanwhile comes last."""
    try:
        return -(run / MANIFEST).stat().st_mtime, run.name
    except OSError:
        return 0.0, run.name
