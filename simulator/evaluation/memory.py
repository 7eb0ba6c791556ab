"""How much memory processes take while something runs: their resident pages, looked at many times a second."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

EVERY_S = 0.02
"""How often to look: what is taken and given back in between is not seen."""
MIB = 1 << 20


@dataclass(eq=False)
class Gauge:
    """Resident memory of some processes together, in MiB; None where this machine does not tell (no /proc)."""

    pids: Sequence[int] = field(default_factory=lambda: (os.getpid(),))
    peak: float | None = None
    """The most that was seen inside `watching`."""

    def now(self) -> float | None:
        """What they hold now; a process that has ended holds nothing."""
        if not Path("/proc/self/statm").exists():
            return None
        return sum(_pages(pid) for pid in self.pids) * os.sysconf("SC_PAGE_SIZE") / MIB

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Keep `peak` up to date until the end of the block, and at its ends."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(EVERY_S):
                self._look()

        self._look()
        thread = threading.Thread(target=watch, name="memory gauge", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self._look()

    def _look(self) -> None:
        held = self.now()
        if held is not None:
            self.peak = held if self.peak is None else max(self.peak, held)


def _pages(pid: int) -> int:
    """Resident pages: the second number of statm (proc(5))."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
