"""What some work takes in units that are the same on every machine: calls of functions, and bytes at the height."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable


def calls_of(work: Callable[[], object]) -> int:
    """How many functions of Python and of C are called in this thread."""
    seen = 0

    def see(frame: object, event: str, argument: object) -> None:
        nonlocal seen
        seen += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(None)
    return seen


def height_of(work: Callable[[], object]) -> int:
    """Bytes that Python and numpy held at most, beyond what they held before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
