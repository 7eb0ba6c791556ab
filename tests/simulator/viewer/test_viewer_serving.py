"""The command: where it listens, what it prints, how it ends."""

from __future__ import annotations

import io
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from made_run import MadeRun, make_run
from viewed_runs import empty_run, served

from simulator.cli.main import main
from simulator.viewer import serving
from simulator.viewer.sheets import Sheet
from simulator.viewer.shelf import Shelf, slug


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with `runs/`."""
    at = tmp_path_factory.mktemp("work")
    make_run(at / "runs" / "one", MadeRun(people=4, turns=2, slate=2, items=8, name="the first"))
    return at


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def test_without_a_name_the_runs_of_this_folder_are_shown_and_ctrl_c_is_an_end(folder: Path) -> None:
    with served("--port", "0", cwd=folder) as (address, process):
        assert address.endswith(f"/r/{slug(folder / 'runs' / 'one')}")  # the only one is opened at once
        assert "the first" in get(address)
        later = empty_run(folder / "runs" / "two")
        assert slug(later) in get(address.partition("/r/")[0] + "/")  # a run that was begun meanwhile
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0 and err.strip() == "Stopped."


def test_only_the_loopback_is_listened_to() -> None:
    with serving.listen(0) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"
        assert serving.address_of(sock) == f"http://127.0.0.1:{sock.getsockname()[1]}/"


def test_a_taken_port_is_told_if_it_was_asked_for_and_passed_over_if_not(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["view", str(folder / "runs"), "--no-open", "--port", str(port)]) == 2
        assert capsys.readouterr().err.startswith(f"Error: --port {port}: the port is taken")
        monkeypatch.setattr(serving, "PORT", port)
        with serving.listen() as other:
            assert other.getsockname()[1] != port


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "nowhere: there is no such run"),
        (["."], "no run lies in it"),
        (["file"], "file"),
        ([], "runs"),
    ],
)
def test_what_is_no_run_is_refused_before_anything_is_served(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(["view", *arguments, "--no-open", "--port", "0"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("Error: ") and told in error and "understudy run quickstart" in error


def test_a_page_that_is_not_there_is_told_over_the_wire_too(folder: Path) -> None:
    with served(str(folder / "runs"), "--port", "0") as (address, _):
        root = address.partition("/r/")[0]
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(f"{root}/static/..%2f..%2fapp.py")
        assert refused.value.code == 404
        request = urllib.request.Request(root, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as foreign:
            urllib.request.urlopen(request, timeout=60)
        assert foreign.value.code == 421 and "server" not in foreign.value.headers


def test_a_slug_tells_runs_apart_and_lasts(tmp_path: Path) -> None:
    one, other = (make_run(tmp_path / at / "Same Name", MadeRun(people=2, turns=1, slate=1, items=4)) for at in "ab")
    assert slug(one) == slug(Path(str(one))) != slug(other)
    assert slug(one).startswith("same-name-")
    shelf = Shelf.of([one, tmp_path / "b"])
    assert shelf.folder(slug(other)) == other and shelf.folder("../../etc") is None


def test_cells_of_a_sheet_are_values_and_no_formulas() -> None:
    rows = [
        {"a": "=1+1", "b": True, "c": None, "d": float("nan"), "e": ["x", "y"], "f": -2.5},
        {"a": 'two\nlines, and "quotes"', "b": "\n=1+1", "c": "\uff1d1+1"},
    ]
    text = "".join(Sheet(name="s", columns=list("abcdef"), rows=rows).lines())
    assert (
        text == 'a,b,c,d,e,f\r\n\'=1+1,true,,,x; y,-2.5\r\n"two\nlines, and ""quotes""","\'\n=1+1",\'\uff1d1+1,,,\r\n'
    )
    assert io.StringIO(text).readline() == "a,b,c,d,e,f\r\n"
