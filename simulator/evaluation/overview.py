"""What a journal holds, finished or not: for whoever opens a run folder and wants to know what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.evaluation.events import columns, parquet, readable
from simulator.evaluation.reading.journal import ALL, Journal
from simulator.evaluation.run_data import read_manifest
from simulator.evaluation.run_kind import kind_of
from simulator.evaluation.summary import plain

_CELLS = """
with page as (
    select arm, seed, mind, user_id, turn, any_value(session) as session, count(item_id) as impressions,
           count(*) filter (clicked) as clicks, count(rating) as ratings, bool_or("left") as "left",
           any_value(appraised_by) as source
    from {events} group by all)
select arm::varchar as arm, seed, mind::varchar as mind, count(distinct user_id) as people, count(*) as user_turns,
       count(*) filter (source = 'fallback') as fallback, count(*) filter (source = 'skipped') as skipped,
       max(turn) + 1 as turns, count(distinct (user_id, session)) filter ({lived}) as sessions,
       coalesce(sum(impressions) filter ({lived}), 0)::bigint as impressions,
       coalesce(sum(clicks) filter ({lived}), 0)::bigint as clicks,
       coalesce(sum(ratings) filter ({lived}), 0)::bigint as ratings, count(*) filter ("left" and {lived}) as ended
from page group by all order by arm, seed, mind
"""


_LIVED = "source is distinct from 'skipped'"
"""A page that the mind skipped is no behaviour: it is counted, and in no rate."""


def overview(folder: Path) -> dict[str, Any]:
    """Arms, seeds, minds, rows, people, sessions, committed turns and rates of the journal.

    Blocks that are still being lived are in it up to their last committed turn; `kind` is experiment, play
    or session (`run_kind`), `finished` says whether the run has its answer, `parts` how many blocks are whole,
    `not_there_yet` in words what is missing.

    Raises:
        UserInputError: the folder is not a run's.
    """
    manifest = read_manifest(folder)
    journal = Journal.open(folder)
    whole = sorted(folder.joinpath("events").glob("*.parquet"))
    files = list(dict.fromkeys([*whole, *journal.files(journal.living)[0]]))
    kind = kind_of(manifest)
    found: dict[str, Any] = {
        "run": manifest.get("run"),
        "kind": kind,
        "finished": journal.finished if kind != "experiment" else folder.joinpath("summary.json").is_file(),
        "parts": len(whole),
        "rows": 0,
        "people": 0,
        "user_turns": 0,
        "sessions": 0,
        "turns": 0,
        "arms": [],
        "seeds": [],
        "minds": [],
        "cells": [],
    }
    if files:
        found |= _read(folder, files)
    return found | {"not_there_yet": list(journal.gaps(mind=ALL))}


def _read(folder: Path, files: list[Path]) -> dict[str, Any]:
    import duckdb

    with readable(folder), duckdb.connect() as db:
        db.execute("set threads = 2")
        events = parquet(files)
        counts = db.execute(f"select count(*), count(distinct user_id) from {events}").fetchone() or (0, 0)
        cells = columns(db, _CELLS.format(events=events, lived=_LIVED))
    rows = [dict(zip(cells, values, strict=True)) for values in zip(*(c.tolist() for c in cells.values()), strict=True)]
    for row in rows:
        row["click_rate"] = _ratio(row["clicks"], row["impressions"])
        row["clicks_per_session"] = _ratio(row["clicks"], row["sessions"])
        row["pages_per_session"] = _ratio(row["user_turns"] - row["skipped"], row["sessions"])
        row["impressions_per_page"] = _ratio(row["impressions"], row["user_turns"] - row["skipped"])
    return {
        "rows": int(counts[0]),
        "people": int(counts[1]),
        "user_turns": sum(row["user_turns"] for row in rows),
        "sessions": sum(row["sessions"] for row in rows),
        "turns": max((row["turns"] for row in rows), default=0),
        "arms": sorted({row["arm"] for row in rows}),
        "seeds": sorted({row["seed"] for row in rows}),
        "minds": sorted({row["mind"] for row in rows}),
        "cells": rows,
    }


def _ratio(above: float, below: float) -> float | None:
    return plain(above / below) if below else None
