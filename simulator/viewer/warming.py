"""Reckoning ahead: what asks every row of a large run is begun once somebody looks at it, so that it is there soon.

One run at a time, in a thread that ends with its work. What was reckoned is kept by `simulator.evaluation.reading`,
once for each state of the files; so here only runs that are finished are read, and small ones are not worth it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from simulator.evaluation.reading.item_sums import item_sums
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.people import people
from simulator.evaluation.reading.timeline import turns
from simulator.records import UserInputError
from simulator.viewer.desk import Desk
from simulator.viewer.serving import WORK
from simulator.viewer.views.people import MOST_ARMS

LARGE = 8 << 20
"""Bytes of a journal from which asking every row is felt."""


class Warming:
    """What is still to be reckoned ahead."""

    def __init__(self) -> None:
        self._seen: set[Path] = set()
        self._lock = threading.Lock()
        self._waiting: list[Path] = []
        self._at_work = False

    def see(self, desk: Desk) -> None:
        """Somebody looks at this run. Returns at once."""
        with self._lock:
            if desk.folder in self._seen or not desk.journal.finished:
                return
            self._seen.add(desk.folder)
            self._waiting.append(desk.folder)
            if not self._at_work:
                self._at_work = True
                threading.Thread(target=self._reckon, daemon=True, name=WORK).start()

    def _reckon(self) -> None:
        while (folder := self._next()) is not None:
            with suppress(UserInputError, OSError, duckdb.Error, pa.ArrowException):  # whoever asks for it is told
                journal = Journal.open(folder)
                if sum(part.path.stat().st_size for part in journal.parts) >= LARGE:
                    warm(journal)

    def _next(self) -> Path | None:
        with self._lock:
            self._at_work = bool(self._waiting)
            return self._waiting.pop(0) if self._waiting else None


def warm(journal: Journal) -> None:
    """Reckon what the overview, people by how much their pages differ, and a search for a title need of all rows."""
    turns(journal)
    if len(journal.arms) <= MOST_ARMS:  # of more, one is chosen, and which cannot be foreseen
        people(journal, sort="divergence", limit=1)
    files, _ = journal.files(journal.chosen())
    with journal.session_over(files) as db:
        item_sums(db, files)
