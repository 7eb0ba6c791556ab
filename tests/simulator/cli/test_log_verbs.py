"""`understudy log …`: pages, documents, mistakes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from read_runs import a_copy, retitled, talking_run

import simulator
from simulator.cli.main import main

HOSTILE = "[bold red]Träume[/] \x1b[2J\u202e" + "lang " * 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_run(tmp_path_factory)


@pytest.fixture(scope="module")
def user(folder: Path) -> str:
    """The person with the most pages in the control arm."""
    found = simulator.open(folder).sql(
        "select user_id from events where arm = 'control' group by 1 order by count(distinct turn) desc, 1 limit 1"
    )
    return str(found["user_id"][0].as_py())


def page(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["log", *arguments]) == 0
    out, err = capfd.readouterr()
    assert not err and max(map(len, out.splitlines())) <= 80
    return out


def document(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["log", *arguments, "--json"]) == 0
    out, err = capfd.readouterr()
    assert not err
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_a_life_page_by_page(folder: Path, user: str, capfd: pytest.CaptureFixture[str]) -> None:
    shown = page(capfd, "timeline", str(folder), "--user", user)
    told = document(capfd, "timeline", str(folder), "--user", user)
    assert shown.startswith(f"{user} in arm control, seed ") and "Other arms (--arm): treatment" in shown
    assert shown.count("satisfaction ") == len(told["pages"]) and shown.count("\nVisit ") == 1 + max(
        one["session"] for one in told["pages"]
    )
    for one in told["pages"]:
        assert all(item["title"][:20] in shown for item in one["items"])
        assert one["reason"] in shown
    left = [one["leave_reason"].replace("_", " ") for one in told["pages"] if one["left"]]
    assert all(f": {reason}" in shown for reason in left)
    assert page(capfd, "timeline", str(folder), "--user", user, "--arm", "treatment").startswith(f"{user} in arm treat")


def test_without_a_person_the_turns(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shown = page(capfd, "timeline", str(folder))
    told = document(capfd, "timeline", str(folder))
    assert "Arm control, mind llm" in shown and "Arm treatment" in shown
    assert f"--user {told['most_pages']['user_id']}" in shown
    one = document(capfd, "timeline", str(folder), "--turn", "1", "--arm", "control")["turns"]
    assert [(row["arm"], row["turn"]) for row in one] == [("control", 1)]


def test_memories_in_order(folder: Path, user: str, capfd: pytest.CaptureFixture[str]) -> None:
    told = document(capfd, "memories", str(folder), "--user", user, "--arm", "control")
    (world,) = told["worlds"]
    assert world["memories"]
    shown = page(capfd, "memories", str(folder), "--user", user, "--arm", "control")
    assert f"remembers {len(world['memories'])}, forgot {world['forgotten']}" in shown
    at = [shown.index(memory["text"][:15]) for memory in world["memories"]]
    assert at[0] == min(at) and "belief" in shown and "episode" in shown


def test_a_run_without_memories_says_so(
    folder: Path, user: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = a_copy(folder, tmp_path / "run")
    for path in run.glob("memories/*"):
        path.unlink()
    assert "This run has no memories" in page(capfd, "memories", str(run), "--user", user)
    assert document(capfd, "memories", str(run), "--user", user)["has_memories"] is False


def test_texts_of_others_are_shown_and_never_obeyed(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = a_copy(folder, tmp_path / "run")
    item = retitled(run, HOSTILE)
    whose = simulator.open(run).sql("select user_id from events where item_id = ? and arm = 'control'", [item])
    user = str(whose["user_id"][0].as_py())
    for arguments in (["timeline", str(run), "--user", user], ["search", str(run), "träume"]):
        shown = page(capfd, *arguments)
        assert "[bold red]Träume[/]" in shown and "\x1b" not in shown and "\u202e" not in shown
    assert document(capfd, "search", str(run), "TRÄUME")["titles"][0]["title"] == HOSTILE


def test_search_and_its_limit(folder: Path, user: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert "2 here (--limit)" in page(capfd, "search", str(folder), "a", "--limit", "2")
    assert "Nowhere in this run: 100%" in page(capfd, "search", str(folder), "100%")
    hits = document(capfd, "search", str(folder), "a", "--user", user, "--arm", "treatment", "--limit", "1000")
    assert {hit["user_id"] for hit in hits["words"]} == {user} and {hit["arm"] for hit in hits["words"]} == {
        "treatment"
    }


def test_export(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    to = tmp_path / "log.csv"
    assert "rows of 2 columns" in page(
        capfd, "export", str(folder), "--to", os.path.relpath(to), "--columns", "user_id, clicked", "--arm", "control"
    )
    assert to.read_text().startswith("user_id,clicked\n")
    done = document(capfd, "export", str(folder), "--to", str(tmp_path / "log.jsonl"), "--observable")
    assert done["rows"] == len((tmp_path / "log.jsonl").read_text().splitlines())
    assert main(["log", "export", str(folder), "--to", str(to)]) == 2
    assert "nothing is overwritten" in capfd.readouterr().err


def test_what_is_not_there_yet_is_said(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = a_copy(folder, tmp_path / "run", status="failed")
    next(run.glob("events/treatment.*")).unlink()
    for arguments in (["timeline"], ["search", "a"], ["timeline", "--arm", "treatment"]):
        verb, *rest = arguments
        assert "Not there yet" in page(capfd, verb, str(run), *rest)
        assert "The run failed" in document(capfd, verb, str(run), *rest)["not_there_yet"][0]
    assert main(["log", "export", str(run), "--arm", "treatment", "--to", str(tmp_path / "x.csv")]) == 2
    assert "there are no rows to export. Not there yet" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["timeline", "{run}", "--user", "{user}0"], "The nearest ids: {user}"),
        (["memories", "{run}", "--user", "nobody"], "nobody in this run is called 'nobody'"),
        (["memories", "{run}"], "Missing option '--user'"),
        (["search", "{run}", "a", "--user", "nobody"], "nobody in this run is called 'nobody'"),
        (["search", "{run}", "a\udcff"], "this is not UTF-8"),
        (["timeline", "{run}", "--user", "a\udcff"], "this is not UTF-8"),
        (["search", "{run}", " "], "the text to look for is empty"),
        (["timeline", "{run}", "--arm", "contrl"], "Did you mean control?"),
        (["timeline", "{run}", "--turn", "-1"], "--turn"),
        (["export", "{run}", "--to", "{run}/x.doc"], "none of .csv, .parquet, .jsonl"),
        (["export", "{run}", "--to", "{run}/x.csv", "--columns", "clicks"], "Did you mean clicked?"),
        (["timeline", "{run}/events"], "this is no run"),
        (["search", "{run}x", "a"], "there is no such run. Did you mean {run}?"),
    ],
)
def test_mistakes_are_one_message_and_status_2(
    folder: Path, user: str, arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", *(text.format(run=folder, user=user) for text in arguments)]) == 2
    out, err = capfd.readouterr()
    assert not out and told.format(run=folder, user=user) in err
    assert err.count("\n") == 1 and "Traceback" not in err


def test_the_pager_is_for_terminals_and_long_tables_alone(
    folder: Path, user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "paged"
    verb = [sys.executable, "-m", "simulator.cli.main", "log", "timeline", str(folder)]
    for name, value in {"PAGER": f"tee {seen} >/dev/null", "TERM": "xterm", "LINES": "20", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    page(capfd, "timeline", str(folder), "--user", user)
    assert not seen.exists()
    assert _on_a_terminal([*verb, "--turn", "0", "--arm", "control"]) and not seen.exists()
    _on_a_terminal([*verb, "--user", user])
    assert user in seen.read_text()


def test_what_is_missing_is_said_at_the_end_of_the_overview_and_nothing_where_nothing_is(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "not there yet" not in page(capfd, "overview", str(folder)).lower()
    failed = a_copy(folder, tmp_path / "run", status="failed")
    (gap,) = simulator.open(failed).not_there_yet
    assert document(capfd, "overview", str(failed))["not_there_yet"] == [gap]
    told = " ".join(page(capfd, "overview", str(failed)).split())
    assert told.endswith(gap[-40:]) and "not there yet" not in told


def _on_a_terminal(command: list[str]) -> bytes:
    """What a command writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        out = b""
        while True:
            try:
                read = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not read:
                break
            out += read
        assert process.wait(timeout=300) == 0
    os.close(ours)
    return out
