"""The seat on a pipe: the real command, its answers a line each, killed in mid-page and gone on with."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from seated import few_people

import simulator
from simulator.cli.main import main
from simulator.console.play.lines import LinePlayer
from simulator.records import Item
from simulator.studies.play.looking import Looking, Shown, Stopped

COMMAND = [sys.executable, "-m", "simulator.cli.main", "play"]
ENVIRONMENT = os.environ | {"OPENBLAS_NUM_THREADS": "1", "TERM": "dumb"}
START = ["few.yaml", "--name", "ann", "--arm", "control", "--pages", "3", "--out", "r"]


@pytest.fixture
def few(tmp_path: Path) -> None:
    """`few.yaml`: a play of few people, which is made ready soon."""
    values = {
        "name": "few",
        "dataset": few_people(),
        "world": {"slate_size": 4},
        "arms": {"control": "popular", "treatment": "als"},
    }
    (tmp_path / "few.yaml").write_text(json.dumps(values))


@pytest.mark.usefixtures("few")
def test_a_killed_play_goes_on_where_it_was(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, *START], cwd=tmp_path, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write("1=5 2\ndone\n2\n4\nn\n3\n1\n5\n3\n")  # a whole page, an item, and an item that is open
    process.stdin.flush()
    diary = tmp_path / "r" / "seat.jsonl"
    until = time.monotonic() + 300
    while time.monotonic() < until and '"turn": 1, "place": 2' not in (diary.read_text() if diary.exists() else ""):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    answers = "p\n4\n\nn\n\n?\nxyz\nl\n2\n1\n"
    again = subprocess.run(
        [*COMMAND, "--resume", "r", "--json", "--export", "rows.csv"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        input=answers,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    document = json.loads(again.stdout)
    assert document["pages"] == 3 and document["made_from"] == 2 and document["arm"] == "control"
    rows = simulator.open(tmp_path / "r").events.to_pandas()
    mine = rows[rows["mind"] == "human"]
    assert mine[mine["clicked"]][["turn", "position"]].to_numpy().tolist() == [[0, 1], [1, 0], [1, 2], [1, 3]]
    assert mine["rating"].dropna().tolist() == [4.0, 5.0]
    assert mine.groupby("turn")["satisfaction"].first().tolist()[::2] == [3.0, 1.0]
    assert mine["leave_reason"].iloc[-1] == "tired"
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 13


@pytest.mark.usefixtures("few")
def test_the_end_of_input_keeps_everything_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("2=4\n"))
    assert main(["play", *START]) == 0
    said = capsys.readouterr()
    assert "understudy play --resume r" in said.err and "1 picked>" in said.out
    assert '"taste"' in (tmp_path / "r" / "seat.jsonl").read_text()
    assert main(["play"]) == 2
    assert capsys.readouterr().err.startswith("Error: play: name a scenario")
    assert main(["play", "--resume", "r", "--arm", "control"]) == 2
    assert "leave out --arm" in capsys.readouterr().err


class Notes:
    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def note(self, event: str, **values: object) -> None:
        self.events.append((event, values))


def page(layout: str = "list", *items: Item) -> Shown:
    some = items or tuple(Item(item_id=f"i{n}", title=f"Title {n}") for n in range(3))
    scale = ("1", "2", "3", "4", "5")
    return Shown(turn=0, session=0, page=0, layout=layout, items=some, scale=scale, pages_left=1)


def test_hostile_titles_and_endless_input_are_text() -> None:
    bad = Item(item_id="x", title="\x1b[2J[bold]Evil[/bold]\u202e", headline="[red]\x07", text="\x1b]0;owned\x07" * 3)
    out = io.StringIO()
    answers = io.StringIO("1\n\n" + "9" * 10_000 + "\n" + "ü" * 10_000 + "\n👩‍🚀 שלום\nn\n\n")
    looking = Looking(shown=page("list", bad), notes=Notes())
    LinePlayer(answers, out).look(looking)
    assert looking.done and looking.clicked == {0}
    said = out.getvalue()
    assert "\x1b" not in said and "\x07" not in said and "\u202e" not in said
    assert "[bold]Evil[/bold]" in said
    assert max(map(len, said.splitlines())) < 400


def test_a_feed_shows_one_title_at_a_time_and_the_rest_was_not_seen() -> None:
    looking, out = Looking(shown=page("feed"), notes=Notes()), io.StringIO()
    LinePlayer(io.StringIO("3\nd\n2\n\nn\n4\n"), out).look(looking)
    assert looking.seen == {0, 1} and looking.clicked == {1} and looking.satisfaction == 4
    assert "Title 2" not in out.getvalue()


def test_seconds_are_those_between_opening_and_going_back() -> None:
    ticks = iter([10.0, 12.5, 100.0, 101.0])
    looking = Looking(shown=page(), notes=Notes(), clock=lambda: next(ticks))
    LinePlayer(io.StringIO("1\n\n1\n3\nn\n\n"), io.StringIO()).look(looking)
    assert looking.dwell_s == {0: 3.5} and looking.levels == {0: 3} and looking.satisfaction is None


def test_going_away_with_an_item_open_notes_its_time() -> None:
    notes = Notes()
    ticks = iter([1.0, 4.0])
    with pytest.raises(Stopped):
        LinePlayer(io.StringIO("2\n"), io.StringIO()).look(
            Looking(shown=page(), notes=notes, clock=lambda: next(ticks))
        )
    assert notes.events[-1] == ("back", {"turn": 0, "place": 1, "seconds": 3.0})
