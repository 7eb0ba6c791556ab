"""The command as a process: from its first moment to its last, Ctrl-C ends it with status 130 and without a traceback.

What is imported here is little, so that hardly anything comes before. When a command has said how it ended, Python
takes a while to take itself down: whoever presses Ctrl-C again then, or sends SIGTERM, changes nothing any more, but
for a command that hangs.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time
from types import FrameType

PATIENCE_S = 3.0
"""After so long a signal ends the process on the spot."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """Runs the command of this process and returns its exit status."""
    status = 130
    try:
        from simulator.cli.main import main as command

        status = command()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
    _leave(status)
    return status


def _leave(status: int) -> None:
    since = time.monotonic()

    def again(number: int, frame: FrameType | None) -> None:
        if time.monotonic() - since > PATIENCE_S:
            os._exit(status)

    for number in _SIGNALS:
        signal.signal(number, again)
    atexit.register(_pass_over)


def _pass_over() -> None:
    """Python's own last steps put back every handler that is written in Python, but not this one."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
