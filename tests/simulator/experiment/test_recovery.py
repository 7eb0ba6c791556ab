"""What a crash, a damaged file or changed data does to a run: it goes on to the same rows, or says why it cannot."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_runs import rows_of, same_rows, small

from scenarios.loader import check as checked_scenario
from simulator.minds.stack import TasteStack
from simulator.records import UserInputError
from simulator.studies import ab
from simulator.world import World

Run = Callable[..., Path]

TALKER = """
import numpy as np
from simulator.minds.port import appraisal_of

class Talker:
    async def appraise(self, scene):
        answer = appraisal_of(np.full(scene.items.shape, -2.0, dtype=np.float32), scene)
        said = [None if scene.turn % 2 else np.str_(f"turn {scene.turn}, with 'quotes' and ü") for _ in scene.rows]
        answer.reason = np.array(said, dtype=object)
        return answer
"""


class Killed(BaseException):
    """Stands for a crash: nothing catches it."""


def killing(original: Callable[..., None], times: int) -> Callable[..., None]:
    """`original`, which dies at its call number `times`."""
    calls = 0

    def dying(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == times:
            raise Killed
        original(*arguments)

    return dying


def test_no_turn_of_a_mind_that_speaks_now_and_then_is_lost(run: Run, tmp_path: Path) -> None:
    (tmp_path / "talker.py").write_text(TALKER)
    rows = rows_of(run(small(mind="talker.py:Talker")))
    assert sorted(rows["turn"].unique()) == list(range(8))
    assert set(rows["mind"]) == {"Talker"}
    assert rows[rows["turn"] % 2 == 1]["reason"].isna().all()
    assert (rows[rows["turn"] == 2]["reason"] == "turn 2, with 'quotes' and ü").all()


def test_several_seeds_are_answered(run: Run) -> None:
    folder = run(small(seed=[1, 2, 3]))
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["seed"] == [1, 2, 3] and summary["comparisons"]
    assert sorted(rows_of(folder)["seed"].unique()) == [1, 2, 3]


def test_a_crash_while_models_are_saved_is_resumed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows_of(run(small(), "whole"))
    save = TasteStack.save

    def half_saved(self: TasteStack, folder: Path) -> None:
        save(self, folder)
        (folder / "stack.json").unlink()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(TasteStack, "save", half_saved)
        with pytest.raises(Killed):
            ab.run(checked_scenario(small(), file="t", base_dir=tmp_path), tmp_path / "torn", command=["test"])
    assert ab.resume(tmp_path / "torn").status == ab.DONE
    assert same_rows(whole, rows_of(tmp_path / "torn"))


def test_a_run_does_not_go_on_with_other_data_than_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"u{u},i{(u * 7 + 3 * n) % 23},1" for u in range(40) for n in range(8)]
    (tmp_path / "log.csv").write_text("\n".join(["user,item,click", *rows]))
    scenario = {
        "dataset": {
            "source": "table",
            "path": "log.csv",
            "columns": {"user": "user", "item": "item", "click": "click"},
        },
        "world": {"turns": 6, "slate_size": 3},
        "arms": {"a": "popular", "b": "random"},
        "evaluation": {"minds": "single"},
    }
    with monkeypatch.context() as patch:
        patch.setattr(World, "journal", killing(World.journal, 3))
        with pytest.raises(Killed):
            ab.run(checked_scenario(scenario, file="t", base_dir=tmp_path), tmp_path / "torn", command=["test"])
    (tmp_path / "log.csv").write_text("\n".join(["user,item,click", *reversed(rows[:-8])]))
    with pytest.raises(UserInputError, match="not what it was when the run began"):
        ab.resume(tmp_path / "torn")


def test_a_refused_run_leaves_its_place_free(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="no such file"):
        run(small(arms={"a": "missing.py:Missing"}), "here")
    assert not (tmp_path / "here").exists()
    run(small(), "here")


def test_a_finished_run_whose_part_or_summary_was_lost_makes_it_again(run: Run) -> None:
    folder = run(small())
    whole, summary = rows_of(folder), json.loads((folder / "summary.json").read_text())
    next(folder.glob("events/*.parquet")).unlink()
    (folder / "summary.json").write_text("{")
    assert ab.resume(folder).status == ab.DONE
    again = json.loads((folder / "summary.json").read_text())
    assert same_rows(whole, rows_of(folder))
    assert {**again, "performance": None} == {**summary, "performance": None}


def test_a_recommender_that_answers_otherwise_after_a_crash_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = """
from recommenders import Recommender, Slate

class Fickle(Recommender):
    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()
    def recommend(self, requests, k):
        return [Slate([i for i in self.ids if i not in r.exclude][:k]) for r in requests]
"""
    (tmp_path / "fickle.py").write_text(plugin)
    scenario = checked_scenario(small(arms={"f": "fickle.py:Fickle"}), file="t", base_dir=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(World, "journal", killing(World.journal, 4))
        with pytest.raises(Killed):
            ab.run(scenario, tmp_path / "torn", command=["test"])
    (tmp_path / "fickle.py").write_text(plugin.replace(".tolist()", ".tolist()[::-1]"))
    outcome = ab.resume(tmp_path / "torn")
    assert outcome.status == ab.FAILED
    assert outcome.message is not None and "other items than when the turn was lived" in outcome.message


def test_a_run_keeps_its_name_when_its_folder_is_moved_before_it_is_resumed(run: Run, tmp_path: Path) -> None:
    folder = run(small(population={"size": 20}, world={"turns": 2, "slate_size": 3}), "first name")
    part = next(iter(sorted(folder.glob("events/*.parquet"))))
    part.unlink()
    (folder / "summary.json").unlink()
    moved = folder.rename(tmp_path / "another name")
    assert ab.resume(moved).status == ab.DONE
    tables = [pq.read_table(path, columns=["run"]) for path in moved.glob("events/*.parquet")]
    names = {name for table in tables for name in table["run"].to_pylist()}
    assert names == {"first name"}
