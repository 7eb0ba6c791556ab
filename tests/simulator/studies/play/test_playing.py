"""A play is a run: what was done is what the journal holds, pages are those of the arm, and nothing that was done is
lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from read_runs import a_copy
from seated import Scripted, likes, played, scenario

import simulator
from simulator.behaviour.calibrated import Calibrated, Parting
from simulator.evaluation.compare import compare
from simulator.evaluation.overview import overview
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.timeline import life
from simulator.experiment.casting import fitted_host
from simulator.experiment.company import Company
from simulator.experiment.folder import RunFolder
from simulator.experiment.prepare import fit_minds, make_stage, read_data, read_laws
from simulator.journal.parts import PartKey
from simulator.listener import Silent
from simulator.population import copies
from simulator.records import UserInputError
from simulator.report.html import write_report
from simulator.state import PeopleState
from simulator.studies import ab
from simulator.studies.play import staging
from simulator.studies.play.labelled import export
from simulator.studies.play.playing import Played, resume
from simulator.studies.play.taste import Pick, with_history
from simulator.turn import LeaveReason, Page
from simulator.world import World


def opens(item: Any, turn: int, place: int) -> bool:
    return (turn + place) % 4 == 0


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, Scripted]:
    """Six pages in two visits; every second opened item is rated, and one page is not judged."""
    player = Scripted(
        opens,
        picks=likes("Drama"),
        rates=lambda item: 2 if len(item.title) % 2 else None,
        satisfied=lambda turn: None if turn == 1 else 2 + turn % 3,
        leaves={2: LeaveReason.BORED},
    )
    out = tmp_path_factory.mktemp("sat") / "r"
    return played(out, player, arm="clever", pages=6, sessions=2), player


def test_journal_rows_are_what_was_typed(sat: tuple[Played, Scripted]) -> None:
    run, player = sat
    rows = simulator.open(run.folder).events.to_pandas()
    mine = rows[rows["mind"] == "human"].sort_values(["turn", "position"]).reset_index(drop=True)
    assert len(mine) == len(player.typed) == 48
    for row, typed in zip(mine.to_dict("records"), player.typed, strict=True):
        for name in ("turn", "session", "page", "position", "item_id", "clicked"):
            assert row[name] == typed[name]
        for name in ("rating", "satisfaction"):
            assert row[name] == typed[name] if typed[name] is not None else np.isnan(row[name])
    assert set(mine["appraised_by"]) == {"human"} and set(mine["user_id"]) == {"ann"}
    assert mine.groupby("turn")["left"].first().tolist() == [False, False, True, False, False, False]
    assert mine.loc[mine["turn"] == 2, "leave_reason"].unique().tolist() == ["bored"]
    assert mine["noticed"].all() and mine["examined"].all()


def test_what_nobody_can_know_is_null(sat: tuple[Played, Scripted]) -> None:
    table = pq.read_table(next(sat[0].folder.glob("events/*.human.*.parquet")), partitioning=None)
    for name in ("want", "taste", "fatigue", "mood", "return_gap_s"):
        assert table[name].null_count == len(table), name
    liked, rating = table["liked"].to_pylist(), table["rating"].to_pylist()
    assert [one is None for one in liked] == [one is None for one in rating] and False in liked
    assert table["satisfaction"].null_count == 8  # the page that was not judged


def test_readers_of_runs_read_it(sat: tuple[Played, Scripted]) -> None:
    folder = sat[0].folder
    journal = Journal.open(folder)
    assert journal.finished and journal.gaps() == () and journal.arms == ("clever",)
    assert journal.minds == ("human", "statistical")
    assert len(life(journal, "ann")["pages"]) == 6
    assert life(journal, "ann", mind="statistical")["pages"]  # the double's own life
    found, run = overview(folder), simulator.open(folder)
    assert (found["people"], found["kind"], found["finished"]) == (1, "play", True)
    assert (run.kind, run.status) == ("play", "finished") and "a play, finished" in repr(run)


def test_what_a_play_cannot_answer_is_told_with_what_it_can(sat: tuple[Played, Scripted]) -> None:
    folder = sat[0].folder
    for ask in (write_report, lambda place: compare([place]), ab.resume):
        with pytest.raises(UserInputError, match=f"a human plays here.*understudy play --resume {folder}"):
            ask(folder)


def test_nothing_personal_is_kept(sat: tuple[Played, Scripted]) -> None:
    facts = json.loads((sat[0].folder / "manifest.json").read_text())["play"]
    assert set(facts) == {"user", "arm", "blind", "pages", "sessions", "as", "means"}
    names = {staging.pseudonym(None) for _ in range(50)}
    assert len(names) == 50 and all(name.startswith("you-") and len(name) == 12 for name in names)


class Copying(Calibrated):
    """A simulated person who opens what somebody else opened, and never leaves."""

    clicks: dict[int, list[int]]

    def _look(self, scene: Any, appraisal: Any, items: Any, boredom: Any, familiarity: Any) -> Any:
        clicked = np.zeros(items.shape, dtype=np.bool_)
        clicked[0, self.clicks[scene.turn]] = True
        return np.ones(items.shape, dtype=np.bool_), clicked

    def _part(self, scene: Any, appraisal: Any, hazard: Any, reason: Any) -> Parting:
        stays = np.zeros(1, dtype=np.int8)
        return Parting(left=np.zeros(1, dtype=np.bool_), reason=stays, action=stays)


class Kept:
    committed = ()

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def append(self, turn: int, page: Page) -> None:
        self.pages.append(page)


def test_pages_are_those_of_a_simulated_person_with_the_same_clicks(tmp_path: Path) -> None:
    player = Scripted(opens, picks=likes("Drama"))
    run = played(tmp_path / "r", player, arm="clever", pages=5)
    events = [json.loads(line) for line in (run.folder / "seat.jsonl").read_text().splitlines()]
    picks = [Pick(item_id=e["item"], level=e["level"]) for e in events if e["event"] == "taste"]

    plan = staging.seat_plan(scenario(), "clever")
    _, split = read_data(plan, Silent(), scenario().where, None)
    split = with_history(split, "ann", picks)
    person = copies(split, split.log.n_users - 1, np.array(["ann"]), seed=7)
    folder, laws = RunFolder(tmp_path / "other"), read_laws(plan, scenario().where)
    folder.models.mkdir(parents=True)
    fit_minds(plan, folder.models / "mind", split, Silent())
    host = fitted_host(plan, plan.arms[0], folder.models / "rec", split.catalog, split.platform)
    stage = make_stage(plan, folder, laws, split, person, {"clever": host}, run="r")
    key = PartKey(run="r", arm="clever", seed=7, mind="statistical", block=0)
    cast = Company(stage, {"clever": host}).cast("everyone", key, host)
    state = PeopleState(person, split.catalog, laws, 7)
    state.opens_at[:] = 0
    copying = Copying(laws, 7, person, split.catalog)
    copying.clicks = {t: [r["position"] for r in player.typed if r["turn"] == t and r["clicked"]] for t in range(5)}
    kept = Kept()
    world = World(replace(cast, state=state, behaviour=copying), kept, seed=7, slate_size=8, layout="list")
    for _ in range(5):
        world.step()
    theirs = [split.catalog.item_ids[page.items[0]].tolist() for page in kept.pages]
    assert theirs == [[row["item_id"] for row in player.typed if row["turn"] == turn] for turn in range(5)]


def test_a_play_stopped_in_the_middle_of_a_page_goes_on_with_nothing_lost(tmp_path: Path) -> None:
    def script(**more: Any) -> Scripted:
        return Scripted(opens, picks=likes("Drama"), **more)

    whole = played(tmp_path / "whole", script(), pages=5)
    with pytest.raises(KeyboardInterrupt):
        played(tmp_path / "cut", script(stops={2: KeyboardInterrupt()}), pages=5)
    with (tmp_path / "cut" / "seat.jsonl").open("a") as diary:
        for odd in ({"turn": 2}, {"event": "seen", "turn": 2, "places": 5}, {"event": "taste", "item": "i1"}, []):
            diary.write(json.dumps(odd) + "\n")  # somebody edited it
        diary.write('{"event": "rate", "tu')  # and the last line was cut short
    seen_again = script()
    cut = resume(tmp_path / "cut", seen_again)
    assert min(row["turn"] for row in seen_again.typed) == 2  # committed turns are not asked for again
    ignored = ["run", "dwell_s"]  # the folder's name, and measured seconds
    one, other = (simulator.open(run.folder).events.to_pandas().drop(columns=ignored) for run in (whole, cut))
    first = next(row for row in seen_again.typed if row["turn"] == 2 and row["clicked"])
    here = (other["mind"] == "human") & (other["turn"] == 2) & (other["position"] == first["position"])
    there = (one["mind"] == "human") & (one["turn"] == 2) & (one["position"] == first["position"])
    assert other.loc[here, "clicked"].all()  # opened before the stop, and still opened
    for frame, rows in ((one, there), (other, here)):  # its rating was not given when the play stopped
        frame.loc[rows, ["rating", "liked"]] = None
    assert one.equals(other)


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"play": []}, r"play\.user is not what it was. Cure: restore the file"),
        ({"play": {"user": "ann", "arm": "gone", "blind": True, "pages": 6, "sessions": 2, "as": None}}, r"play\.arm"),
        ({"play": {"user": "ann", "arm": "clever", "blind": True, "pages": "six", "sessions": 2}}, r"play\.pages"),
        ({"resumed": 5}, "resumed is no list"),
    ],
)
def test_a_manifest_that_is_not_what_it_was_is_told_by_its_field(
    sat: tuple[Played, Scripted], tmp_path: Path, spoilt: dict[str, Any], says: str
) -> None:
    run = a_copy(sat[0].folder, tmp_path / "r", status="running", data_dir=".", **spoilt)
    with pytest.raises(UserInputError, match=says):
        resume(run, Scripted(opens))


def test_an_answer_that_cannot_be_read_is_told(sat: tuple[Played, Scripted], tmp_path: Path) -> None:
    run = a_copy(sat[0].folder, tmp_path / "r", data_dir=".")
    (run / "double.json").write_text('{"clicks": ')
    with pytest.raises(UserInputError, match=r"double\.json: cannot be read"):
        resume(run, Scripted(opens))


def test_a_stop_while_titles_are_asked_keeps_the_picks_and_an_open_play_names_its_arm(tmp_path: Path) -> None:
    def stops_at_the_fourth(item: Any, seen: list[Any] = []) -> int:  # noqa: B006 - counts over one play
        seen.append(item)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return 5

    with pytest.raises(KeyboardInterrupt):
        played(tmp_path / "r", Scripted(opens, picks=stops_at_the_fourth), pages=1, blind=False)
    goes_on = Scripted(opens)
    run = resume(tmp_path / "r", goes_on)
    assert run.document["made_from"] == 3
    assert goes_on.told == ["The pages come from plain (popular)."]


def test_labelled_rows_go_out_and_come_back(sat: tuple[Played, Scripted], tmp_path: Path) -> None:
    import pandas as pd

    run, player = sat
    for ending in ("csv", "parquet"):
        assert export(run.labelled, tmp_path / f"rows.{ending}") == 48
    csv, parquet = pd.read_csv(tmp_path / "rows.csv"), pd.read_parquet(tmp_path / "rows.parquet")
    assert list(csv) == list(parquet)
    assert csv["clicked"].tolist() == parquet["clicked"].tolist() == [row["clicked"] for row in player.typed]
    assert csv["item"].tolist() == [row["item_id"] for row in player.typed]
    np.testing.assert_allclose(csv["double_chance"], parquet["double_chance"], rtol=1e-5)
    assert parquet["double_chance"].between(0, 1).all() and parquet["double_chance"].std() > 0
    assert pd.concat([csv, csv]).groupby("user").size().tolist() == [96]
    with pytest.raises(UserInputError, match="nothing is overwritten"):
        export(run.labelled, tmp_path / "rows.csv")
    with pytest.raises(UserInputError, match=r"neither \.csv nor \.parquet"):
        export(run.labelled, tmp_path / "rows.txt")


def test_a_history_can_be_taken_from_somebody_else(tmp_path: Path) -> None:
    never = Scripted(lambda item, turn, place: False, picks=lambda item: 1 / 0)  # titles are not asked
    of_the_log = played(tmp_path / "log", never, pages=1, person="p0001").document
    assert of_the_log["made_from"] > 5 and "history of p0001" in of_the_log["notes"][0]
    persona = played(tmp_path / "persona", never, pages=1, person="content-moderator").document
    assert persona["made_from"] > 0


def test_the_arm_is_by_lot_keyed() -> None:
    both = {staging.drawn_arm(scenario(), None, f"you-{n}") for n in range(30)}
    assert both == {"plain", "clever"}
    assert staging.drawn_arm(scenario(), None, "ann") == staging.drawn_arm(scenario(), None, "ann")


BROKEN = """
from recommenders import Recommender
class Broken(Recommender):
    def fit(self, catalog, log):
        raise RuntimeError("no model today.*What you did is kept.*play --resume")
    def recommend(self, requests, k):
        return []
"""


def test_what_cannot_be_played_is_refused_with_its_place(tmp_path: Path, sat: tuple[Played, Scripted]) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    arms = {"arms": {"bad": f"{tmp_path / 'broken.py'}:Broken", "plain": "popular"}}
    for nth, (more, said) in enumerate(
        (
            ({"arm": "nobody"}, "has no such arm"),
            ({"arm": "bad", "changes": arms}, "no model today.*What you did is kept.*play --resume"),
            ({"person": "nobody at all"}, "--as nobody at all"),
            ({"name": "p0001"}, "somebody in the data is called so"),
            ({"name": "\x1b[2J"}, "printable"),
            ({"pages": 0}, "at least one page"),
        )
    ):
        with pytest.raises(UserInputError, match=said):
            played(tmp_path / f"{nth}", Scripted(opens), **more)
    assert not (tmp_path / "0").exists() and not (tmp_path / "2").exists()
