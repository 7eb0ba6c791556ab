"""What a page costs: time by the size of the batch, and memory over many batches."""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from pathlib import Path
from time import perf_counter

import numpy as np

from recommenders.conformance.bench import Bench, Person

_K = 10
_SIZES = (1, 32, 1024)
_CALLS, _SECONDS = 20, 0.5
"""Each size is asked for so many times, or until so long has passed."""
_SLOW_S = 1.0
_SPANS, _BATCHES, _PEOPLE = 3, 12, 32
_NOTABLE, _GRAVE = 32 * 2**10, 2**20
"""Bytes a batch, lastingly, that are worth a warning, and that fill a gigabyte in a thousand turns."""
_RESIDENT_GRAVE = 8 * 2**20


def speed(bench: Bench) -> None:
    """Time a page for one, 32 and 1,024 people."""
    told = []
    for size in _SIZES:
        times = _times(bench, size)
        told.append(f"{size:,}: {_ms(np.median(times))} ({_ms(np.quantile(times, 0.99))})")
        slowest = max(times)
        if slowest > _SLOW_S and size == 1:
            fault = f"recommend, k = {_K}, for one person took {slowest:.1f} s"
            bench.note("speed", fault, "warning")
        elif slowest > _SLOW_S:
            fault = f"recommend, k = {_K}, for {size:,} people took {slowest:.1f} s, {_ms(slowest / size)} a page"
            bench.note("speed", fault, "warning")
    bench.note("speed", f"{bench.label}time of a batch by its size, median (p99), k = {_K}: {'; '.join(told)}", "info")


def _times(bench: Bench, size: int) -> list[float]:
    times: list[float] = []
    began = perf_counter()
    while len(times) < _CALLS and (not times or perf_counter() - began < _SECONDS):
        batch = bench.batch(_crowd(bench, size), turn=len(times))
        before = perf_counter()
        bench.ask(batch, _K, f"a batch of {size:,} people")
        times.append(perf_counter() - before)
    return times


def _crowd(bench: Bench, size: int) -> list[Person]:
    known = bench.people
    return [known[i] if i < len(known) else (f"reader {i}", known[i % len(known)][1]) for i in range(size)]


def memory(bench: Bench) -> None:
    """Ask for batch after batch; what grows in every span of a dozen batches does not stop growing."""
    subject = bench.subject
    people = bench.people[:_PEOPLE]
    held, resident = [], []
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        for span in range(_SPANS + 1):  # the first span fills what is filled once
            for n in range(_BATCHES):
                bench.ask(bench.batch(people, turn=span * _BATCHES + n), _K, "batch after batch", subject=subject)
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
            resident.append(_resident())
    finally:
        if not tracing:
            tracemalloc.stop()
    growth = int(np.diff(held).min()) // _BATCHES
    outside = int(np.diff(resident).min()) // _BATCHES
    grown = max(growth, outside)
    if growth > _NOTABLE or outside > _RESIDENT_GRAVE:
        fault = f"recommend: memory grew by {_size(grown)} with each of {_SPANS * _BATCHES} batches of {len(people)}"
        bench.note("memory", fault, "error" if grown > _GRAVE else "warning")


def _resident() -> int:
    """Bytes of this process in memory; 0 where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.0f} KiB"
