"""What the people of a run are called, where they are personas of the library or of a file that is still there."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.scenario import said
from simulator.records import UserInputError


def persona_names(journal: Journal) -> dict[str, str]:
    """Names by persona id; nothing for people of the log, or who were drawn, or whose file is gone."""
    place = said(journal.folder, "population", "personas")
    if not isinstance(place, str):
        return {}
    try:
        changed = Path(place).stat().st_mtime_ns
    except (OSError, ValueError):  # of the library, or gone
        changed = 0
    return _names(place, changed)


@lru_cache(maxsize=32)
def _names(place: str, changed: int) -> dict[str, str]:
    """`changed`: when the file was written; for the cache."""
    from personas.files import load

    try:
        return {one.id: one.name for one in load(place)}
    except (UserInputError, OSError):
        return {}
