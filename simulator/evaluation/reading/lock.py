"""Whether a process lives a run right now: a run that goes on holds the lock of its folder."""

from __future__ import annotations

import fcntl
from pathlib import Path


def is_lived(folder: Path) -> bool:
    """Whether a process holds the run's lock. To find out it is shared for a moment, which a run that begins waits
    out (`RunFolder.locked`)."""
    try:
        with (folder / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
