"""Strangers meet the platform before the run: the same for all arms, known to every recommender, in no metric."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from llm_runs import only_what_is_tested
from small_runs import rows_of, same_rows, small

from personas.files import library
from recommenders.platform import PlatformView
from scenarios.loader import check as checked_scenario
from scenarios.loader import load_scenario
from simulator import datasets
from simulator.experiment import prepare, warmup
from simulator.experiment.checking import look_over
from simulator.listener import Silent
from simulator.randomness import keys_of
from simulator.records import UserInputError
from simulator.studies import ab
from simulator.studies.planning import plan_of
from simulator.world import World

Run = Callable[..., Path]

WITNESS = """
import json
from pathlib import Path
import numpy as np
from recommenders import Recommender, Slate

class Witness(Recommender):
    def __init__(self, out):
        self.out = Path(out)

    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()
        np.savez(self.out / "fit.npz", users=log.user_ids, user=log.user, item=catalog.item_ids[log.item],
                 clicked=log.clicked, time=log.time, rating=log.rating, dwell=log.dwell_s,
                 facts=np.array([len(v) for v in log.demographics.values()]))

    def recommend(self, requests, k):
        slates = []
        with (self.out / "asked.jsonl").open("a") as file:
            for r in requests:
                file.write(json.dumps([r.user_id, r.turn, list(r.history)]) + "\\n")
                slates.append(Slate([i for i in self.ids if i not in r.exclude][:k]))
        return slates
