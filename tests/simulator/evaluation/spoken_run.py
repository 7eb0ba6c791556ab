"""Made runs in which a model speaks for people, and now and then does not answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LLM: Mapping[str, Any] = {
    "model": "tiny-1",
    "scripted": False,
    "endpoint": "http://localhost:1/v1",
    "structured": "auto",
}
SCRIPTED: Mapping[str, Any] = {"model": "scripted", "scripted": True, "endpoint": None, "structured": "json_schema"}


def let_speak(
    folder: Path,
    *,
    fails: Callable[[str, pa.Table], np.ndarray] = lambda arm, table: np.zeros(len(table), dtype=bool),
    source: str = "fallback",
    kind: str = "timeout",
    interview: Callable[[str], float] = lambda arm: 7.0,
) -> Path:
    """Rewrite the journal of `make_run`: every page was asked of a model, and those where `fails` is True (by row, the
    same on all rows of a page) brought no answer and went to `source`."""
    for path in folder.joinpath("events").glob("*.parquet"):
        table = pq.read_table(path)
        arm = table["arm"][0].as_py()
        failed = fails(arm, table)
        ends = table["left"].to_numpy(zero_copy_only=False)
        said = ~failed
        columns = {
            "appraised_by": pa.array(np.where(failed, source, "llm")).dictionary_encode(),
            "failure": pa.array(np.where(failed, kind, None), pa.string()),
            "prompt_id": pa.array(["page.1+0a0b0c0d"] * len(table), pa.string()),
            "stated_satisfaction": pa.array(np.full(len(table), 4.0, np.float32), mask=~said),
            "interview": pa.array(np.full(len(table), interview(arm), np.float32), mask=~(said & ends)),
        }
        for name, column in columns.items():
            table = table.set_column(table.schema.get_field_index(name), name, column)
        pq.write_table(table, path)
    return folder


def every(n: int) -> Callable[[str, pa.Table], np.ndarray]:
    """The first page of every n-th person fails, in the treatment only."""

    def fails(arm: str, table: pa.Table) -> np.ndarray:
        person = np.array([int(user[1:].split("~")[0]) for user in table["user_id"].to_pylist()])
        return (arm == "treatment") & (person % n == 0) & (table["turn"].to_numpy() == 0)

    return fails
