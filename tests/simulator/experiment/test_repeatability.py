"""The same scenario and seed give the same rows: for any workers, any block size, any company, and after any crash."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from small_runs import rows_of, same_rows, small

from simulator.studies import ab

Run = Callable[..., Path]

LEARNER = """
from collections import Counter
from recommenders import Recommender, Slate

class Learner(Recommender):
    learns = True

    def fit(self, catalog, log):
        self.counts = Counter()
        self.ids = catalog.item_ids.tolist()

    def recommend(self, requests, k):
        best = sorted(self.ids, key=lambda i: (-self.counts[i], i))
        out = []
        for r in requests:
            first = self.ids[int(r.rng().integers(len(self.ids)))]
            page = [i for i in [first, *(b for b in best if b != first)] if i not in r.exclude]
            out.append(Slate(page[:k]))
        return out

    def observe(self, feedback):
        for item, clicked in zip(feedback.item_id.tolist(), feedback.clicked.tolist(), strict=True):
            self.counts[item] += 3 * clicked - 1
"""


@pytest.fixture
def blocks_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many people make a block."""
    original = ab.plan_of
    return lambda size: monkeypatch.setattr(ab, "plan_of", lambda scenario: replace(original(scenario), block=size))


def test_same_seed_same_rows_and_another_seed_other_rows(run: Run) -> None:
    once, again, other = run(small(seed=3), "a"), run(small(seed=3), "b"), run(small(seed=4), "c")
    assert same_rows(rows_of(once), rows_of(again))
    assert not same_rows(rows_of(once), rows_of(other))


@pytest.mark.parametrize("size", [7, 64])
def test_the_size_of_blocks_changes_no_row(run: Run, blocks_of: Callable[[int], None], size: int) -> None:
    scenario = small(
        arms={"e": "ease", "a": {"recommender": "als", "params": {"factors": 8}}, "k": "item-knn", "r": "random"}
    )
    whole = rows_of(run(scenario, "whole"))
    blocks_of(size)
    assert same_rows(whole, rows_of(run(scenario, "cut")))


def test_two_workers_write_what_one_process_writes(run: Run, blocks_of: Callable[[int], None]) -> None:
    blocks_of(64)
    scenario = small(evaluation={"minds": "ensemble", "ensemble_size": 50, "refits": 1})
    assert same_rows(rows_of(run(scenario, "one")), rows_of(run(scenario, "two", workers=2)))


def test_another_arm_changes_nothing_in_the_others(run: Run) -> None:
    two = rows_of(run(small(), "two"))
    three = rows_of(run(small(arms={"plain": "popular", "third": "random", "clever": "ease"}), "three"))
    assert same_rows(two, three[three["arm"] != "third"].reset_index(drop=True))


def test_with_fixed_recommenders_nobody_notices_who_else_is_there(run: Run) -> None:
    many = rows_of(run(small(), "many"))
    few = rows_of(run(small(population={"size": 60}), "few"))
    kept = many[many["user_id"].isin(set(few["user_id"]))].reset_index(drop=True)
    assert few["user_id"].nunique() > 40
    assert same_rows(few, kept)


def test_clones_have_luck_of_their_own_and_leave_their_originals_alone(run: Run) -> None:
    usual = rows_of(run(small(population={"size": 1000}), "usual"))
    more = rows_of(run(small(population={"size": 1100}), "more"))
    clones = more["user_id"].str.contains("~")
    assert same_rows(usual, more[~clones].reset_index(drop=True))
    cloned = more[clones]["user_id"].str.split("~").str[0].unique()
    originals = usual[usual["user_id"].isin(cloned)]
    assert clones.any() and not same_rows(originals.reset_index(drop=True), more[clones].reset_index(drop=True))


def test_nothing_of_a_persons_platform_history_is_recommended_back(run: Run) -> None:
    folder = run(small(arms={"e": "ease", "p": "popular", "r": "random"}))
    rows = rows_of(folder)
    history = pq.read_table(folder / "history.parquet").to_pandas()
    known = set(map(tuple, history[history["part"] == "P"][["user_id", "item_id"]].to_numpy()))
    shown = set(map(tuple, rows[["user_id", "item_id"]].to_numpy()))
    assert known and not known & shown


def test_nothing_is_shown_twice_in_a_session_nor_after_it_was_clicked(run: Run) -> None:
    rows = rows_of(run(small(world={"turns": 15, "slate_size": 5})))
    assert not rows.duplicated(["arm", "user_id", "session", "item_id"]).any()
    clicked = rows[rows["clicked"]].groupby(["arm", "user_id", "item_id"])["turn"].min()
    seen = rows.join(clicked.rename("clicked_at"), on=["arm", "user_id", "item_id"])
    assert (seen["turn"] <= seen["clicked_at"].fillna(10**6)).all()


def test_a_plug_in_that_learns_repeats_for_any_blocks_and_workers(
    run: Run, blocks_of: Callable[[int], None], tmp_path: Path
) -> None:
    (tmp_path / "learner.py").write_text(LEARNER)
    scenario = small(
        arms={
            "plain": "popular",
            "learner": "learner.py:Learner",
            "own": {"recommender": "popular", "params": {"learn": True}},
            "thompson": "thompson",
        }
    )
    whole = rows_of(run(scenario, "whole"))
    blocks_of(40)
    assert same_rows(whole, rows_of(run(scenario, "blocks")))
    assert same_rows(whole, rows_of(run(scenario, "workers", workers=2)))


class Killed(BaseException):
    """Stands for a crash: nothing catches it."""


@pytest.mark.parametrize("kind", ["fixed", "learning"])
def test_a_run_that_is_cut_at_any_turn_resumes_to_the_same_rows(
    run: Run, monkeypatch: pytest.MonkeyPatch, blocks_of: Callable[[int], None], tmp_path: Path, kind: str
) -> None:
    from scenarios.loader import check
    from simulator.world import World

    blocks_of(64)
    (tmp_path / "learner.py").write_text(LEARNER)
    arms: dict[str, Any] = {"clever": "ease", "als": {"recommender": "als", "params": {"factors": 8}}}
    if kind == "learning":
        arms = {"learner": "learner.py:Learner", "bandit": "linucb", "own": "thompson"}
    scenario = small(arms=arms)
    whole = rows_of(run(scenario, "whole"))
    lived = 0
    journal = World.journal

    def dying(self: World, page: Any) -> None:
        nonlocal lived
        lived += 1
        if lived % 11 == 0:
            raise Killed
        journal(self, page)

    monkeypatch.setattr(World, "journal", dying)
    folder, deaths = tmp_path / "cut", 0
    with pytest.raises(Killed):
        ab.run(check(scenario, file="test", base_dir=tmp_path), folder, command=["test"])
    while True:
        deaths += 1
        try:
            outcome = ab.resume(folder, workers=1)
            break
        except Killed:
            continue
    assert outcome.status == ab.DONE and deaths > 3
    assert same_rows(whole, rows_of(folder))


def test_resuming_a_finished_run_says_so_and_changes_nothing(run: Run) -> None:
    folder = run(small())
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    outcome = ab.resume(folder)
    assert outcome.status == ab.DONE and outcome.message is not None and "finished" in outcome.message
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
