"""Settling a process for array work: one BLAS thread, memory that is kept, a garbage collector that leaves the stage
alone."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_FROM_HEAP, _KEPT = 2**25, 2**29
"""Bytes: allocations up to the first (the most that glibc takes) come from the heap, and up to the second of free
memory stays in it. A turn allocates and frees arrays of some megabytes; giving each back to the kernel, which
clears it again, took a sixth of a run."""


@contextmanager
def settled() -> Iterator[None]:
    """For the time of a run. Products then round alike whatever the number of cores, and two thread pools never
    fight."""
    _keep_freed_memory()
    with threadpool_limits(1):
        yield


@contextmanager
def stage_left_alone() -> Iterator[None]:
    """What exists now lives as long as the run: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _keep_freed_memory() -> None:
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # a C library without it, such as musl
        return
    mallopt(_M_MMAP_THRESHOLD, _FROM_HEAP)
    mallopt(_M_TRIM_THRESHOLD, _KEPT)