"""
LIBRARY = {"from": "personas"}


@pytest.fixture(autouse=True)
def quickly(learnt_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_what_is_tested(learnt_once, monkeypatch)


@pytest.fixture
def witness(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "witness.py").write_text(WITNESS)
    return {"recommender": "witness.py:Witness", "params": {"out": str(tmp_path)}}


@dataclass(frozen=True)
class Witnessed:
    """A run of the library, with what its recommender was fitted on and asked."""

    folder: Path
    fitted: dict[str, np.ndarray]
    asked: list[tuple[str, int, list[str]]]


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory: pytest.TempPathFactory, learnt_once: Path) -> Witnessed:
    place = tmp_path_factory.mktemp("witnessed")
    (place / "witness.py").write_text(WITNESS)
    arm = {"recommender": "witness.py:Witness", "params": {"out": str(place)}}
    with pytest.MonkeyPatch.context() as patch:  # undone before other tests run
        only_what_is_tested(learnt_once, patch)
        given = checked_scenario(scenario(arms={"w": arm, "b": "popular"}), file="test", base_dir=place)
        outcome = ab.run(given, place / "run", command=["test"])
    assert outcome.status == ab.DONE, outcome.message
    return Witnessed(outcome.folder, fitted_on(place), asked_of(place))


def scenario(**changes: Any) -> dict[str, Any]:
    world = {"turns": 4, "slate_size": 5}
    return small(**({"population": LIBRARY, "world": world, "arms": {"a": "random", "b": "popular"}} | changes))


def lived(folder: Path) -> pd.DataFrame:
    return pq.read_table(folder / "warmup.parquet").to_pandas()


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def fitted_on(place: Path) -> dict[str, np.ndarray]:
    return dict(np.load(place / "fit.npz"))


def asked_of(place: Path) -> list[tuple[str, int, list[str]]]:
    """Person, turn and known history of each request."""
    return [tuple(json.loads(line)) for line in (place / "asked.jsonl").read_text().splitlines()]


def test_what_strangers_did_is_part_of_what_every_arm_is_fitted_on(witnessed: Witnessed) -> None:
    shown, seen = lived(witnessed.folder), witnessed.fitted
    split = datasets.split(datasets.load("sample"))
    own = seen["user"] < split.log.n_users
    np.testing.assert_array_equal(seen["item"][own], split.catalog.item_ids[split.platform.item])
    np.testing.assert_array_equal(seen["user"][own], split.platform.user)
    assert seen["users"][split.log.n_users :].tolist() == [one.id for one in library()]
    assert set(seen["facts"].tolist()) == {len(seen["users"])}, "facts about people have a place for everybody"
    chosen = shown[shown["clicked"]]
    told = list(zip(seen["users"][seen["user"][~own]], seen["item"][~own], strict=True))
    assert told == list(zip(chosen["user_id"], chosen["item_id"], strict=True)) and len(told) > 50
    np.testing.assert_array_equal(seen["dwell"][~own], chosen["dwell_s"].astype(np.float32))
    np.testing.assert_array_equal(seen["rating"][~own], chosen["rating"].astype(np.float32))
    assert seen["clicked"].all(), "a log of choices stays one"
    if split.log.time.max() > 0:
        assert seen["time"][~own].min() > split.log.time.max()


def test_recommenders_know_what_somebody_chose_in_the_warm_up_and_never_show_it_again(witnessed: Witnessed) -> None:
    shown = lived(witnessed.folder)
    chosen = shown[shown["clicked"]].groupby("user_id")["item_id"].apply(list).to_dict()
    first = {user: history for user, _, history in reversed(witnessed.asked) if user in {one.id for one in library()}}
    assert len(first) > 15
    for user, history in first.items():
        assert history[: len(chosen.get(user, []))] == chosen.get(user, []), "oldest first"
    rows = rows_of(witnessed.folder)
    known = {(user, item) for user, items in chosen.items() for item in items}
    assert known and not known & set(zip(rows["user_id"], rows["item_id"], strict=True))


def test_it_is_declared_and_in_no_journal_and_no_metric(witnessed: Witnessed) -> None:
    folder = witnessed.folder
    shown, rows, said = lived(folder), rows_of(folder), manifest(folder)
    assert said["warmup"] == {
        "sessions": 5,
        "policy": "popular",
        "explore": {"kind": "epsilon_greedy", "epsilon": 0.3},
        "mind": "statistical",
        "impressions": len(shown),
        "choices": int(shown["clicked"].sum()),
    }
    assert said["strangers"] == len(library()) and said["people"] == "the personas of library"
    again = load_scenario(str(folder / "scenario.yaml"))
    assert again.world.warmup is not None and again.world.warmup.sessions == 5
    assert rows["session"].min() == 0 and sorted(rows["turn"].unique()) == list(range(4))
    assert len(rows) == sum(pq.read_metadata(path).num_rows for path in folder.glob("events/*.parquet"))
    summary = json.loads((folder / "summary.json").read_text())
    for arm in ("w", "b"):
        mine = rows[rows["arm"] == arm]
        rate = summary["arms"][arm]["click_rate"]
        assert rate["n_users"] == mine["user_id"].nunique()
        assert rate["mean"] == pytest.approx(mine.groupby("user_id")["clicked"].mean().mean()), "of the journal alone"


def test_a_platform_knows_nothing_of_strangers_and_all_of_the_others() -> None:
    split = datasets.split(datasets.load("sample"))
    ids, rows = np.array(["ann", "u", "bob"]), np.array([-1, 5, -1], dtype=np.int32)
    view = PlatformView.of(split.platform, rows, ids, keys_of(ids.tolist()))
    assert [len(view.history_of(row)) for row in (0, 2)] == [0, 0] and view.excluded_of(0) == frozenset()
    alone = PlatformView.of(split.platform, rows[1:2], ids[1:2], keys_of(["u"]))
    assert view.history_of(1) == alone.history_of(0) and len(view.history_of(1)) > 0
    assert np.diff(view.histories().indptr).tolist() == [0, len(view.history_of(1)), 0]
    nobody = PlatformView.of(split.platform, rows[:1], ids[:1], keys_of(["ann"]))
    assert nobody.histories().nnz == 0
    view.record(np.array([0], dtype=np.int32), np.array([[3]], dtype=np.int32), np.array([[True]]))
    assert view.history_of(0) == (str(split.catalog.item_ids[3]),)


def test_everybody_lives_the_sessions_that_were_asked_for_and_sees_some_of_it_by_lot(run: Run) -> None:
    policy = {"recommender": "popular", "sessions": 3, "explore": {"kind": "epsilon_greedy", "epsilon": 0.5}}
    shown = lived(run(scenario(world={"turns": 1, "slate_size": 5, "warmup": policy})))
    sessions = shown.groupby("user_id")["session"].max()
    assert len(sessions) == len(library()) and (sessions == 2).all()
    by_lot = shown[shown["position"] == 0]["propensity"] < 0.5
    assert 0.3 < by_lot.mean() < 0.7, "half of the first places are drawn"
    assert shown["propensity"].between(0, 1).all() and (shown["dwell_s"] > 0).equals(shown["clicked"])
    assert not shown.duplicated(["user_id", "session", "item_id"]).any()
    plain = lived(run(scenario(world={"turns": 1, "slate_size": 5, "warmup": {"explore": None}}), "plain"))
    first = plain[(plain["session"] == 0) & (plain["page"] == 0)]
    assert first.groupby("position")["item_id"].nunique().max() == 1, "the popular page is one for all newcomers"


def test_its_luck_is_its_own_and_traits_and_tastes_are_those_of_the_run(run: Run) -> None:
    one = lived(run(scenario(seed=7), "one"))
    pd.testing.assert_frame_equal(one, lived(run(scenario(seed=7), "again")))
    rows = rows_of(run(scenario(world={"turns": 30, "slate_size": 5, "warmup": {"explore": None}},
                                arms={"p": "popular"}), "long"))  # fmt: skip
    warm = lived(run(scenario(world={"turns": 1, "slate_size": 5, "warmup": {"explore": None}}), "warm"))
    clicked = [frame[frame["session"] == 0].groupby("user_id")["clicked"].sum() for frame in (rows, warm)]
    both = clicked[0].index.intersection(clicked[1].index)
    assert (clicked[0][both] != clicked[1][both]).any()


def test_strangers_without_a_warm_up_are_nobody_to_the_platform(run: Run, tmp_path: Path, witness: Any) -> None:
    world = {"turns": 3, "slate_size": 5, "warmup": None}
    folder = run(scenario(arms={"w": witness, "p": "popular"}, world=world))
    assert not (folder / "warmup.parquet").exists() and manifest(folder)["warmup"] is None
    assert len(fitted_on(tmp_path)["users"]) == datasets.load("sample").log.n_users
    first: dict[str, list[str]] = {}
    for user, _, history in asked_of(tmp_path):
        first.setdefault(user, history)
    assert all(not first[one.id] for one in library() if one.id in first)


def test_people_of_the_log_have_a_history_there_and_live_none(run: Run) -> None:
    folder = run(small(population={"size": 30}, world={"turns": 2, "slate_size": 3}))
    assert not (folder / "warmup.parquet").exists() and manifest(folder)["warmup"] is None
    assert manifest(folder)["strangers"] == 0 and manifest(folder)["personas"] is None


def test_a_log_that_says_what_was_passed_over_is_told_that_too(run: Run, tmp_path: Path, witness: Any) -> None:
    luck = np.random.default_rng(1)
    rows = [f"u{u},i{i},{int(luck.random() < 0.4)}" for u in range(60) for i in luck.permutation(30)[:12]]
    (tmp_path / "log.csv").write_text("\n".join(["user,item,click", *rows]))
    columns = {"user": "user", "item": "item", "click": "click"}
    folder = run(
        scenario(
            dataset={"source": "table", "path": "log.csv", "columns": columns},
            arms={"w": witness, "p": "popular"},
        )
    )
    seen, shown = fitted_on(tmp_path), lived(folder)
    own = seen["user"] < 60
    told = list(zip(seen["users"][seen["user"][~own]], seen["item"][~own], seen["clicked"][~own], strict=True))
    assert told == list(zip(shown["user_id"], shown["item_id"], shown["clicked"], strict=True))
    assert not shown["clicked"].all()


def test_who_changes_later_is_in_the_warm_up_who_they_are_on_the_first_day(run: Run, tmp_path: Path) -> None:
    still = {"id": "ann", "behaviour": {"activity": 0.3, "patience": 0.9}}
    change = {
        "changes": [{"from_day": 1, "behaviour": {"patience": 0.01}, "tastes": {"genres": {"liked": ["Horror"]}}}]
    }
    seen = []
    for name, more in (("still", {}), ("moved", change)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(still | more))
        shown = lived(run(scenario(population={"from": "personas", "personas": f"{name}.jsonl", "size": 8}), name))
        assert shown["sim_time"].max() > 86_400, "the warm-up is longer than a day"
        seen.append(shown)
    pd.testing.assert_frame_equal(*seen)


def test_it_does_not_depend_on_the_blocks_in_which_it_is_lived(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = lived(run(scenario(), "whole"))
    monkeypatch.setattr(warmup, "BLOCK", 5)
    cut = lived(run(scenario(), "cut"))
    key = ["user_id", "sim_time", "position"]
    pd.testing.assert_frame_equal(
        whole.sort_values(key).reset_index(drop=True), cut.sort_values(key).reset_index(drop=True)
    )


class Killed(BaseException):
    """Stands for a crash: nothing catches it."""


def test_a_run_that_dies_in_its_warm_up_is_resumed_to_the_same_rows(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(scenario(), "whole")
    for nth, at in enumerate((1, 4)):
        torn = tmp_path / f"torn {nth}"
        journal, calls = World.journal, 0

        def dying(self: World, page: Any, at: int = at, journal: Any = journal) -> None:
            nonlocal calls
            calls += 1
            if calls == at:
                raise Killed
            journal(self, page)

        with monkeypatch.context() as patch:
            patch.setattr(World, "journal", dying)
            with pytest.raises(Killed):
                ab.run(checked_scenario(scenario(), file="t", base_dir=tmp_path), torn, command=["test"])
        assert not (torn / "warmup.parquet").exists(), "half a warm-up is none"
        assert ab.resume(torn).status == ab.DONE
        assert same_rows(rows_of(whole), rows_of(torn))
        pd.testing.assert_frame_equal(lived(whole), lived(torn))


def test_a_run_does_not_go_on_with_other_personas_than_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was killed between the warm-up and the first turn, or later."""
    people = [{"id": "ann", "behaviour": {"patience": 0.2}}, {"id": "bob"}]
    given = scenario(population={"from": "personas", "personas": "people.jsonl", "size": 6})
    fit, journal = prepare.fit_recommenders, World.journal

    def before_the_first_turn(*arguments: Any, **options: Any) -> Any:
        raise Killed

    def at_the_first_turn(self: World, page: Any) -> None:
        if any(tmp_path.glob("*/warmup.parquet")):
            raise Killed
        journal(self, page)

    for place, name, die in (
        (prepare, "fit_recommenders", before_the_first_turn),
        (World, "journal", at_the_first_turn),
    ):
        (tmp_path / "people.jsonl").write_text("\n".join(map(json.dumps, people)))
        torn = tmp_path / name
        with monkeypatch.context() as patch:
            patch.setattr(place, name, die)
            with pytest.raises(Killed):
                ab.run(checked_scenario(given, file="t", base_dir=tmp_path), torn, command=["test"])
        assert (torn / "warmup.parquet").exists()
        other = [people[0] | {"behaviour": {"patience": 0.3}}, people[1]]
        (tmp_path / "people.jsonl").write_text("\n".join(map(json.dumps, other)))
        with pytest.raises(UserInputError, match="personas are not what they were"):
            ab.resume(torn)
        (tmp_path / "people.jsonl").write_text("\n".join(map(json.dumps, people)))
        assert ab.resume(torn).status == ab.DONE
        shutil.rmtree(torn)
    assert prepare.fit_recommenders is fit


