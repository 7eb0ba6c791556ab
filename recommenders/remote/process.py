"""A process of another interpreter, which is asked one thing at a time and ends when this process does."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recommenders.remote import worker
from recommenders.remote.frames import Array, BrokenFrameError, receive, send
from recommenders.remote.portable import Packed
from recommenders.watch import Watched
from simulator.records import UserInputError

WORKER = Path(worker.__file__)
KEPT_LINES = 40
SHOWN_LINES = 5
"""Last lines of standard error that are kept, and that a message shows."""
LINE_CHARACTERS = 300
END_S = 5.0
"""Seconds that an ended process's last words may take to arrive, and that one told to go has to do so."""


class ProcessEndedError(Exception):
    """The process is gone; the message says how, and what it said last."""


class Process:
    """One running worker. Raises UserInputError where the interpreter cannot be started."""

    def __init__(self, python: Path) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        try:
            self._process = subprocess.Popen(
                [str(python), "-s", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean | {"PYTHONHASHSEED": "0"},  # sets of text have one order, run after run
                start_new_session=True,  # Ctrl-C is for the run, which then ends its plug-ins
            )
        except OSError as error:
            raise UserInputError(f"python: {python} cannot be started ({error.strerror})") from None
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self._listener = threading.Thread(target=_hear, args=(self._process, self._said), daemon=True)
        self._listener.start()
        threading.Thread(target=_bury, args=(self._process,), daemon=True).start()
        self._watched = Watched()
        self._end = weakref.finalize(self, _kill, self._process)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id, which is its group's too."""
        return self._process.pid

    def ask(
        self, header: Mapping[str, Any], arrays: Mapping[str, Array] | None = None, timeout_s: float | None = None
    ) -> Packed:
        """Its answer. Raises ProcessEndedError, and TimeoutError after `timeout_s`; then it is ended."""
        try:
            return self._watched(lambda: self._exchange(header, arrays), timeout_s)
        except (EOFError, OSError) as error:
            if isinstance(error, TimeoutError):
                self.kill()
                raise
            raise ProcessEndedError(self._last_words()) from None
        except BrokenFrameError as error:
            self.kill()
            raise ProcessEndedError(f"what it wrote is no answer ({error}){self._quoted()}") from None
        except BaseException:  # interrupted in mid-answer, the next answer would be the wrong one
            self.kill()
            raise

    def kill(self) -> None:
        """End it and all that it started, at once."""
        self._end()
        self._watched.close()

    def close(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        self.kill()

    def _exchange(self, header: Mapping[str, Any], arrays: Mapping[str, Array] | None) -> Packed:
        assert self._process.stdin is not None and self._process.stdout is not None
        send(self._process.stdin, header, arrays)  # type: ignore[arg-type]
        return receive(self._process.stdout)  # type: ignore[arg-type]

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        self.kill()
        self._listener.join(END_S)
        return f"its process {_ending(self._process.returncode)}{self._quoted()}"

    def _quoted(self) -> str:
        shown = [line[:LINE_CHARACTERS] for line in list(self._said) if line][-SHOWN_LINES:]
        return f"; it said last: {' | '.join(shown)}" if shown else ""


def _ending(status: int | None) -> str:
    if status is None:
        return "closed its channel"
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    hint = " (perhaps the machine ran out of memory)" if -status == signal.SIGKILL else ""
    return f"was ended by {name}{hint}"


def _hear(process: subprocess.Popen[bytes], said: deque[str]) -> None:
    """Keep the last lines of standard error, printable and on one line each; endless lines are cut."""
    assert process.stderr is not None
    while chunk := process.stderr.readline(1 << 16):
        text = chunk[: 4 * LINE_CHARACTERS].decode(errors="replace")
        said.append(" ".join("".join(c if c.isprintable() else " " for c in text).split()))


def _bury(process: subprocess.Popen[bytes]) -> None:
    """When it has ended, so do its children: they would hold its channel open."""
    process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_S)


def interpreter(python: str, folder: Path | None) -> Path:
    """The interpreter that a scenario names: a path, from the scenario's folder or else the working folder, or a
    command on PATH. Raises UserInputError."""
    given = Path(python).expanduser()
    if "/" not in python:
        found = shutil.which(python)
        if found is not None:
            return Path(found)
    places = [given] if given.is_absolute() else [p / given for p in (folder, Path.cwd()) if p is not None]
    for place in places:
        if place.is_file():
            if not os.access(place, os.X_OK):
                raise UserInputError(f"python: {place} cannot be run; name the interpreter, such as venv/bin/python")
            return Path(os.path.abspath(place))  # never resolved: a virtual environment is known by its link
    inside = next((place / "bin" / "python" for place in places if (place / "bin" / "python").is_file()), None)
    hint = f"Did you mean {inside}?" if inside else "Name an interpreter, such as path/to/venv/bin/python"
    looked = " and ".join(map(str, places))
    raise UserInputError(f"python: there is no interpreter {python!r} (looked for {looked}). {hint}")
