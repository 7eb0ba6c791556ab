"""A small run whose people speak and remember, lived once a session, and copies of it to be spoilt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import simulator

TALKING: dict[str, Any] = {
    "name": "talking",
    "population": {"size": 14},
    "mind": {"kind": "llm", "calibration": "none"},
    "memory": "episodic",
    "llm": {"model": "scripted"},
    "world": {"turns": 4, "slate_size": 5, "sessions": {"turns_per_day": 1}},
    "arms": {"control": "popular", "treatment": "random"},
    "evaluation": {"minds": "single"},
}
_lived: dict[str, Path] = {}


def talking_run(factory: pytest.TempPathFactory) -> Path:
    """The folder of the run. Nobody may write into it."""
    if "talking" not in _lived:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("simulator.report.html.write_report", lambda folder: None)  # takes longer than the people
            _lived["talking"] = simulator.run(TALKING, factory.mktemp("talking") / "run").folder
    return _lived["talking"]


def a_copy(run: Path, to: Path, **manifest: Any) -> Path:
    """A copy of a run whose manifest says something else; None takes a name out."""
    shutil.copytree(run, to)
    path = to / "manifest.json"
    told = json.loads(path.read_text()) | manifest
    path.write_text(json.dumps({name: value for name, value in told.items() if value is not None}))
    return to


def retitled(run: Path, title: str) -> str:
    """Give the item that was shown most another title; its id."""
    most = simulator.open(run).sql("select item_id, count(*) as n from events group by 1 order by n desc, 1 limit 1")
    item = str(most["item_id"][0].as_py())
    rows = pq.read_table(run / "catalog.parquet")
    titles = [title if row["item_id"] == item else row["title"] for row in rows.to_pylist()]
    at = rows.column_names.index("title")
    pq.write_table(rows.set_column(at, "title", [titles]), run / "catalog.parquet")
    return item
