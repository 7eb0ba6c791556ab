"""What is done in a session, the moment it is done: one line of JSON each, synced, so that a kill loses nothing.

The first line is the session without steps; each further line adds one step to a line of the life, cuts a line back, or
says which line the session is on. A line that a crash cut short is dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator.journal.stream import sync_folder
from simulator.records import Catalog, UserInputError
from simulator.studies.solo.session_file import Session, read_text, saved_step
from simulator.studies.solo.steps import Shown, Step
from simulator.turn import Page

KEPT = 20
"""Autosaves that are kept of earlier sessions; older ones make room."""


def autosave_folder() -> Path:
    """Where sessions save themselves: below the folder of UNDERSTUDY_CACHE_DIR, else the user's cache folder."""
    from simulator.llm.cache import cache_folder
    from simulator.llm.settings import LLMSettings

    return cache_folder(LLMSettings()) / "sessions"


def free_autosave(folder: Path | None = None) -> Path:
    """A file for a new session that is not there yet; the oldest of more than `KEPT` that are over are removed."""
    folder = autosave_folder() if folder is None else folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("*.jsonl"))[:-KEPT]:
            if not _goes_on(old):
                old.unlink(missing_ok=True)
    except OSError as error:
        raise UserInputError(f"{folder}: a session cannot save itself there ({error.strerror})") from None
    return folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{os.getpid()}.jsonl"


def _goes_on(path: Path) -> bool:
    """Whether an autosave is being written, or nobody can tell; its lock dies with its process."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return not isinstance(error, FileNotFoundError)
    return False


class Autosave:
    """Keeps a session in a file while it goes on; use as a context manager. `header`: the session without steps.

    Raises UserInputError if the file is there already, or cannot be written.
    """

    def __init__(self, path: Path, header: Session, catalog: Catalog) -> None:
        self.path, self._catalog = path, catalog
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._line: str | None = None
        try:
            self._file = path.open("xb", buffering=0)
            try:
                with suppress(OSError):  # where a file system has no locks, no autosave is taken for one that is over
                    fcntl.flock(self._file, fcntl.LOCK_EX)
                self._write(header.model_dump(mode="json", exclude_none=True))
                sync_folder(path.parent)
            except OSError:
                self.done()
                raise
        except OSError as error:
            raise UserInputError(f"{path}: the session cannot be kept there ({error.strerror})") from None

    def __enter__(self) -> Autosave:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def keep(self, line: str, steps: Sequence[Step], turns: Sequence[tuple[int, Page]]) -> None:
        """The present line has come to these steps. When this returns, they survive the process and the machine; after
        an OSError those that were written do, and the rest can be kept by asking again. `turns`: the pages of these
        steps, in their order."""
        if line != self._line:
            self._write({"line": line})
            self._line = line
        before, now = self._steps.get(line, ()), tuple(steps)
        same = next((n for n, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1]), None)
        same = min(len(before), len(now)) if same is None else same
        if same < len(before):
            self._write({"cut": same})
            self._steps[line] = now[:same]
        pages = iter(turns)
        for nth, step in enumerate(now):
            lived = next(pages, None) if isinstance(step, Shown) else None
            if nth >= same:
                self._write({"step": saved_step(step, lived, self._catalog).model_dump(mode="json", exclude_none=True)})
                self._steps[line] = now[: nth + 1]

    def done(self) -> None:
        """The session is saved elsewhere, or not wanted: the file goes."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, value: Any) -> None:
        """One line more, or none of it."""
        left, end = memoryview(json.dumps(value, ensure_ascii=False).encode() + b"\n"), self._file.tell()
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.seek(end)
                self._file.truncate()
            raise


def recovered(raw: bytes, file: str) -> Session:
    """The session of an autosave, up to its last whole line. Raises UserInputError for what is none."""
    whole = raw[: raw.rfind(b"\n") + 1].splitlines()
    lines: dict[str, list[Any]] = {}
    here = None
    try:
        header = json.loads(whole[0])
        for number, text in enumerate(whole[1:], 2):
            try:
                event = json.loads(text)
            except ValueError:
                if number == len(whole):
                    break  # the last line may be damaged
                raise
            if "line" in event:
                here = str(event["line"])
                lines.setdefault(here, [])
            elif here is None:
                raise ValueError("a step before any line")
            elif "cut" in event:
                del lines[here][int(event["cut"]) :]
            else:
                lines[here].append(event["step"])
        header |= {"lines": lines or header["lines"]}
        header |= {"line": here} if here is not None else {}
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, AttributeError):
        raise UserInputError(f"{file}: this is no autosave of a session, or it is damaged. Name another") from None
    return read_text(json.dumps(header), file)
