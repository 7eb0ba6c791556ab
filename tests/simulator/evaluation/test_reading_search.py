"""Looking for a text, which is a value and no pattern."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from read_runs import a_copy, retitled, talking_run

import simulator
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.search import search
from simulator.records import UserInputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_run(tmp_path_factory)


def test_words_are_found_once_for_each_page_and_each_item(folder: Path) -> None:
    run = simulator.open(folder)
    (feeling, pages), *_ = (
        run.sql(
            "select feeling, count(distinct (arm, user_id, turn)) as n from events where feeling is not null "
            "group by 1 order by n desc"
        )
        .to_pandas()
        .itertuples(index=False)
    )
    hits = search(Journal.open(folder), feeling.upper(), limit=10_000)
    assert sum(hit["field"] == "feeling" for hit in hits["words"]) == pages
    assert hits["found"]["words"] == len(hits["words"])


def test_titles_say_how_often_they_were_shown_and_clicked(folder: Path) -> None:
    run = simulator.open(folder)
    (item, title, shown, clicked), *_ = (
        run.sql(
            "select item_id, title, count(*) as n, count(*) filter (clicked) from events join catalog using (item_id) "
            "group by 1, 2 order by n desc, 1"
        )
        .to_pandas()
        .itertuples(index=False)
    )
    (hit,) = [one for one in search(Journal.open(folder), title)["titles"] if one["item_id"] == item]
    assert (hit["shown"], hit["clicked"]) == (shown, clicked)
    (there,) = search(Journal.open(folder), title, arm="control")["titles"][:1]
    assert there["shown"] <= shown


def test_memories_and_people_are_found_and_narrowed_to_an_arm_and_a_person(folder: Path) -> None:
    journal = Journal.open(folder)
    (path,) = folder.glob("memories/control.*")
    written = [row for row in pq.read_table(path).to_pylist() if row["op"] == "write"]
    one = written[0]
    hits = search(journal, one["text"][:20], arm="control", user=one["user_id"], limit=1000)
    mine = [row for row in written if row["user_id"] == one["user_id"] and one["text"][:20] in row["text"]]
    assert len(hits["memories"]) >= len(mine) > 0
    assert {(hit["arm"], hit["user_id"]) for hit in hits["memories"]} == {("control", one["user_id"])}
    assert [hit["user_id"] for hit in search(journal, one["user_id"].upper())["people"]] == [one["user_id"]]


@pytest.mark.parametrize("title", ["100%_ 'quoted'; drop view event --", "[red]x[/] \\ \x1b[2J", "ÄRGER über Straßen"])
def test_a_hostile_title_is_found_by_itself_alone(folder: Path, tmp_path: Path, title: str) -> None:
    run = a_copy(folder, tmp_path / "run")
    item = retitled(run, title)
    hits = search(Journal.open(run), title.lower())
    assert [hit["item_id"] for hit in hits["titles"]] == [item]


@pytest.mark.parametrize("text", ["%", "_", "no%where", "' or 1=1 --"])
def test_wildcards_and_quotes_mean_themselves(folder: Path, text: str) -> None:
    assert sum(search(Journal.open(folder), text)["found"].values()) == 0


def test_the_limit_holds_for_each_kind_and_the_count_is_of_all(folder: Path) -> None:
    hits = search(Journal.open(folder), "e", limit=2)
    assert hits["found"]["titles"] > 2 and hits["found"]["words"] > 2
    assert len(hits["titles"]) == len(hits["words"]) == 2


@pytest.mark.parametrize("text", ["", "  ", "x" * 500])
def test_no_text_and_a_book_are_refused(folder: Path, text: str) -> None:
    with pytest.raises(UserInputError, match="the text to look for"):
        search(Journal.open(folder), text)
