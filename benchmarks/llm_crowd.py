"""How much memory and time a crowd with memories of its own takes: 250, 500 and 1,000 people × 10 pages.

    python benchmarks/llm_crowd.py [--people 250 500 1000] [--turns 10]

Each run of `llm_scripted` (two arms, the scripted model in the same process, episodic memory, no cache, one mind,
everybody comes early and stays) is a process of its own; beside it the same without memory. *Peak* is the largest
resident memory of that process, *held* what the two arms' memories take by their own arrays and texts at the end, by
person and arm.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import numpy as np
from llm_bench import STAY, live, load


@dataclass(frozen=True)
class Lived:
    """One run."""

    pages: int
    seconds: float
    """Of living the pages, everything after fitting."""
    peak_mb: float
    held_bytes: float
    """By person and arm; 0 without memory."""
    most_memories: int
    """Of any one person."""


def lived(people: int, turns: int, memory: str) -> Lived:
    """A run in this process, whose peak is therefore this run's."""
    from simulator.experiment import language
    from simulator.memory.memory import EpisodicMemory

    memories: list[EpisodicMemory] = []

    class Counted(EpisodicMemory):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[arg-type]
            if len(arguments[0]) == people:  # type: ignore[arg-type]
                memories.append(self)  # not one of the rehearsal

    settings = [
        f"population.size={people}",
        f"world.turns={turns}",
        f"memory={memory}",
        "llm.cache=off",
        "mind.calibration=none",
        "evaluation.minds=single",
        STAY,
    ]
    with tempfile.TemporaryDirectory() as scratch, patch.object(language, "EpisodicMemory", Counted):
        summary = live("llm_scripted", Path(scratch) / "run", settings).summary
    assert summary is not None
    held = [_held(one.store.arrays()) for one in memories]
    performance = summary["performance"]
    return Lived(
        pages=int(performance["user_turns"]),
        seconds=performance["run_s"],
        peak_mb=performance["peak_rss_mb"],
        held_bytes=sum(held) / max(1, len(held) * people),
        most_memories=max((int(one.store.taken.sum(axis=1).max()) for one in memories), default=0),
    )


def _held(arrays: object) -> float:
    """Bytes of a store that are in use: every slot's columns, and the texts."""
    total = 0.0
    for array in dict(arrays).values():  # type: ignore[call-overload]
        total += array.nbytes
        if array.dtype == np.dtype(object):
            total += sum(sys.getsizeof(text) for text in array.flat if text is not None)
    return total


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--people", type=int, nargs="+", default=[250, 500, 1000])
    arguments.add_argument("--turns", type=int, default=10)
    arguments.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.job:
        print(json.dumps(vars(lived(**chosen.job))))
        return
    print(load())
    print(f"{'people':>7} {'memory':10}{'pages':>8}{'s':>8}{'ms a page':>11}{'peak MB':>9}{'held kB':>9}{'most':>6}")
    for people in chosen.people:
        for memory in ("episodic", "none"):
            job = json.dumps({"people": people, "turns": chosen.turns, "memory": memory})
            begun = perf_counter()
            told = subprocess.run(
                [sys.executable, __file__, "--job", job], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
            one = Lived(**json.loads(told.splitlines()[-1]))
            print(
                f"{people:>7,} {memory:10}{one.pages:>8,}{one.seconds:>8.1f}{1000 * one.seconds / one.pages:>11.2f}"
                f"{one.peak_mb:>9.0f}{one.held_bytes / 1000:>9.1f}{one.most_memories:>6}   "
                f"({perf_counter() - begun:.0f} s in all)",
                flush=True,
            )


if __name__ == "__main__":
    main()
