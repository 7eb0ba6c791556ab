"""Rows of the journal as a file: all of them, in order, and nothing overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from read_runs import a_copy, talking_run

from simulator.evaluation.reading.export import export
from simulator.evaluation.reading.journal import Journal
from simulator.journal.schema import OBSERVABLE, SCHEMA
from simulator.records import UserInputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_run(tmp_path_factory)


def read(path: Path) -> list[dict[str, Any]]:
    match path.suffix:
        case ".csv":
            frame = pd.read_csv(path)
            return json.loads(frame.to_json(orient="records"))
        case ".parquet":
            return pq.read_table(path).to_pylist()
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_every_row_is_there_in_the_journals_order(folder: Path, tmp_path: Path, ending: str) -> None:
    names = ["user_id", "turn", "position", "item_id", "clicked", "reason", "rating"]
    to = tmp_path / f"it's rows{ending}"
    done = export(Journal.open(folder), to, columns=names, arm="control")
    (part,) = folder.glob("events/control.*")
    expected = pq.read_table(part).select(names).to_pylist()
    found = read(to)
    assert done["rows"] == len(found) == len(expected) and list(found[0]) == names
    for one, other in zip(found, expected, strict=True):
        assert {k: v for k, v in one.items() if k != "rating"} == {k: v for k, v in other.items() if k != "rating"}
        assert one["rating"] == (None if other["rating"] is None else pytest.approx(other["rating"], rel=1e-6))
    assert [path.name for path in tmp_path.iterdir()] == [to.name]


def test_observable_is_what_a_platforms_log_would_hold(folder: Path, tmp_path: Path) -> None:
    export(Journal.open(folder), tmp_path / "log.parquet", observable=True)
    assert tuple(pq.read_table(tmp_path / "log.parquet").column_names) == OBSERVABLE
    with pytest.raises(UserInputError, match="--columns want: this column is latent"):
        export(Journal.open(folder), tmp_path / "x.csv", columns=["clicked", "want"], observable=True)


def test_without_a_choice_all_columns_of_the_named_mind_are_written(folder: Path, tmp_path: Path) -> None:
    run = a_copy(folder, tmp_path / "run", minds=["llm", "other"])
    (part,) = run.glob("events/control.*")
    part.with_name(part.name.replace(".llm.", ".other.")).write_bytes(part.read_bytes())
    named = export(Journal.open(run), tmp_path / "named.parquet")
    everyone = export(Journal.open(run), tmp_path / "all.parquet", mind="all")
    assert named["columns"] == SCHEMA.names and named["left_out"] == ["other"] and everyone["left_out"] == []
    assert everyone["rows"] == named["rows"] + pq.read_metadata(part).num_rows
    with pytest.raises(UserInputError, match="no log says whose mind it was"):
        export(Journal.open(run), tmp_path / "x.csv", mind="all", observable=True)


def test_nothing_is_overwritten(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "log.csv"
    to.write_text("mine")
    with pytest.raises(UserInputError, match="nothing is overwritten"):
        export(Journal.open(folder), to)
    assert to.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "told"), [("log.xlsx", "none of .csv, .parquet, .jsonl"), ("none/log.csv", "the folder .* is not there")]
)
def test_a_place_that_cannot_be_is_refused(folder: Path, tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(UserInputError, match=told):
        export(Journal.open(folder), tmp_path / name)
    assert not any(tmp_path.iterdir())


def test_a_damaged_part_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    run = a_copy(folder, tmp_path / "run")
    next(run.glob("events/treatment.*")).write_bytes(b"PAR1 and nothing of the kind PAR1")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(UserInputError, match="the journal cannot be read"):
        export(Journal.open(run), out / "log.csv")
    assert not any(out.iterdir())