@pytest.mark.parametrize(
    ("policy", "what"),
    [
        ({"recommender": "missing.py:Missing"}, "no such file"),
        ({"recommender": "popular", "params": {"factors": 3}}, "factors"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_run_and_by_check_with_its_place(
    run: Run, tmp_path: Path, policy: dict[str, Any], what: str
) -> None:
    given = scenario(world={"turns": 1, "slate_size": 5, "warmup": policy})
    with pytest.raises(UserInputError, match=what) as refused:
        run(given)
    assert "world.warmup" in str(refused.value)
    checked = checked_scenario(given, file="test", base_dir=tmp_path)
    with pytest.raises(UserInputError, match=what) as refused:
        look_over(plan_of(checked), checked.where, None, Silent(), tmp_path / "scratch")
    assert "world.warmup" in str(refused.value)


def test_the_logs_people_do_not_notice_personas_beside_them(run: Run) -> None:
    """An arm that is fitted on nothing treats the people of the log as ever, with a warm-up and without. Arms that are
    fitted do so without a warm-up; with one they have seen the strangers' choices, so that what they recommend to
    anybody may differ: that is what it is for."""
    arms = {"r": "random", "e": "ease", "p": "popular"}
    world = {"turns": 4, "slate_size": 5}
    alone = rows_of(run(small(population={"size": 60}, world=world, arms=arms), "alone"))
    mixed = {"size": 60, "personas": "library"}
    cold = rows_of(run(small(population=mixed, world=world | {"warmup": None}, arms=arms), "cold"))
    warm = rows_of(run(small(population=mixed, world=world, arms=arms), "warm"))
    ours = [rows[rows["user_id"].isin(set(alone["user_id"]))].reset_index(drop=True) for rows in (cold, warm)]
    assert len(cold) > len(ours[0]) and same_rows(alone, ours[0])
    by_lot = [rows[rows["arm"] == "r"].reset_index(drop=True) for rows in (alone, ours[1])]
    assert same_rows(*by_lot)
    assert not same_rows(alone, ours[1]), "the fitted arms have learnt something"
