"""Whether somebody sits at a terminal that an app can draw on."""

from __future__ import annotations

import os
import sys


def can_draw() -> bool:
    """Whether there is a terminal on all sides, and one that can move its cursor. Apps draw by way of the standard
    error, so that one counts as well."""
    terminals = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return terminals and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")
