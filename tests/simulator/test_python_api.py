"""`simulator.run` and `simulator.open`, and the examples of docs/python.md."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from read_runs import a_copy, talking_run

import simulator
from simulator.journal.schema import SCHEMA
from simulator.studies import ab

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
TINY: dict[str, Any] = {
    "population": {"size": 12},
    "world": {"turns": 2, "slate_size": 4},
    "arms": {"plain": "popular"},
    "evaluation": {"minds": "single"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_run(tmp_path_factory)


@pytest.fixture(autouse=True)
def _no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.report.html.write_report", lambda folder: None)


def test_an_opened_run_shows_what_its_folder_holds(folder: Path) -> None:
    run = simulator.open(str(folder))
    assert run.summary == json.loads((folder / "summary.json").read_text())
    assert run.manifest == json.loads((folder / "manifest.json").read_text())
    assert run.scenario == (folder / "scenario.yaml").read_text()
    assert (run.arms, run.minds, run.status, run.not_there_yet) == (("control", "treatment"), ("llm",), "finished", ())
    parts = [pq.read_table(path) for path in sorted(folder.glob("events/*.parquet"))]
    assert run.events.schema.equals(SCHEMA, check_metadata=True)
    assert run.events.num_rows == sum(map(len, parts)) == len(run.events.to_pandas())
    assert run.events["reason"].to_pylist() == [text for part in parts for text in part["reason"].to_pylist()]
    for name in ("people", "catalog", "history"):
        assert getattr(run, name).equals(pq.read_table(folder / f"{name}.parquet"))
    kept = [pq.read_table(path) for path in sorted(folder.glob("memories/*.parquet"))]
    assert run.memories.equals(pa.concat_tables(kept).combine_chunks()) and len(run.memories)


def test_sql_sees_all_tables_and_takes_values(folder: Path) -> None:
    run = simulator.open(folder)
    user = run.people["user_id"][0].as_py()
    query = """select (select count(*) from events where user_id = $u),
               (select count(*) from memories where user_id = $u), (select count(*) from people),
               (select count(*) from catalog), (select count(*) from history)"""
    (row,) = run.sql(query, {"u": user}).to_pylist()
    assert list(row.values()) == [
        run.events["user_id"].to_pylist().count(user),
        run.memories["user_id"].to_pylist().count(user),
        *(len(table) for table in (run.people, run.catalog, run.history)),
    ]
    for wrong in ("selct 1", "select nothing from events", "select 'x'::int", ""):
        with pytest.raises(simulator.UserInputError, match="this SQL"):
            run.sql(wrong)


def test_a_run_shows_itself_shortly_and_safely(folder: Path, tmp_path: Path) -> None:
    run = simulator.open(a_copy(folder, tmp_path / "run", name="<script>alert(1)</script>"))
    shown = run._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert "<td>treatment</td>" in shown and len(repr(run)) < 300


def test_an_unfinished_run_is_read_as_far_as_it_goes(folder: Path, tmp_path: Path) -> None:
    path = a_copy(folder, tmp_path / "run", status="running")
    (path / "summary.json").unlink()
    next(path.glob("events/treatment.*")).unlink()
    run = simulator.open(path)
    assert run.summary is None and run.status == "running" and "1 of 2 parts" in run.not_there_yet[0]
    assert set(run.events["arm"].to_pylist()) == {"control"}


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(simulator.UserInputError, match="not a run folder"):
        simulator.open(tmp_path)


def test_a_run_inside_a_running_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def cell() -> Any:
        return simulator.run(TINY, overrides=["world.turns=3"], seed=5, users=11)

    run = asyncio.run(cell())
    assert run.folder.parent == Path("runs") and run.status == "finished"
    assert run.manifest["seeds"] == [5] and len(run.people) == 11
    assert max(run.events["turn"].to_pylist()) == 2 and run.summary["arms"]["plain"]
    assert TINY["population"] == {"size": 12}


@pytest.mark.parametrize(
    ("scenario", "options", "told"),
    [
        ({"arms": {"plain": "populer"}}, {"out": "new"}, "populer"),
        ("quikstart", {}, "Did you mean quickstart?"),
        (TINY, {"overrides": ["world.turns"]}, "overrides: world.turns: has no `=`"),
        (TINY, {"workers": 0}, "workers: 0 is too few"),
        (TINY, {"out": "full"}, "nothing is overwritten"),
    ],
)
def test_what_is_wrong_is_refused_and_leaves_nothing(
    scenario: Any, options: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(simulator.UserInputError, match=re.escape(told)):
        simulator.run(scenario, **options)
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine.txt"]


def test_a_run_that_fails_raises_its_message_and_what_there_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = a_copy(folder, tmp_path / "run", status="out of budget")
    ended = ab.Outcome(status=ab.OUT_OF_BUDGET, folder=stopped, summary=None, message="the budget is spent")
    monkeypatch.setattr(ab, "run", lambda *arguments, **options: ended)
    with pytest.raises(simulator.RunFailedError, match="the budget is spent") as failed:
        simulator.run(TINY, tmp_path / "out")
    assert failed.value.status == 3 and failed.value.run.status == "out of budget"


def test_the_examples_of_the_page_run_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 7
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert names["clicks"].column_names == ["arm", "title", "clicks"] and set(names["rates"]) == {
        "control",
        "treatment",
    }
    out = capsys.readouterr().out
    assert "runs/first" in out and "Did you mean quickstart?" in out
