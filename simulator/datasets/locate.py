"""Where datasets lie: `--data-dir`, else the folder that `UNDERSTUDY_DATA_DIR` names, else the user's cache folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.datasets.sources import SOURCES, Source

ENVIRONMENT_VARIABLE = "UNDERSTUDY_DATA_DIR"


@dataclass(frozen=True, slots=True)
class Description:
    """A source, and where it was found on this machine."""

    source: Source
    found: Path | None
    """Folder or zip; None if it is not here. The embedded sample and the user's own tables need none."""

    @property
    def ready(self) -> bool:
        return self.found is not None or not self.source.downloadable

    def as_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        source = self.source
        return {
            "name": source.name,
            "title": source.title,
            "what": source.what,
            "terms": source.terms,
            "terms_url": source.terms_url,
            "url": source.url or None,
            "archive_bytes": source.archive_bytes or None,
            "checksum": source.checksum or None,
            "ready": self.ready,
            "path": None if self.found is None else str(self.found),
        }


def data_dirs(data_dir: Path | None = None) -> tuple[Path, ...]:
    """The folders to search, best first; downloads go into the first one."""
    from platformdirs import user_cache_path

    named = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    folders = [data_dir, Path(named) if named else None, user_cache_path("understudy") / "data"]
    return tuple(dict.fromkeys(folder.expanduser() for folder in folders if folder is not None))


def find(source: Source, data_dir: Path | None = None) -> Path | None:
    """The folder or the zip of a source in the first data folder that has it, or None."""
    for folder in data_dirs(data_dir):
        found = find_in(source, folder)
        if found is not None:
            return found
    return None


def find_in(source: Source, folder: Path) -> Path | None:
    """The source in one folder: in the official layout, unpacked into a folder of its own, or as the official zip."""
    if not source.downloadable:
        return None
    inside = folder / source.folder
    for place in (inside, inside / source.folder, folder):
        if all(_holds(place, name) for name in source.files):
            return place
    for archive in (folder / source.archive, inside / source.archive):
        if archive.is_file():
            return archive
    return None


def available(data_dir: Path | None = None) -> list[Description]:
    """All datasets that can be asked for, in a fixed order, each with where it lies on this machine."""
    return [Description(source, find(source, data_dir)) for source in SOURCES]


def how_to_get(source: Source, looked_in: Sequence[Path]) -> str:
    """One message: the set is not here, where it was looked for, and both ways of getting it."""
    places = ", ".join(str(folder) for folder in looked_in)
    return (
        f"{source.title} is not on this machine (looked for {source.folder}/ and {source.archive} in {places}). "
        f"Get it with: understudy data get {source.name}. "
        f"Or by hand: download {source.url}, put {source.archive} (or the folder that is in it) into {looked_in[0]}, "
        f"or into any folder that --data-dir or {ENVIRONMENT_VARIABLE} names."
    )


def _holds(folder: Path, name: str) -> bool:
    return (folder / name).is_file() or (folder / f"{name}.gz").is_file()
