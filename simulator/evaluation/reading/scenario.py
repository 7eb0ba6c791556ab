"""What a run's resolved scenario says: single values of `scenario.yaml`, for what the journal does not repeat."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any


def said(folder: Path, *path: str) -> Any:
    """The value at a path such as ("world", "turns"); None where the file or the value is not there."""
    file = folder / "scenario.yaml"
    try:
        value = _tree(file, file.stat().st_mtime_ns)
    except OSError:
        return None
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


@lru_cache(maxsize=64)
def _tree(file: Path, changed: int) -> Any:
    """`changed`: when the file was written; for the cache. What cannot be read is somebody else's to say."""
    from simulator.documents.yaml_tree import TreeError, parse

    try:
        return parse(file.read_text(encoding="utf-8")).value
    except (OSError, ValueError, TreeError):
        return None
