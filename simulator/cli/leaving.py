"""The first and the last moment of a command's own process.

From the first, SIGTERM counts as Ctrl-C. When the command has said how it ended, it and Python take a while to take
themselves down: whoever presses Ctrl-C again then, or sends SIGTERM, changes nothing any more, but for one that hangs.
Where a command is called from another program, signals are that program's, and nothing is done here.
"""

from __future__ import annotations

import atexit
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

PATIENCE_S = 3.0
"""After so long a signal ends the process on the spot."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_own = False


def own_process() -> None:
    """This process is the command's, to its end."""
    global _own
    from simulator.experiment.stopping import take_sigterm_for_ctrl_c

    _own = True
    take_sigterm_for_ctrl_c()


def last_word(status: int) -> None:
    """How the command ends is settled, and is being told."""
    if not _own:
        return
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
