"""What a language model was asked about one page, and what it answered."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator.evaluation.reading.journal import Journal
from simulator.llm.transcripts import FILE_NAME, read_calls
from simulator.records import UserInputError


def calls_of(
    journal: Journal, user_id: str, turn: int, *, arm: str | None, seed: int | None, mind: str | None
) -> list[dict[str, Any]] | None:
    """The calls about one person's page in one world, as they ended; None for a run that keeps no transcripts.

    Of each {at (seconds since 1970), kind, user, messages: [{role, content, images}], answer (text, or what there was
    of one that failed, or None), failure (a kind or None), why (the failure in words), model, cached, tokens_in,
    tokens_out, requests, usd (None: price unknown), latency_s, shared}. `shared`: an archetype was asked for many
    people, in this turn; answers that were got in earlier turns are used again without a call. A turn that was lived
    again after an interruption may have been asked about twice. Raises UserInputError for a damaged file.
    """
    path = journal.folder / "llm" / FILE_NAME
    if not path.is_file():
        return None
    whose = [(user_id, False), *((one, True) for one in _archetypes(journal, user_id))]
    with transcripts_of(path):
        found = [
            call | {"shared": shared}
            for name, shared in whose
            for call in read_calls(path, user=name, turn=turn, arm=arm)
            if call["seed"] in (None, seed) and call["mind"] in (None, mind)
        ]
    return sorted(found, key=lambda call: float(call["at"]))


@contextmanager
def transcripts_of(path: Path) -> Iterator[None]:
    """Turns what SQLite says of a damaged file into one message. Raises UserInputError."""
    try:
        yield
    except (sqlite3.Error, zlib.error, ValueError) as broken:
        raise UserInputError(
            f"{path}: cannot be read ({broken}). Take the file from a copy, or delete it: nothing else of the run "
            "rests on it"
        ) from None


def _archetypes(journal: Journal, user_id: str) -> list[str]:
    """The archetype that speaks for a person, in a run of archetypes."""
    if journal.manifest.get("archetypes") is None:
        return []
    with journal.session(()) as db:
        rows = db.execute("select cluster_id::varchar from people where user_id = ? limit 1", [user_id]).fetchall()
    return [str(row[0]) for row in rows if row[0] != user_id]
