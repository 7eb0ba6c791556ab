"""What the people of a run are called and who they are, where they are personas of the library or of a file that is
still there. A run keeps ids alone, so what is told is what the file says now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.scenario import said
from simulator.records import UserInputError

if TYPE_CHECKING:
    from personas.schema import Persona


def persona_names(journal: Journal) -> dict[str, str]:
    """Names by persona id; nothing for people of the log, or who were drawn, or whose file is gone."""
    return {identity: one.name for identity, one in _of_run(journal).items()}


def persona_of(journal: Journal, persona_id: str) -> dict[str, Any] | None:
    """What the persona's file says, in plain values; None where there is none."""
    from personas.files import plain

    found = _of_run(journal).get(persona_id)
    return None if found is None else plain(found)


def _of_run(journal: Journal) -> Mapping[str, Persona]:
    place = said(journal.folder, "population", "personas")
    if not isinstance(place, str):
        return {}
    try:
        changed = Path(place).stat().st_mtime_ns
    except (OSError, ValueError):  # of the library, or gone
        changed = 0
    return _people(place, changed)


@lru_cache(maxsize=32)
def _people(place: str, changed: int) -> Mapping[str, Persona]:
    """`changed`: when the file was written; for the cache."""
    from personas.files import load

    try:
        return load(place).by_id
    except (UserInputError, OSError):
        return {}
