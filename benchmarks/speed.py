"""User-turns a second on MovieLens-1M, beside a plain NumPy loop of the same sizes in the same run.

    python benchmarks/speed.py --data DIR [--repeat 3]

Runs the shipped scenario `movielens_ab` (6,040 people, 20 turns, 10 items, three arms, the ensemble of minds) with
one process and with two, as a user would, and takes `performance` out of summary.json: user-turns over everything
that happens after fitting (recommend, perceive, appraise, behave, journal with a sync a turn, compaction). The plain
loop scores by one dense product of 64 factors, masks what was seen, takes the best ten, clicks down a cascade, and
writes twelve Parquet columns: what a careful engineer would write in an afternoon, with no personal mind, no state,
no commit and no second recommender.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

PEOPLE, ITEMS, FACTORS, TURNS, SLATE, BLOCK = 6040, 3883, 64, 20, 10, 1024


def plain_loop(folder: Path) -> float:
    """User-turns a second of the plain loop."""
    rng = np.random.default_rng(7)
    people = rng.normal(size=(PEOPLE, FACTORS)).astype(np.float32)
    items = rng.normal(size=(FACTORS, ITEMS)).astype(np.float32)
    seen = np.zeros((PEOPLE, ITEMS), dtype=np.bool_)
    seen[np.repeat(np.arange(PEOPLE), 100), rng.integers(0, ITEMS, PEOPLE * 100)] = True
    place = np.arange(SLATE)
    begun = perf_counter()
    with pq.ParquetWriter(folder / "plain.parquet", _schema(), compression="zstd", compression_level=1) as writer:
        for turn in range(TURNS):
            for start in range(0, PEOPLE, BLOCK):
                rows = np.arange(start, min(start + BLOCK, PEOPLE))
                scores = people[rows] @ items
                scores[seen[rows]] = -np.inf
                best = np.argpartition(-scores, SLATE, axis=1)[:, :SLATE]
                best = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, 1), axis=1), axis=1)
                want = np.take_along_axis(scores, best, 1) / 8 - 2
                examined = np.logical_and.accumulate(rng.random(best.shape) > 0.15, axis=1)
                clicked = examined & (rng.random(best.shape) < 1 / (1 + np.exp(-want)))
                dwell = np.where(clicked, rng.lognormal(3, 1, best.shape), 0).astype(np.float32)
                satisfaction = np.repeat(clicked.mean(axis=1, dtype=np.float32), SLATE)
                seen[rows[:, None], best] = True
                writer.write_table(_table(turn, rows, best, place, want, examined, clicked, dwell, satisfaction))
    return PEOPLE * TURNS / (perf_counter() - begun)


def _schema() -> pa.Schema:
    floats = [(name, pa.float32()) for name in ("want", "dwell", "satisfaction", "rating", "fatigue")]
    whole = [(name, pa.int32()) for name in ("turn", "user", "item", "position", "session")]
    return pa.schema([*whole, *floats, ("examined", pa.bool_()), ("clicked", pa.bool_())])


def _table(
    turn: int, rows: Any, best: Any, place: Any, want: Any, examined: Any, clicked: Any, dwell: Any, felt: Any
) -> pa.Table:
    n = best.size
    zero = np.zeros(n, dtype=np.float32)
    columns = [
        np.full(n, turn, dtype=np.int32), np.repeat(rows, SLATE).astype(np.int32), best.ravel().astype(np.int32),
        np.tile(place, len(rows)).astype(np.int32), np.zeros(n, dtype=np.int32), want.ravel().astype(np.float32),
        dwell.ravel(), felt, zero, zero, examined.ravel(), clicked.ravel(),
    ]  # fmt: skip
    return pa.table([pa.array(column) for column in columns], schema=_schema())


def understudy(folder: Path, data: Path, workers: int, *settings: str) -> dict[str, float]:
    """`performance` of one run of the shipped scenario."""
    command = [sys.executable, "-m", "simulator.cli.main", "run", "movielens_ab", "--json", "--display", "none"]
    options = ["--workers", str(workers), "--data-dir", str(data), "--out", str(folder)]
    done = subprocess.run([*command, *options, *settings], check=True, capture_output=True, text=True)
    performance: dict[str, float] = json.loads(done.stdout)["performance"]
    return performance


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="folder that holds ml-1m")
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument(
        "--crowd", action="store_true", help="also 100,000 people × 10 turns, for the memory it takes"
    )
    chosen = arguments.parse_args()
    rows: dict[str, list[float]] = {"plain NumPy loop": [], "1 process": [], "2 processes": []}
    with tempfile.TemporaryDirectory() as scratch, threadpool_limits(1):
        for turn in range(chosen.repeat):
            rows["plain NumPy loop"].append(plain_loop(Path(scratch)))
            for workers, name in ((1, "1 process"), (2, "2 processes")):
                performance = understudy(Path(scratch) / f"{turn}-{workers}", chosen.data, workers)
                rows[name].append(performance["user_turns_per_s"])
                print(f"{name}: " + ", ".join(f"{key} {value:,.1f}" for key, value in performance.items()), flush=True)
        if chosen.crowd:
            crowd = ("--users", "100000", "--set", "world.turns=10", "--set", "evaluation.minds=single")
            performance = understudy(Path(scratch) / "crowd", chosen.data, 1, *crowd)
            print(
                "100,000 people × 10 turns: " + ", ".join(f"{key} {value:,.1f}" for key, value in performance.items())
            )
    base = statistics.median(rows["plain NumPy loop"])
    print(f"\n{'':20}{'user-turns/s':>14}{'min':>10}{'max':>10}{'of plain':>10}")
    for name, rates in rows.items():
        middle = statistics.median(rates)
        print(f"{name:20}{middle:>14,.0f}{min(rates):>10,.0f}{max(rates):>10,.0f}{middle / base:>10.2f}")


if __name__ == "__main__":
    main()
