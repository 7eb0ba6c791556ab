"""Every page says what the run holds, as text whatever that is; what is not there or broken has a page too."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, quote

import pyarrow.parquet as pq
import pytest
from made_run import make_run
from read_runs import a_copy, talking_run
from starlette.testclient import TestClient
from viewed_runs import LONG, MADE, WHO, at, client, empty_run, hostile_run, lived_run, played_run

import simulator
from simulator.evaluation.metrics import BY_NAME
from simulator.report import words

VIEWS = ("", "about", "apart", "events", "memories", "page", "people", "person", "search")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_run(tmp_path_factory)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("made") / "run", MADE)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few rows, for each holds much."""
    at = tmp_path_factory.mktemp("hostile")
    return hostile_run(make_run(at / "plain", replace(MADE, people=4, turns=3)), at / "run")


@pytest.fixture(scope="module")
def viewer(spoken: Path, made: Path, hostile: Path) -> TestClient:
    return client(spoken, made, hostile)


def page(viewer: TestClient, address: str, status: int = 200) -> str:
    answer = viewer.get(address)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text


def sheet(viewer: TestClient, address: str) -> list[dict[str, str]]:
    answer = viewer.get(f"{address}{'&' if '?' in address else '?'}as=csv")
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    return list(csv.DictReader(io.StringIO(answer.text)))


def first_page(run: Path) -> dict[str, object]:
    """A page of somebody: user, arm, turn."""
    rows = simulator.open(run).sql("select user_id, arm, turn, session from events where clicked order by all limit 1")
    return {name: str(rows[name][0].as_py()) for name in ("user_id", "arm", "turn")}


def test_the_runs_are_listed_with_their_answers(viewer: TestClient, spoken: Path, made: Path) -> None:
    text = page(viewer, "/")
    assert f'href="{at(spoken)}"' in text and f'href="{at(made)}"' in text
    assert "talking" in text and "made up" in text and "60 people" in text


def test_a_run_shows_its_answer_and_what_each_arm_did(viewer: TestClient, spoken: Path) -> None:
    text = page(viewer, at(spoken))
    summary = simulator.open(spoken).summary
    assert summary is not None
    assert f"{summary['arms']['treatment'][summary['primary']]['mean']:.4f}" in text
    clicks = simulator.open(spoken).sql("select count(*) n from events where clicked and arm = 'treatment'")["n"][0]
    rows = {row["arm"]: row for row in sheet(viewer, at(spoken))}
    assert rows["treatment"]["clicks"] == str(clicks)
    assert int(rows["control"]["calls"]) > 0
    for row in summary["comparisons"]:
        assert BY_NAME[row["metric"]].label in text and words.signed(row["difference"]) in text
        assert float(rows["control"][f"mean {row['metric']}"]) == summary["arms"]["control"][row["metric"]]["mean"]


def test_people_are_filtered_sorted_and_paged(viewer: TestClient, made: Path) -> None:
    assert "60 people, page 1 of 2" in page(viewer, at(made, "people"))
    assert "u000007" in page(viewer, at(made, "people", q="0007"))
    assert "Nobody here" in page(viewer, at(made, "people", q="nobody"))
    text = page(viewer, at(made, "people", sort="clicks", down=1))
    clicks = simulator.open(made).sql(
        "select user_id, count(*) filter (clicked) n from events group by 1 order by n desc, 1 limit 1"
    )
    assert (
        f"<bdi>{clicks['user_id'][0]}</bdi>"
        == text.partition("<tbody>")[2].partition("data-row")[2].partition(">")[2][:18]
    )
    assert len(sheet(viewer, at(made, "people", sort="clicks", down=1))) == 60
    assert "its last page" in page(viewer, at(made, "people", page="9" * 19))
    lost = sheet(viewer, at(made, "people", sort="gain"))[0]
    assert f'<td class="n">{lost["gain"].replace("-", "−")}</td>' in page(viewer, at(made, "people", sort="gain"))


def test_of_more_arms_than_stand_beside_each_other_the_one_that_is_shown_is_the_one_that_is_chosen(
    tmp_path: Path,
) -> None:
    run = make_run(tmp_path / "run", replace(MADE, people=4, turns=2, arms=("control", "b", "c", "d")))
    text = page(client(run), at(run, "people"))
    assert '<option value="b" selected>' in text and "clicks (c)" not in sheet(client(run), at(run, "people"))[0]


