"""How long a view of a large run takes, beside a plain DuckDB scan of all its columns in the same process.

    python benchmarks/reading_speed.py [--rows 10] [--keep DIR] [--repeat 3]

Makes a run of so many million rows through the project's own writers (two arms, blocks of 1,024 people, words on every
page, memories; `tests/support/made_run.py`), and times what the viewer and `understudy log` read. First: the first time
in a process, with a warm page cache. Again: the median of the times after it, when what holds for unchanged files has
been kept. `--keep` names a folder that keeps the run, and uses the one that is there.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))

from made_run import RARE, SAID, TEN_MILLION, make_run

from simulator.evaluation.events import parquet
from simulator.evaluation.reading.glance import glance
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.page import page
from simulator.evaluation.reading.people import people
from simulator.evaluation.reading.remembered import remembered
from simulator.evaluation.reading.rows import Conditions, rows
from simulator.evaluation.reading.search import search
from simulator.evaluation.reading.side_by_side import side_by_side
from simulator.evaluation.reading.timeline import life, turns
from simulator.journal.schema import SCHEMA

ONE, OTHER = {"arm": "control"}, {"arm": "treatment"}


def views(folder: Path) -> dict[str, Callable[[], Any]]:
    """By name: what is timed. The run is looked at anew each time, as a server does for each request."""
    someone = f"u{TEN_MILLION.block * 2 + 3:06d}"

    def of(read: Callable[..., Any], *arguments: Any, **choice: Any) -> Callable[[], Any]:
        return lambda: read(Journal.open(folder), *arguments, **choice)

    return {
        "a run at a glance": lambda: glance(folder),
        "people, in order of ids": of(people),
        "people, by id's text": of(people, text="00204"),
        "people, by divergence": of(people, sort="divergence", descending=True),
        "people, by clicks, far down": of(people, sort="clicks", offset=2000),
        "turns of a run": of(turns),
        "a life": of(life, someone),
        "memories of a person": of(remembered, someone),
        "a page": of(page, someone, 7),
        "two arms side by side": of(side_by_side, someone, ONE, OTHER),
        "rows": of(rows),
        "rows, far down": of(rows, offset=900_000),
        "rows: clicked": of(rows, Conditions(clicked=True)),
        "rows: an item": of(rows, Conditions(item="i00700")),
        "rows: a text": of(rows, Conditions(text=SAID)),
        "rows: one arm, two turns, rated": of(rows, Conditions(arm="treatment", first_turn=3, last_turn=4, rated=True)),
        "search: in titles alone": of(search, RARE),
        "search: said by one in a hundred": of(search, SAID),
        "search: said and in titles, often": of(search, "silver"),
        "search: one letter": of(search, "e"),
        "search: a person's": of(search, "silver", user=someone),
    }


def taken(act: Callable[[], Any]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=10.0, help="million rows")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch) / "run"
        if not (folder / "manifest.json").is_file():
            made = replace(TEN_MILLION, people=round(2500 * asked.rows), memories=True)
            print(f"made in {taken(lambda: make_run(folder, made)):.0f} s")
        measure(folder, asked.repeat)


def measure(folder: Path, repeat: int) -> None:
    """Print a table: seconds, and shares of the plain scan."""
    files = sorted(folder.glob("events/*.parquet"))
    columns = ", ".join(f'max("{name}")' for name in SCHEMA.names)
    with duckdb.connect() as db:
        db.execute("set threads = 2")
        scan = f"select {columns} from {parquet(files)}"
        whole = statistics.median(taken(lambda: db.execute(scan).fetchall()) for _ in range(max(3, repeat)))
        ((number,),) = db.execute(f"select count(*) from {parquet(files)}").fetchall()
    size = sum(path.stat().st_size for path in files)
    print(f"{number:,} rows in {len(files)} parts, {size / 2**20:,.0f} MiB, {os.cpu_count()} cores")
    print(f"{'':36}{'first s':>9}{'of scan':>9}{'again s':>9}{'of scan':>9}")
    print(f"{'plain scan of all columns':36}{whole:9.3f}{1:9.2f}{whole:9.3f}{1:9.2f}")
    for name, act in views(folder).items():
        first = taken(act)
        again = statistics.median(taken(act) for _ in range(repeat))
        print(f"{name:36}{first:9.3f}{first / whole:9.2f}{again:9.3f}{again / whole:9.2f}", flush=True)


if __name__ == "__main__":
    main()
