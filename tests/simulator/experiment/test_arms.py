"""What recommenders get to see, and what becomes of a run when one of them fails."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from small_runs import rows_of, same_rows, small

from scenarios.loader import check as checked_scenario
from simulator.records import UserInputError
from simulator.studies import ab

Run = Callable[..., Path]

WITNESS = """
import json, os
from recommenders import Recommender, Slate

class Witness(Recommender):
    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()
        self.seen = {(str(log.user_ids[u]), str(catalog.item_ids[i])) for u, i in zip(log.user, log.item)}

    def recommend(self, requests, k):
        out = []
        for r in requests:
            page = [i for i in self.ids if i not in r.exclude][:k]
            out.append(Slate(page))
            if r.turn == 0 and r.user_id != "somebody new":
                self.seen |= {(r.user_id, i) for i in r.history}
        with open(os.environ["WITNESS"], "w") as file:
            json.dump(sorted(self.seen), file)
        return out
"""

BREAKS = """
from recommenders import Recommender, Slate

class Breaks(Recommender):
    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()

    def recommend(self, requests, k):
        if any(r.turn == 3 for r in requests):
            return [Slate(["no such item"]) for _ in requests]
        return [Slate([i for i in self.ids if i not in r.exclude][:k]) for r in requests]
"""


def test_recommenders_see_the_platforms_part_and_nothing_else(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "witness.py").write_text(WITNESS)
    monkeypatch.setenv("WITNESS", str(tmp_path / "seen.json"))
    folder = run(small(arms={"w": "witness.py:Witness"}))
    seen = {tuple(pair) for pair in json.loads((tmp_path / "seen.json").read_text())}
    history = pq.read_table(folder / "history.parquet").to_pandas()
    by_part = {part: set(map(tuple, rows[["user_id", "item_id"]].to_numpy())) for part, rows in history.groupby("part")}
    assert seen == by_part["P"]
    assert not seen & (by_part["M"] | by_part["V"])


def test_an_arm_that_breaks_the_contract_fails_alone_and_says_where(run: Run, tmp_path: Path) -> None:
    (tmp_path / "breaks.py").write_text(BREAKS)
    whole = rows_of(run(small(arms={"plain": "popular", "clever": "ease"}), "whole"))
    scenario = small(arms={"plain": "popular", "broken": "breaks.py:Breaks", "clever": "ease"})
    outcome = ab.run(checked_scenario(scenario, file="test", base_dir=tmp_path), tmp_path / "torn", command=["test"])
    assert outcome.status == ab.FAILED
    assert outcome.message is not None
    for told in ("arm broken", "breaks.py:Breaks", "turn 3", "user ", "no such item"):
        assert told in outcome.message
    assert same_rows(whole, rows_of(tmp_path / "torn"))
    manifest = json.loads((tmp_path / "torn" / "manifest.json").read_text())
    assert manifest["status"] == "failed" and "no such item" in manifest["failure"]


def test_a_mended_plug_in_resumes_to_what_it_would_have_been(run: Run, tmp_path: Path) -> None:
    (tmp_path / "breaks.py").write_text(BREAKS.replace("r.turn == 3", "False"))
    scenario = small(arms={"plain": "popular", "mended": "breaks.py:Breaks"})
    whole = rows_of(run(scenario, "whole"))
    (tmp_path / "breaks.py").write_text(BREAKS)
    outcome = ab.run(checked_scenario(scenario, file="test", base_dir=tmp_path), tmp_path / "torn", command=["test"])
    assert outcome.status == ab.FAILED
    (tmp_path / "breaks.py").write_text(BREAKS.replace("r.turn == 3", "False"))
    assert ab.resume(tmp_path / "torn").status == ab.DONE
    assert same_rows(whole, rows_of(tmp_path / "torn"))


PATIENT = """
import asyncio
import numpy as np
from simulator.minds.port import appraisal_of

class Patient:
    async def start(self, catalog, split):
        assert set(split.part.tolist()) == {0, 1}, "what is held out must not be seen"
        self.loop = asyncio.get_running_loop()

    async def appraise(self, scene):
        assert asyncio.get_running_loop() is self.loop
        await asyncio.sleep(0)
        return appraisal_of(np.full(scene.items.shape, -2.0, dtype=np.float32), scene)
"""


def test_a_mind_is_asked_in_the_loop_that_it_was_started_in_and_never_sees_what_is_held_out(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "patient.py").write_text(PATIENT)
    assert set(rows_of(run(small(mind="patient.py:Patient")))["mind"]) == {"Patient"}


def test_a_run_that_somebody_else_is_running_is_left_alone(run: Run) -> None:
    from simulator.experiment.folder import RunFolder

    folder = RunFolder(run(small()))
    folder.write_manifest(folder.read_manifest() | {"status": "running"})
    with folder.locked(), pytest.raises(UserInputError, match="another process"):
        ab.resume(folder.path)


def test_a_folder_that_holds_something_is_refused_and_left_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(UserInputError, match="nothing is overwritten"):
        run(small(), "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]
