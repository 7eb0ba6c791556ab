"""What a viewer shows of a run, against the journal's own rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_run import RARE, SAID, MadeRun, make_run
from read_runs import a_copy, talking_run

import simulator
import simulator.evaluation.reading.search as searching
from simulator.evaluation.reading.glance import glance
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.page import page
from simulator.evaluation.reading.people import all_people, people
from simulator.evaluation.reading.rows import Conditions, all_rows, rows
from simulator.evaluation.reading.search import search
from simulator.evaluation.reading.side_by_side import side_by_side
from simulator.evaluation.reading.timeline import life
from simulator.records import UserInputError

ARMS = ("control", "treatment")


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_run(tmp_path_factory)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("views") / "made", MadeRun(people=50, block=20, words=True, seeds=(7, 8)))


@pytest.fixture(scope="module")
def frame(made: Path) -> pd.DataFrame:
    rows_of_made: pd.DataFrame = simulator.open(made).events.to_pandas()
    return rows_of_made.astype(dict.fromkeys(("arm", "user_id", "item_id", "mind"), object))


def slates(some: pd.DataFrame) -> pd.Series:
    return some.groupby(["seed", "turn"])["item_id"].apply(list)


def test_figures_of_people_are_sums_over_their_pages(made: Path, frame: pd.DataFrame) -> None:
    found = people(Journal.open(made), limit=100)
    assert found["total"] == 50 == len(found["people"]) and found["arms"] == list(ARMS)
    for one in found["people"][::7]:
        mine = frame[frame["user_id"] == one["user_id"]]
        by_arm = {}
        for arm in ARMS:
            some = mine[mine["arm"] == arm]
            pages = some.drop_duplicates(["seed", "turn"])
            told = one["arms"][arm]
            assert (told["pages"], told["visits"]) == (len(pages), (pages["page"] == 0).sum())
            assert (told["shown"], told["clicks"], told["left"]) == (
                len(some),
                some["clicked"].sum(),
                pages["left"].sum(),
            )
            assert told["ratings"] == some["rating"].notna().sum()
            assert told["satisfaction"] == pytest.approx(pages["satisfaction"].mean(), rel=1e-5)
            by_arm[arm] = slates(some)
        both = pd.concat(by_arm, axis=1)
        apart = both[both["control"].astype(str) != both["treatment"].astype(str)]
        assert one["arms"]["treatment"]["apart"] == len(apart)
        assert one["divergence"] == pytest.approx(len(apart) / len(both))
        first = None if apart.empty else min(apart.index.get_level_values("turn"))
        assert one["arms"]["treatment"]["first_apart"] == first


@pytest.mark.parametrize("sort", ["clicks", "pages", "left", "satisfaction", "gain", "divergence", "user_id", "name"])
@pytest.mark.parametrize("descending", [False, True])
def test_people_come_in_the_order_asked_for_page_after_page(made: Path, sort: str, descending: bool) -> None:
    journal = Journal.open(made)
    key: Callable[[dict[str, Any]], Any] = {
        "divergence": lambda one: one["divergence"],
        "gain": lambda one: one["arms"]["treatment"]["clicks"] - one["arms"]["control"]["clicks"],
        "user_id": lambda one: one["user_id"],
        "name": lambda one: one["user_id"],
        "satisfaction": lambda one: one["arms"]["treatment"]["satisfaction"],
    }.get(sort, lambda one: one["arms"]["treatment"][sort])
    choice: dict[str, Any] = {"sort": sort, "descending": descending, "arm": "treatment"}
    whole = people(journal, limit=100, **choice)["people"]
    assert all(one["gain"] == one["arms"]["treatment"]["clicks"] - one["arms"]["control"]["clicks"] for one in whole)
    values = [key(one) for one in whole]
    assert values == sorted(values, reverse=descending) and len(set(map(str, values))) > 1
    pieces = [one for at in range(0, 50, 20) for one in people(journal, limit=20, offset=at, **choice)["people"]]
    assert pieces == whole == list(all_people(journal, batch=20, **choice))


@pytest.mark.parametrize("sort", ["clicks", "gain"])
def test_who_lived_nothing_stands_among_those_with_nothing(tmp_path: Path, sort: str) -> None:
    run = make_run(tmp_path / "run", MadeRun(people=40, turns=1, open_share=0.5))
    some = people(Journal.open(run), sort=sort)["people"]
    values = [one["gain"] if sort == "gain" else sum(arm["clicks"] for arm in one["arms"].values()) for one in some]
    assert values == sorted(values)
    assert any(one["arms"]["control"]["pages"] == 0 for one in some[:20])


def test_people_are_found_by_id_and_by_the_name_of_their_persona(talking: Path, tmp_path: Path) -> None:
    run = a_copy(talking, tmp_path / "run")
    path = run / "people.parquet"
    table = pq.read_table(path)
    crowd = tmp_path / "crowd.jsonl"
    crowd.write_text(json.dumps({"id": "walker", "identity": {"name": "Ada Läufer"}}) + "\n", encoding="utf-8")
    scenario = run / "scenario.yaml"
    scenario.write_text(scenario.read_text().replace("personas: null", f"personas: {crowd}"))
    mine = ["walker"] + [None] * (len(table) - 1)
    table = table.drop_columns(["persona_id"]) if "persona_id" in table.column_names else table
    pq.write_table(table.append_column("persona_id", [mine]), path)
    (found,) = people(Journal.open(run), text="LÄUFER")["people"]
    assert (found["user_id"], found["name"], found["persona_id"]) == (
        table["user_id"][0].as_py(),
        "Ada Läufer",
        "walker",
    )
    assert people(Journal.open(run), text=found["user_id"])["total"] >= 1
    assert people(Journal.open(run), text="% no such _")["total"] == 0


def test_an_unknown_order_names_the_nearest(made: Path) -> None:
    with pytest.raises(UserInputError, match="Did you mean clicks"):
        people(Journal.open(made), sort="click")


def test_a_page_is_the_persons_rows_with_everything_around_them(talking: Path) -> None:
    journal = Journal.open(talking)
    events = simulator.open(talking).events.to_pandas()
    records = simulator.open(talking).memories.to_pandas()
    used = records[(records["op"] == "use") & (records["arm"] == "control")].iloc[-1]
    user, turn = used["user_id"], int(used["turn"])
    mine = events[(events["user_id"] == user) & (events["arm"] == "control")]
    here = mine[mine["turn"] == turn].sort_values("position")
    found = page(journal, user, turn, arm="control")
    shown = found["page"]
    assert found["layout"] == "list" and [item["item_id"] for item in shown["items"]] == list(here["item_id"])
    for name in ("noticed", "examined", "clicked"):
        assert [item[name] for item in shown["items"]] == list(here[name])
    assert [item["want"] for item in shown["items"]] == pytest.approx(list(here["want"]), rel=1e-5)
    catalog = {row["item_id"]: row for row in pq.read_table(talking / "catalog.parquet").to_pylist()}
    for item in shown["items"]:
        known = catalog[item["item_id"]]
        assert {name: item[name] for name in known} == known and known["year"] and known["headline"]
    earlier = mine[mine["turn"] < turn].sort_values("turn").iloc[-1]
    assert shown["previous_turn"] == shown["before"]["turn"] == earlier["turn"]
    assert shown["before"]["fatigue"] == pytest.approx(earlier["fatigue"], rel=1e-5)
    assert shown["after"]["satisfaction"] == pytest.approx(here["satisfaction"].iloc[0], rel=1e-5)
    assert [one["id"] for one in shown["memories"]["recalled"]] == list(used["evidence"])
    before = records[(records["user_id"] == user) & (records["arm"] == "control") & (records["turn"] < turn)]
    written = before[before["op"] == "write"].set_index("id")["text"]
    for memory in shown["memories"]["recalled"]:
        assert memory["turn"] < turn
        if memory["kind"] == "episode":
            assert memory["text"] == written[memory["id"]]
    now = records[(records["user_id"] == user) & (records["arm"] == "control") & (records["turn"] == turn)]
    for op, name in (("write", "written"), ("revise", "revised"), ("forget", "forgotten")):
        assert len(shown["memories"][name]) == (now["op"] == op).sum()
    assert shown["memories"]["reflected"] == (now["op"] == "reflect").any()
    assert page(journal, user, 999, arm="control")["page"] is None


def test_a_page_comes_with_what_the_model_was_asked_and_answered(talking: Path) -> None:
    journal = Journal.open(talking)
    lived = next(one for one in people(journal)["people"] if one["arms"]["treatment"]["pages"])
    turn = life(journal, lived["user_id"], arm="treatment")["pages"][0]["turn"]
    shown = page(journal, lived["user_id"], turn, arm="treatment")["page"]
    asked = next(call for call in shown["calls"] if call["kind"] == "page")
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    titles = [item["title"] for item in shown["items"] if item["noticed"]]
    assert titles and all(title in asked["messages"][1]["content"] for title in titles)
    assert isinstance(json.loads(asked["answer"]), dict) and asked["failure"] is None
    assert shown["cost"]["calls"] == len(shown["calls"]) >= 1 and shown["cost"]["usd"] is not None
    run = simulator.open(talking)
    mine = [call for call in run.calls(user=lived["user_id"], turn=turn, arm="treatment") if call["kind"] == "page"]
    assert mine == [{name: asked[name] for name in asked if name != "shared"}]
    assert {call["kind"] for call in run.calls(limit=100)} >= {"page"} and len(run.calls(limit=3)) == 3


def test_a_damaged_transcript_is_one_message_and_a_run_without_any_has_no_calls(talking: Path, tmp_path: Path) -> None:
    run = a_copy(talking, tmp_path / "run")
    user = people(Journal.open(run), sort="pages", descending=True)["people"][0]["user_id"]
    turn = life(Journal.open(run), user)["pages"][0]["turn"]
    path = run / "llm" / "transcripts.sqlite"
    path.write_bytes(b"nothing of the kind" * 1000)
    with pytest.raises(UserInputError, match=r"transcripts\.sqlite: cannot be read .* delete it"):
        simulator.open(run).calls()
    shown = page(Journal.open(run), user, turn)["page"]
    assert shown["items"] and shown["calls"] is None and shown["cost"]["calls"] is None
    assert "transcripts.sqlite: cannot be read" in shown["calls_lost"]
    path.unlink()
    shown = page(Journal.open(run), user, turn)["page"]
    assert shown["calls"] is shown["calls_lost"] is None and simulator.open(run).calls() == []


def test_two_arms_stand_side_by_side_at_the_turn_where_they_part(made: Path, frame: pd.DataFrame) -> None:
    journal = Journal.open(made)
    some = [one for one in people(journal, seed=7, limit=50)["people"] if one["arms"]["treatment"]["apart"]]
    for one in some[:4]:
        user, first = one["user_id"], one["arms"]["treatment"]["first_apart"]
        found = side_by_side(journal, user, {"arm": "control", "seed": 7}, {"arm": "treatment", "seed": 7})
        assert found["shown_apart"] == first
        mine = frame[(frame["user_id"] == user) & (frame["seed"] == 7)]
        assert [row["turn"] for row in found["turns"]] == sorted(set(mine["turn"]))
        for row in found["turns"]:
            pages = [mine[(mine["arm"] == arm) & (mine["turn"] == row["turn"])] for arm in ARMS]
            assert row["same_items"] == (list(pages[0]["item_id"]) == list(pages[1]["item_id"]))
            clicks = [list(part["clicked"]) for part in pages]
            assert row["same_behaviour"] is False or clicks[0] == clicks[1]
        assert found["turn"] == min(at for at in (found["shown_apart"], found["done_apart"]) if at is not None)
        pages_there = [part["turn"] for part in found["pages"]]
        assert pages_there == [found["turn"]] * 2
    seeds = side_by_side(journal, some[0]["user_id"], {"seed": 7}, {"seed": 8}, turn=0)
    assert (seeds["one"]["seed"], seeds["other"]["seed"], seeds["turn"]) == (7, 8, 0)
    with pytest.raises(UserInputError, match="Name two worlds"):
        side_by_side(journal, some[0]["user_id"], {}, {"arm": "control"})


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({}, lambda f: f["seed"] > 0),
        ({"arm": "treatment", "seed": 8}, lambda f: (f["arm"] == "treatment") & (f["seed"] == 8)),
        ({"user": "u000021"}, lambda f: f["user_id"] == "u000021"),
        ({"item": "i00007", "clicked": False}, lambda f: (f["item_id"] == "i00007") & ~f["clicked"]),
        ({"first_turn": 2, "last_turn": 3, "clicked": True}, lambda f: f["turn"].between(2, 3) & f["clicked"]),
        ({"rated": True, "left": False}, lambda f: f["rating"].notna() & ~f["left"]),
        ({"failed": True}, lambda f: f["seed"] < 0),
        ({"failed": False, "appraised_by": "llm", "left": True}, lambda f: f["left"]),
        ({"text": SAID.upper()}, lambda f: f["reason"].str.contains(SAID)),
    ],
)
def test_rows_meet_the_conditions_and_are_counted(
    made: Path, frame: pd.DataFrame, conditions: dict[str, Any], holds: Callable[[pd.DataFrame], Any]
) -> None:
    journal = Journal.open(made)
    expected = [(r.arm, r.seed, r.user_id, r.turn, r.position) for r in frame[holds(frame)].itertuples()]
    chosen = Conditions(**conditions)
    found = [
        (row["arm"], row["seed"], row["user_id"], row["turn"], row["position"]) for row in all_rows(journal, chosen)
    ]
    assert found == expected
    half = len(expected) // 2
    some = rows(journal, chosen, limit=7, offset=half)
    assert some["total"] == len(expected)
    assert [(r["arm"], r["seed"], r["user_id"], r["turn"], r["position"]) for r in some["rows"]] == expected[
        half : half + 7
    ]
    assert rows(journal, chosen, limit=7, offset=len(expected))["rows"] == []


def test_a_text_finds_the_rows_of_the_items_that_it_names(made: Path) -> None:
    journal = Journal.open(made)
    found = rows(journal, Conditions(text=RARE), limit=3)
    assert (
        found["total"]
        == rows(journal, Conditions(item="i00000"))["total"] + rows(journal, Conditions(item="i00100"))["total"]
    )
    assert all(RARE in row["title"] for row in found["rows"])
    assert rows(journal, Conditions(text="' or 1=1 --"))["total"] == 0


@pytest.mark.parametrize(
    ("conditions", "told"),
    [({"appraised_by": "lm"}, "Did you mean llm"), ({"text": "x" * 500}, "too long"), ({"user": "\ud800"}, "UTF-8")],
)
def test_conditions_that_cannot_be_are_refused(conditions: dict[str, Any], told: str) -> None:
    with pytest.raises(UserInputError, match=told):
        Conditions(**conditions)


def test_search_goes_on_from_any_hit_counts_so_far_and_looks_only_where_asked(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(made)
    whole = search(journal, "kept me", limit=1000)["words"]
    assert len(whole) > 50
    assert search(journal, "kept me", limit=20, offset=30)["words"] == whole[30:50]
    monkeypatch.setattr(searching, "MOST", 30)
    some = search(journal, "kept me", limit=20, offset=30)
    assert some["found"]["words"] == 30 and some["more"]["words"] and some["words"] == whole[30:50]
    assert not search(journal, SAID)["more"]["words"]
    only = search(journal, "a", kinds=("titles",))
    assert only["found"]["titles"] and not only["found"]["words"]
    assert {hit["seed"] for hit in search(journal, "kept me", seed=8, limit=1000)["words"]} == {8}


def test_a_run_is_known_at_a_glance_and_a_broken_one_says_why(made: Path, tmp_path: Path) -> None:
    going = make_run(tmp_path / "going", MadeRun(people=20, block=10, living=1))
    (going / "scenario.yaml").write_text("world: {turns: 6}\n")
    edited = make_run(tmp_path / "edited", MadeRun(people=4))
    (edited / "manifest.json").write_text("{")
    spoilt = make_run(tmp_path / "spoilt", MadeRun(people=4))
    (spoilt / "summary.json").write_text("[]")
    found = {folder.name: glance(folder) for folder in (made, going, edited, spoilt, tmp_path / "nowhere")}
    one = found["made"]
    assert (one["status"], one["people"], one["arms"], one["seeds"]) == ("finished", 50, list(ARMS), [7, 8])
    assert one["primary"]["metric"] == "click_rate" and one["primary"]["arms"]["control"]["ci"] == [0.19, 0.21]
    assert one["primary"]["comparisons"][0]["treatment"] == "treatment" and one["progress"]["share"] == 1
    assert one["bytes"] == sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    assert found["going"]["status"] == "running" and found["going"]["primary"] is None
    assert found["going"]["progress"] == {"parts": 4, "parts_done": 2, "parts_begun": 2, "share": 0.75}
    assert found["edited"]["status"] == "broken" and "manifest.json: cannot be read" in found["edited"]["reason"]
    assert found["nowhere"]["status"] == "broken" and "summary.json: cannot be read" in found["spoilt"]["reason"]
    json.dumps(list(found.values()), allow_nan=False)
