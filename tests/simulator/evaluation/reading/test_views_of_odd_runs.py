"""Views of runs that have only begun, are damaged, or are asked for what cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from made_run import MadeRun, make_run

import simulator
from simulator.evaluation.reading.glance import glance
from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.page import page
from simulator.evaluation.reading.people import people
from simulator.evaluation.reading.remembered import remembered
from simulator.evaluation.reading.rows import Conditions, all_rows, rows
from simulator.evaluation.reading.search import search
from simulator.evaluation.reading.side_by_side import side_by_side
from simulator.evaluation.reading.timeline import life, turns
from simulator.records import UserInputError

View = Callable[[Journal], Any]
OF_A_PERSON: dict[str, Callable[[Journal, str], Any]] = {
    "life": life,
    "page": lambda journal, user: page(journal, user, 2),
    "remembered": remembered,
    "side by side": lambda journal, user: side_by_side(journal, user, {"arm": "control"}, {"arm": "treatment"}),
    "rows": lambda journal, user: rows(journal, Conditions(user=user)),
    "search": lambda journal, user: search(journal, "a", user=user),
}
VIEWS: dict[str, View] = {
    "people": people,
    "people in an order": lambda journal: people(journal, sort="clicks"),
    "turns": turns,
    "rows": rows,
    "rows of a text": lambda journal: rows(journal, Conditions(text="harbour")),
    "all rows": lambda journal: list(all_rows(journal)),
    "search": lambda journal: search(journal, "harbour"),
    **{
        f"{name} of a person": lambda journal, read=read: read(journal, "u000003") for name, read in OF_A_PERSON.items()
    },
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", MadeRun(people=8, turns=4, words=True, memories=True))


@pytest.mark.parametrize("name", VIEWS)
def test_a_run_that_has_only_begun_is_empty_and_says_so(run: Path, name: str) -> None:
    for path in run.rglob("*.parquet"):
        path.unlink()
    (run / "summary.json").unlink()
    told = json.loads((run / "manifest.json").read_text()) | {"status": "running"}
    for later in ("blocks", "minds", "mind", "control"):
        del told[later]
    (run / "manifest.json").write_text(json.dumps(told))
    found = VIEWS[name](Journal.open(run))
    if isinstance(found, dict):
        json.dumps(found, allow_nan=False)
        assert "nothing of it is in the journal yet" in found["not_there_yet"][0]
        nothing = {"people": [], "rows": [], "turns": [], "pages": [], "total": 0, "page": None, "words": []}
        assert all(not value or value == [None, None] for key, value in found.items() if key in nothing)
    else:
        assert found == []
    assert glance(run)["progress"] is None


@pytest.mark.parametrize("damaged", ["events/control.7.statistical.00000", "people", "catalog"])
@pytest.mark.parametrize("name", VIEWS)
def test_a_damaged_file_is_one_message_or_of_no_matter(run: Path, name: str, damaged: str) -> None:
    (run / f"{damaged}.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")
    told = ""
    try:
        VIEWS[name](Journal.open(run))
    except UserInputError as refused:
        told = str(refused)
    needed = {"people": "people", "catalog": "search"}.get(damaged, "turns")
    assert "cannot be read" in told if told or name.startswith(needed) else True
    assert "\n" not in told


@pytest.mark.parametrize("name", VIEWS)
def test_a_run_of_an_older_version_is_read_as_far_as_it_goes(run: Path, name: str) -> None:
    later = ["item_reason", "feeling", "stated_satisfaction", "interview", "interview_reason", "failure"]
    for path in run.glob("events/*.parquet"):
        pq.write_table(pq.read_table(path, partitioning=None).drop_columns(later), path)
    people_then = pq.read_table(run / "people.parquet")
    pq.write_table(people_then.select(["user_id", "cluster_id", "block", "ensemble"]), run / "people.parquet")
    found = VIEWS[name](Journal.open(run))
    if name == "page of a person":
        assert found["page"]["feeling"] is None and found["page"]["reason"] and found["page"]["items"]
    assert simulator.open(run).events["failure"].null_count == len(simulator.open(run).events)


@pytest.mark.parametrize("name", OF_A_PERSON)
@pytest.mark.parametrize("user", ["nobody", "", "\ud800", "' or 1=1 --", "u" * 10_000, "u00000%"])
def test_somebody_who_is_not_there_is_refused_with_the_nearest(run: Path, name: str, user: str) -> None:
    with pytest.raises(UserInputError) as told:
        OF_A_PERSON[name](Journal.open(run), user)
    assert ("The nearest ids: u" in str(told.value) or "UTF-8" in str(told.value)) and len(str(told.value)) < 600


@pytest.mark.parametrize("limit", [0, -5, 1, 10**9])
@pytest.mark.parametrize("offset", [0, -5, 10**12, 10**21])
def test_any_limit_and_offset_is_a_page(run: Path, limit: int, offset: int) -> None:
    journal = Journal.open(run)
    for found, name in (
        (rows(journal, limit=limit, offset=offset), "rows"),
        (people(journal, limit=limit, offset=offset), "people"),
        (people(journal, limit=limit, offset=offset, sort="pages"), "people"),
        (search(journal, "kept", limit=limit, offset=offset), "words"),
    ):
        total = found["found"]["words"] if name == "words" else found["total"]
        assert total > 1
        assert len(found[name]) == max(0, min(max(0, limit), total - max(0, offset)))