def test_a_person_shows_visits_and_pages(viewer: TestClient, spoken: Path) -> None:
    who = first_page(spoken)
    text = page(viewer, at(spoken, "person", user=who["user_id"], arm=who["arm"]))
    rows = sheet(viewer, at(spoken, "person", user=who["user_id"], arm=who["arm"]))
    assert f"{len(rows)} page" in text
    assert text.count('class="visit"') == len({row["session"] for row in rows})
    assert "Fatigue (0-1), by turn" in text and "<polyline" in text


def test_a_page_shows_what_stood_where_and_what_became_of_it(viewer: TestClient, spoken: Path) -> None:
    who = first_page(spoken)
    address = at(spoken, "page", user=who["user_id"], arm=who["arm"], turn=who["turn"])
    text = page(viewer, address)
    rows = sheet(viewer, address)
    assert text.count('<li class="place ') - 4 == len(rows) == 5  # the legend has four
    assert text.count("place clicked") - 1 == sum(row["clicked"] == "true" for row in rows) > 0
    assert all(row["title"] in text.replace("&#39;", "'") for row in rows)
    for told in ("How they were", "before", "Will be remembered", "What the model was asked, and answered", "Tokens"):
        assert told in text
    assert "You are one real person" in text


@pytest.mark.parametrize(
    ("layout", "columns", "rows"), [("list", 1, 6), ("grid", 4, 2), ("carousel", 5, 2), ("feed", 1, 6)]
)
def test_a_page_lies_as_its_layout_does(tmp_path: Path, made: Path, layout: str, columns: int, rows: int) -> None:
    run = a_copy(made, tmp_path / "run")
    (run / "scenario.yaml").write_text(f"world: {{layout: {layout}}}\n")
    who = first_page(made)
    text = page(client(run), at(run, "page", user=who["user_id"], arm=who["arm"], turn=who["turn"]))
    assert f'<div class="screen {layout}">' in text
    assert text.count(f'<ol class="place-row of-{columns}"') == rows


def test_two_arms_stand_side_by_side_where_they_part(viewer: TestClient, made: Path) -> None:
    people = sheet(viewer, at(made, "people"))
    apart = next(row for row in people if int(row["first_apart (treatment)"] or 0) > 0)
    turn = apart["first_apart (treatment)"]
    rows = {row["turn"]: row for row in sheet(viewer, at(made, "apart", user=apart["user_id"]))}
    parted = next(key for key, row in rows.items() if "false" in (row["same_items"], row["same_behaviour"]))
    text = page(viewer, at(made, "apart", user=apart["user_id"]))
    assert "part in <a href" in text and f">turn {parted}</a>" in text and f"· turn {parted}</p>" in text
    assert "only here" in page(viewer, at(made, "apart", user=apart["user_id"], turn=turn))
    assert rows[turn]["same_items"] == "false"
    assert all(row["same_items"] == "true" for key, row in rows.items() if int(key) < int(turn))


def test_events_meet_their_conditions(viewer: TestClient, made: Path) -> None:
    run = simulator.open(made)
    total = run.sql("select count(*) n from events")["n"][0].as_py()
    assert f"{total:,} rows, page 1 of" in page(viewer, at(made, "events"))
    chosen = sheet(viewer, at(made, "events", arm="treatment", clicked="yes", **{"from": 2}, to=3))
    where = "arm = 'treatment' and clicked and turn between 2 and 3"
    assert len(chosen) == run.sql(f"select count(*) n from events where {where}")["n"][0].as_py() > 0
    assert {row["arm"] for row in chosen} == {"treatment"} and {row["turn"] for row in chosen} == {"2", "3"}


def test_search_finds_titles_people_words_and_memories(viewer: TestClient, made: Path) -> None:
    kinds = {row["kind"] for row in sheet(viewer, at(made, "search", q="harbour"))}
    assert {"title", "memory", "reason"} <= kinds
    assert "u000007" in page(viewer, at(made, "search", q="u000007"))
    title = next(row for row in sheet(viewer, at(made, "search", q="harbour")) if row["kind"] == "title")
    assert int(title["shown"]) >= int(title["clicked"]) > 0
    assert "It has: 7" in page(viewer, at(made, "search", q="harbour", seed=8), 404)  # the link's world is looked in
    assert "stands nowhere" in page(viewer, at(made, "search", q="no%20such%20text"))


def test_memories_lead_to_the_page_they_were_made_on(viewer: TestClient, spoken: Path) -> None:
    who = first_page(spoken)
    address = at(spoken, "memories", user=who["user_id"], arm=who["arm"])
    rows = sheet(viewer, address)
    assert rows and rows[0]["text"] in page(viewer, address).replace("&#34;", '"').replace("&#39;", "'")
    assert f"turn={rows[0]['turn']}" in page(viewer, address)


