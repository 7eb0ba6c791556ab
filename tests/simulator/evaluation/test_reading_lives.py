"""A person's life, the turns, and what is remembered, against the journal's own rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from read_runs import a_copy, talking_run

from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.remembered import remembered
from simulator.evaluation.reading.timeline import life, turns
from simulator.memory.chroma import surviving
from simulator.memory.records import MemoryRecord
from simulator.records import UserInputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_run(tmp_path_factory)


@pytest.fixture(scope="module")
def rows(folder: Path) -> pd.DataFrame:
    frames = [pq.read_table(path).to_pandas() for path in sorted(folder.glob("events/*.parquet"))]
    return pd.concat([f.astype({c: object for c in f if isinstance(f[c].dtype, pd.CategoricalDtype)}) for f in frames])


def test_a_life_is_the_persons_rows_in_order_with_titles(folder: Path, rows: pd.DataFrame) -> None:
    journal = Journal.open(folder)
    titles = pq.read_table(folder / "catalog.parquet").to_pandas().set_index("item_id")["title"]
    for user in sorted(set(rows["user_id"]))[:4]:
        mine = rows[(rows["user_id"] == user) & (rows["arm"] == "treatment")].sort_values(["turn", "position"])
        lived = life(journal, user, arm="treatment")
        assert [page["turn"] for page in lived["pages"]] == sorted(set(mine["turn"]))
        shown = [(page["turn"], item) for page in lived["pages"] for item in page["items"]]
        assert [(turn, item["item_id"]) for turn, item in shown] == list(
            zip(mine["turn"], mine["item_id"], strict=True)
        )
        assert [item["title"] for _, item in shown] == [titles[item] for item in mine["item_id"]]
        for name in ("noticed", "clicked", "item_reason"):
            theirs = mine[name].astype(object).where(mine[name].notna(), None)
            assert [item[name] for _, item in shown] == list(theirs)
        pages = mine.drop_duplicates("turn")
        for name in ("left", "leave_reason", "reason", "action"):
            assert [page[name] for page in lived["pages"]] == list(pages[name])
        assert [page["satisfaction"] for page in lived["pages"]] == pytest.approx(list(pages["satisfaction"]), rel=1e-6)


def test_a_life_is_in_the_control_unless_another_arm_is_named(folder: Path) -> None:
    journal = Journal.open(folder)
    user = turns(journal)["most_pages"]["user_id"]
    assert life(journal, user)["arm"] == "control" and life(journal, user)["other_arms"] == ["treatment"]
    one = life(journal, user, turn=0)["pages"]
    assert [page["turn"] for page in one] in ([0], [])


def test_turns_count_what_the_rows_hold(folder: Path, rows: pd.DataFrame) -> None:
    found = turns(Journal.open(folder))
    assert {row["arm"] for row in found["turns"]} == {"control", "treatment"}
    for row in found["turns"]:
        some = rows[(rows["arm"] == row["arm"]) & (rows["turn"] == row["turn"])]
        pages = some.drop_duplicates("user_id")
        assert row["open_sessions"] == len(pages) and row["begun"] == (pages["page"] == 0).sum()
        assert (row["impressions"], row["clicks"]) == (len(some), some["clicked"].sum())
        assert row["click_rate"] == pytest.approx(some["clicked"].mean(), rel=1e-6)
        assert row["left"] == pages["left"].sum()
        assert row["satisfaction"] == pytest.approx(pages["satisfaction"].mean(), rel=1e-5)
    most = rows.drop_duplicates(["arm", "user_id", "turn"])["user_id"].value_counts()
    assert found["most_pages"]["pages"] == most.max()


def test_memories_are_those_that_are_left_when_all_records_are_applied(folder: Path) -> None:
    journal = Journal.open(folder)
    expected: dict[str, MemoryRecord] = {}
    for path in folder.glob("memories/*.parquet"):
        arm, seed, mind = path.name.split(".")[:3]
        lines = []
        for row in pq.read_table(path).to_pylist():
            record = {k: v for k, v in row.items() if v is not None and k not in ("arm", "seed", "mind", "turn")}
            lines.append(json.dumps([record | {"user": record.pop("user_id")}]))
        expected |= surviving(lines, f"{arm}/{seed}/{mind}")
    assert expected
    found: dict[str, Any] = {}
    for user in pq.read_table(folder / "people.parquet")["user_id"].to_pylist():
        for world in remembered(journal, user)["worlds"]:
            made = [tuple(map(int, memory["id"].split("/"))) for memory in world["memories"]]
            assert made == sorted(made)
            prefix = f"{world['arm']}/{world['seed']}/{world['mind']}/{user}"
            found |= {f"{prefix}/{memory['id']}": memory for memory in world["memories"]}
    assert {key: one["text"] for key, one in found.items()} == {key: one.text for key, one in expected.items()}
    beliefs = {key: one for key, one in expected.items() if one.kind == "belief"}
    assert beliefs
    assert {k: m["confidence"] for k, m in found.items() if m["kind"] == "belief"} == {
        k: pytest.approx(one.confidence, rel=1e-6) for k, one in beliefs.items()
    }


def test_memories_used_and_forgotten_are_counted(folder: Path) -> None:
    (path,) = folder.glob("memories/control.*.parquet")
    records = pq.read_table(path).to_pandas()
    user = records[records["op"] == "use"]["user_id"].iloc[0]
    mine = records[records["user_id"] == user]
    (world,) = remembered(Journal.open(folder), user, arm="control")["worlds"]
    assert world["forgotten"] == (mine["op"] == "forget").sum()
    named = [identity for evidence in mine[mine["op"] == "use"]["evidence"] for identity in evidence]
    for memory in world["memories"]:
        assert memory["used"] == named.count(memory["id"])


def test_a_run_without_memories_is_no_mistake(folder: Path, tmp_path: Path) -> None:
    run = a_copy(folder, tmp_path / "run")
    for path in run.glob("memories/*"):
        path.unlink()
    user = pq.read_table(run / "people.parquet")["user_id"][0].as_py()
    assert remembered(Journal.open(run), user)["has_memories"] is False


def test_what_is_not_lived_yet_is_said_and_the_rest_is_read(folder: Path, tmp_path: Path) -> None:
    run = a_copy(folder, tmp_path / "run", status="running")
    for path in run.glob("events/treatment.*"):
        path.unlink()
    journal = Journal.open(run)
    found = turns(journal)
    assert {row["arm"] for row in found["turns"]} == {"control"}
    (gap,) = found["not_there_yet"]
    assert "1 of 2 parts of the journal (arm treatment, seed" in gap and f"understudy resume {run}" in gap
    assert turns(journal, arm="treatment")["turns"] == []
    assert Journal.open(folder).gaps() == ()


def test_a_run_that_is_being_prepared_has_nothing_to_read_yet(folder: Path, tmp_path: Path) -> None:
    early = dict.fromkeys(("blocks", "arms", "minds", "mind", "control"))
    run = a_copy(folder, tmp_path / "run", status="running", **early)
    for path in (*run.glob("events/*"), *run.glob("*.parquet")):
        path.unlink()
    journal = Journal.open(run)
    assert turns(journal)["turns"] == [] and "nothing of it is in the journal yet" in turns(journal)["not_there_yet"][0]
    assert life(journal, "anybody")["pages"] == []


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"arm": "contrl"}, "no arm 'contrl'. Did you mean control?"),
        ({"seed": 99}, "no seed '99'. It has: "),
        ({"mind": "lm"}, "no mind 'lm'. Did you mean llm?"),
    ],
)
def test_names_that_the_run_does_not_have_are_refused(folder: Path, choice: dict[str, Any], told: str) -> None:
    with pytest.raises(UserInputError) as refused:
        turns(Journal.open(folder), **choice)
    assert told in str(refused.value)


def test_nobody_of_that_name_comes_with_the_nearest_ids(folder: Path) -> None:
    user = pq.read_table(folder / "people.parquet")["user_id"][0].as_py()
    with pytest.raises(UserInputError) as refused:
        life(Journal.open(folder), f"{user}x")
    assert f"The nearest ids: {user}" in str(refused.value)


def test_columns_that_an_older_journal_lacks_are_null(folder: Path, tmp_path: Path) -> None:
    run = a_copy(folder, tmp_path / "run")
    (path,) = run.glob("events/control.*")
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["feeling", "failure", "item_reason"]), path)
    journal = Journal.open(run)
    user = table["user_id"][0].as_py()
    page = life(journal, user)["pages"][0]
    assert page["feeling"] is None and page["items"][0]["item_reason"] is None and page["reason"]


def test_a_damaged_part_is_one_message(folder: Path, tmp_path: Path) -> None:
    run = a_copy(folder, tmp_path / "run")
    next(run.glob("events/control.*")).write_bytes(b"nothing of the kind")
    with pytest.raises(UserInputError, match="the journal cannot be read"):
        turns(Journal.open(run))


def test_an_arm_that_failed_before_any_part_is_known_and_said_to_be_missing(folder: Path, tmp_path: Path) -> None:
    run = a_copy(folder, tmp_path / "run", status="failed", arms=["control"])
    next(run.glob("events/treatment.*")).unlink()
    journal = Journal.open(run)
    assert journal.arms == ("control", "treatment")
    assert "1 of 1 parts of the journal (arm treatment" in turns(journal, arm="treatment")["not_there_yet"][0]


@pytest.mark.parametrize(
    "edited", [{"seeds": ["x"]}, {"blocks": {"everyone": "two"}}, {"blocks": {"everyone": 10**12}}, {"arms": 3}]
)
def test_an_edited_manifest_is_one_message(folder: Path, tmp_path: Path, edited: dict[str, Any]) -> None:
    run = a_copy(folder, tmp_path / "run", **edited)
    with pytest.raises(UserInputError, match=r"manifest\.json: cannot be read .* Was it edited"):
        Journal.open(run)