def test_the_manifest_and_the_scenario_are_shown(viewer: TestClient, spoken: Path) -> None:
    text = page(viewer, at(spoken, "about"))
    assert "slate_size: 5" in text and "Versions" in text and "Laws of behaviour" in text
    assert {"field": "world", "value": ""} not in sheet(viewer, at(spoken, "about"))


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_texts_stand_on_every_page_as_text(viewer: TestClient, hostile: Path, view: str) -> None:
    turn = sheet(viewer, at(hostile, "person", user=quote(WHO)))[0]["turn"]
    who = {"user": quote(WHO), "turn": turn, "q": "script"}
    text = page(viewer, at(hostile, view, **who))
    assert "<script>window" not in text and "<img" not in text and "<b onclick" not in text
    for sign in ("\u202e", "\u2066", "\x1b", "\x00", "\x07"):
        assert sign not in text
    assert "49" not in [cell.strip() for cell in text.split("{{")]
    if view:
        assert "&lt;script&gt;window.taken = 1&lt;/script&gt;" in text
    assert len(text) < 400_000


def test_a_long_text_is_cut_and_shown_whole_on_request(viewer: TestClient, hostile: Path) -> None:
    address = at(hostile, "events", user=quote(WHO))
    assert LONG.strip() not in page(viewer, address) and "show all 99,000 letters" in page(viewer, address)
    assert LONG.strip() in page(viewer, f"{address}&whole=1")


def test_a_hostile_person_keeps_their_links(viewer: TestClient, hostile: Path) -> None:
    text = page(viewer, at(hostile, "people"))
    link = next(part for part in text.split('href="') if "etc%2Fpasswd" in part.split('"')[0]).split('"')[0]
    assert dict(parse_qsl(link.partition("?")[2]))["user"] == WHO
    assert "visit" in page(viewer, link)


def test_a_spreadsheet_is_given_no_formula(viewer: TestClient, hostile: Path) -> None:
    titles = [row["title"] for row in sheet(viewer, at(hostile, "events"))]
    assert any(title.startswith("'=cmd") for title in titles)
    assert not any(title.startswith("=") for title in titles)


@pytest.mark.parametrize(
    ("view", "values", "told"),
    [
        ("nothing", {}, "no such page"),
        ("person", {}, "names nobody"),
        ("person", {"user": "u99"}, "nearest ids"),
        ("person", {"user": "u000001", "arm": "third"}, "It has: control, treatment"),
        ("person", {"user": "u000001", "seed": "x"}, "no whole number"),
        ("page", {"user": "u000001"}, "no turn"),
        ("page", {"user": "u000001", "turn": 999}, "had no page in turn 999"),
        ("apart", {"user": "u000001", "against": "third"}, "It has: control, treatment"),
        ("events", {"arm": "third"}, "no arm"),
        ("events", {"user": "u99"}, "nearest ids"),
        ("memories", {"user": "u99"}, "nearest ids"),
    ],
)
def test_a_link_to_what_is_not_there_says_so_and_leads_back(
    viewer: TestClient, made: Path, view: str, values: dict[str, object], told: str
) -> None:
    text = page(viewer, at(made, view, **values), 404)
    assert told in text
    assert f'href="{at(made)}"' in text


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_that_has_only_begun_is_shown_as_far_as_it_is(tmp_path: Path, view: str) -> None:
    run = empty_run(tmp_path / "run")
    answer = client(run).get(at(run, view, user="somebody", turn=0, q="text"))
    assert answer.status_code in (200, 404)
    assert "stopped before its end" in answer.text or answer.status_code == 404


@pytest.mark.parametrize(
    ("damage", "view"),
    [
        *((damage, view) for damage in ("part", "people", "catalog") for view in VIEWS),
        *((damage, view) for damage in ("manifest", "gone") for view in ("", "page")),  # told before a view is chosen
        ("summary", ""),
        *(("memories", view) for view in ("memories", "page", "search")),
        *(("scenario", view) for view in ("about", "page", "people")),
    ],
)
def test_a_broken_run_says_what_is_wrong_and_what_mends_it(made: Path, tmp_path: Path, view: str, damage: str) -> None:
    run = a_copy(made, tmp_path / "run")
    (run / "scenario.yaml").write_text("world: {turns: 6, layout: grid}\n")
    viewer = client(run)
    if damage == "gone":
        shutil.rmtree(run)
    else:
        part = next(run.glob("events/*.parquet")).name
        name = {
            "manifest": "manifest.json",
            "part": f"events/{part}",
            "memories": f"memories/{part}",
            "summary": "summary.json",
            "scenario": "scenario.yaml",
        }.get(damage, f"{damage}.parquet")
        whole = (run / name).read_bytes()
        (run / name).write_bytes(whole[: len(whole) // 2] + b"\xff\xfe{")
    who = first_page(made)
    address = at(run, view, user=who["user_id"], arm=who["arm"], turn=who["turn"], q="harbour")
    answer = viewer.get(address)
    assert answer.status_code in (200, 404, 409), answer.text
    assert "Traceback" not in answer.text
    if damage in ("manifest", "gone"):
        assert answer.status_code == 409
    if answer.status_code == 409:
        assert any(cure in answer.text for cure in ("Cure", "Restore", "understudy resume", "Give the folder"))
    assert 'href="/"' in answer.text


def test_a_damaged_part_of_the_journal_does_not_hide_the_answer(spoken: Path, tmp_path: Path) -> None:
    run = a_copy(spoken, tmp_path / "run")
    summary = simulator.open(run).summary
    assert summary is not None
    next(run.glob("events/*.parquet")).write_bytes(b"nothing of the kind")
    text = page(client(run), at(run))
    assert f"{summary['arms']['treatment'][summary['primary']]['mean']:.4f}" in text
    assert "the journal cannot be read" in text and "understudy resume" in text
    assert sheet(client(run), at(run))[0]["clicks"] == ""


def test_a_damaged_transcript_hides_nothing_else_of_a_page(spoken: Path, tmp_path: Path) -> None:
    run = a_copy(spoken, tmp_path / "run")
    (run / "llm" / "transcripts.sqlite").write_bytes(b"nothing of the kind" * 1000)
    who = first_page(run)
    viewer = client(run)
    text = page(viewer, at(run, "page", user=who["user_id"], arm=who["arm"], turn=who["turn"]))
    assert "transcripts.sqlite: cannot be read" in text and "delete it" in text
    assert text.count('<li class="place ') - 4 == 5 and "How they were" in text
    assert "only here" in page(viewer, at(run, "apart", user=who["user_id"]))


def test_a_play_says_how_close_the_double_came_and_of_a_human_no_more_than_was_seen(tmp_path: Path) -> None:
    run = played_run(tmp_path / "run")
    viewer = client(run)
    assert "a play" in page(viewer, "/")
    text = page(viewer, at(run))
    assert "u000000 in the seat, and their double" in text and "It tells your clicks." in text
    assert "<b>Leaving.</b> <bdi>You stayed longer." in text
    own, double = sheet(viewer, at(run))
    assert (own["mind"], double["mind"]) == ("human", "statistical") and own["pages"] == double["pages"] != "0"
    turn = sheet(viewer, at(run, "person", user="u000000"))[0]["turn"]
    seen = page(viewer, at(run, "page", user="u000000", turn=turn))
    assert "on the screen" in seen and ">read<" not in seen and "A human, who did this themselves" in seen
    assert ">Satisfaction<" in seen and ">Mood<" not in seen
    assert ">Mood<" in page(viewer, at(run, "page", user="u000000", turn=turn, mind="statistical"))
    (run / "scenario.yaml").write_text("arms: {control: popular, treatment: random}\n")
    half = a_copy(run, tmp_path / "half", status="running")
    text = page(client(half), at(half))
    assert "understudy play --resume" in text and "% lived" not in text
    assert ">control<" not in text


def test_a_saved_session_is_called_one_and_leads_to_its_person(made: Path, tmp_path: Path) -> None:
    run = a_copy(make_run(tmp_path / "one", replace(MADE, people=1)), tmp_path / "run", session={"person": "one"})
    (run / "summary.json").unlink()
    text = page(client(run), at(run))
    assert "A saved session" in text and f'href="{at(run, "person", user="u000000")}"' in text


def test_a_person_says_who_they_are_and_what_they_had_chosen_before(
    viewer: TestClient, made: Path, tmp_path: Path
) -> None:
    run = a_copy(made, tmp_path / "run")
    people = pq.read_table(run / "people.parquet")
    who = people["user_id"][0].as_py()
    pq.write_table(people.append_column("persona_id", [["mountain-vet"] * len(people)]), run / "people.parquet")
    (run / "scenario.yaml").write_text("population: {personas: library}\n")
    text = page(client(run), at(run, "person", user=who))
    assert "Aigerim Bekova, 38, country vet" in text and "four valleys above Naryn" in text
    assert "liked Western, Comedy, Documentary; disliked Romance" in text and "action leave yes" in text
    assert "1 choice before the run" in page(viewer, at(made, "person", user=who))
    assert "The persona" not in page(viewer, at(made, "person", user=who))


def test_what_takes_long_is_begun_with_a_word_and_ends_whole_or_with_what_is_wrong(made: Path) -> None:
    address = at(made, "person", user=first_page(made)["user_id"])
    whole = page(client(made), address)
    slow = client(made, patience_s=0.0)
    text = page(slow, address)
    assert text.count("<body>") == 1 and text.partition("<body>")[2].endswith(whole.partition("<body>")[2])
    assert 'class="waiting"' in text and 'class="waiting"' not in whole
    assert "nearest ids" in page(slow, at(made, "person", user="nobody"))


def test_the_list_of_runs_survives_a_broken_one(made: Path, tmp_path: Path) -> None:
    broken = a_copy(made, tmp_path / "broken")
    viewer = client(broken, made)
    (broken / "manifest.json").write_text("[]")
    text = page(viewer, "/")
    assert "cannot be read" in text and "made up" in text


@pytest.mark.parametrize("edited", ["status", "name", "started"])
def test_letters_that_cannot_be_sent_stop_neither_the_list_nor_its_csv(made: Path, tmp_path: Path, edited: str) -> None:
    run = a_copy(made, tmp_path / "run", **{edited: "\ud800"})
    viewer = client(tmp_path)
    assert viewer.get("/now.json").json()["mark"] in page(viewer, "/")
    assert viewer.get(at(run, "now.json")).status_code == 200
    assert [row["folder"] for row in sheet(viewer, "/")] == [str(run)]


def test_rows_of_several_minds_are_told_apart(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", replace(MADE, people=8, turns=2, slate=2, minds=("statistical", "another")))
    one, every = (page(client(run), at(run, "events", mind=mind)) for mind in ("statistical", "all"))
    assert ">mind</th>" not in one and ">mind</th>" in every and "<td>another</td>" in every


def test_a_run_that_stopped_before_anybody_lived_does_not_promise_that_somebody_will(tmp_path: Path) -> None:
    run = empty_run(tmp_path / "run")
    assert f"understudy resume {run}" in page(client(run), at(run, "people"), 404)


def test_the_list_has_a_mark_that_changes_when_a_run_begins_or_becomes_more(made: Path, tmp_path: Path) -> None:
    a_copy(made, tmp_path / "one")
    viewer = client(tmp_path)

    def mark() -> str:
        told: str = viewer.get("/now.json").json()["mark"]
        assert f'data-now="/now.json" data-mark="{told}"' in page(viewer, "/")
        return told

    first = mark()
    assert mark() == first
    empty_run(tmp_path / "two")
    second = mark()
    (tmp_path / "one" / "manifest.json").write_text("[]")
    assert len({first, second, mark()}) == 3


def test_a_run_that_is_lived_tells_its_turns_and_when_it_stops(tmp_path: Path) -> None:
    with lived_run(tmp_path / "run") as run:
        viewer = client(run)
        text = page(viewer, at(run))
        assert f'data-now="{at(run, "now.json")}"' in text and "The run goes on" in text
        now = viewer.get(at(run, "now.json")).json()
        assert now["status"] == "running" and f'data-mark="{now["mark"]}"' in text
        there = simulator.open(run).sql("select count(*) n from events")["n"][0].as_py()
        assert f"{there:,} rows" in page(viewer, at(run, "events"))
    now = viewer.get(at(run, "now.json")).json()
    assert now == {"status": "interrupted", "told": "stopped before its end", "mark": now["mark"], "again": False}
    assert "data-now" not in page(viewer, at(run))


def test_numbers_of_a_page_are_those_of_the_journal(viewer: TestClient, made: Path) -> None:
    who = first_page(made)
    rows = sheet(viewer, at(made, "page", user=who["user_id"], arm=who["arm"], turn=who["turn"]))
    part = pq.read_table(next(made.glob(f"events/{who['arm']}.*.parquet")))
    want = {
        row["position"]: row["want"]
        for row in part.to_pylist()
        if row["user_id"] == who["user_id"] and str(row["turn"]) == who["turn"]
    }
    assert [float(row["want"]) for row in rows] == pytest.approx([want[int(row["position"])] for row in rows], rel=1e-5)


def test_an_unreadable_summary_is_no_reason_to_hide_the_run(made: Path, tmp_path: Path) -> None:
    run = a_copy(made, tmp_path / "run")
    (run / "summary.json").write_text(json.dumps({"primary": "click_rate", "arms": []}))
    text = page(client(run), at(run))
    assert "not in a form that can be shown" in text and "treatment" in text
