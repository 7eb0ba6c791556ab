"""Fetching over real HTTP from a loopback server: the whole official file or nothing, and a cure for every failure."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from simulator.cli import main as command
from simulator.datasets import sources
from simulator.datasets.download import DownloadError, fetch


class Publisher(BaseHTTPRequestHandler):
    """Serves `files`; a name in `cut` breaks off half way."""

    files: dict[str, bytes]
    cut: set[str]
    asked: list[str]

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.asked.append(name)
        if name not in self.files:
            self.send_error(404)
            return
        content = self.files[name]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if name in self.cut else content)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Publisher]]:
    handler = type("Handler", (Publisher,), {"files": {}, "cut": set(), "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("UNDERSTUDY_DATA_URL", f"http://127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def official(zipped, ml_1m_files, publisher, monkeypatch, tmp_path, no_data_elsewhere) -> sources.Source:
    """A MovieLens 1M whose official zip is the small one that the publisher serves."""
    archive = zipped("made.zip", {f"ml-1m/{name}": content for name, content in ml_1m_files.items()})
    content = archive.read_bytes()
    archive.unlink()
    publisher.files["ml-1m.zip"] = content
    source = replace(sources.source_named("ml-1m"), checksum=f"md5:{hashlib.md5(content).hexdigest()}")
    monkeypatch.setattr(sources, "SOURCES", tuple(source if s.name == source.name else s for s in sources.SOURCES))
    return source


def test_the_official_file_is_fetched_whole_and_then_no_more(official, publisher, tmp_path):
    seen: list[tuple[int, int]] = []
    first = fetch(official, tmp_path / "data", lambda done, total: seen.append((done, total)))
    assert first.path.read_bytes() == publisher.files["ml-1m.zip"]
    assert seen[-1] == (len(publisher.files["ml-1m.zip"]),) * 2
    assert fetch(official, tmp_path / "data") == replace(first, already_there=True)
    assert publisher.asked == ["ml-1m.zip"]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda server: server.files.clear(), "404"),
        (lambda server: server.cut.add("ml-1m.zip"), "broke off"),
        (lambda server: server.files.update({"ml-1m.zip": b"something else"}), "not the official checksum"),
    ],
)
def test_whatever_goes_wrong_nothing_is_left_and_the_cure_is_told(official, publisher, tmp_path, spoil, told):
    spoil(publisher)
    with pytest.raises(DownloadError, match=told) as error:
        fetch(official, tmp_path / "data")
    assert f"by hand and put ml-1m.zip into {tmp_path / 'data'}" in str(error.value)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_dead_server_is_told_as_such(official, publisher, monkeypatch, tmp_path):
    monkeypatch.setenv("UNDERSTUDY_DATA_URL", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="connection failed"):
        fetch(official, tmp_path / "data")


def test_a_damaged_zip_is_replaced_and_kept_if_that_fails(official, publisher, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "ml-1m.zip").write_bytes(b"damaged")
    publisher.cut.add("ml-1m.zip")
    with pytest.raises(DownloadError):
        fetch(official, folder)
    assert (folder / "ml-1m.zip").read_bytes() == b"damaged"
    publisher.cut.clear()
    assert not fetch(official, folder).already_there
    assert (folder / "ml-1m.zip").read_bytes() == publisher.files["ml-1m.zip"]


def test_the_data_folder_being_a_file_is_told(official, publisher, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="could not be written"):
        fetch(official, tmp_path / "file")


def test_get_shows_the_terms_and_downloads_only_when_they_are_accepted(
    official, publisher, tmp_path, capsys, monkeypatch
):
    folder = str(tmp_path / "data")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert command.main(["data", "get", "movielens-1m", "--data-dir", folder]) == 2
    told = capsys.readouterr().err
    assert re.search("(?s)for research.*--accept-terms", told)
    assert publisher.asked == []
    assert command.main(["data", "get", "movielens-1m", "--data-dir", folder, "--accept-terms", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"name": "movielens-1m", "path": f"{folder}/ml-1m.zip", "already_there": False}
    assert command.main(["data", "path", "ml-1m", "--data-dir", folder]) == 0
    assert capsys.readouterr().out.strip() == answer["path"]
    assert command.main(["data", "info", "movielens-1m", "--data-dir", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["read"]["people"] == 2


def test_get_that_fails_ends_with_status_one(official, publisher, tmp_path, capsys):
    publisher.files.clear()
    assert command.main(["data", "get", "movielens-1m", "--data-dir", str(tmp_path / "d"), "--accept-terms"]) == 1
    assert "404" in capsys.readouterr().err


def test_list_is_a_table_and_json(no_data_elsewhere, capsys, tmp_path: Path):
    assert command.main(["data", "list", "--data-dir", str(tmp_path)]) == 0
    assert "understudy data" in capsys.readouterr().out
    assert command.main(["data", "list", "--json", "--data-dir", str(tmp_path)]) == 0
    ready = {each["name"]: each["ready"] for each in json.loads(capsys.readouterr().out)}
    assert (ready["movielens-1m"], ready["sample"]) == (False, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["path", "movielens-1m"], "data get movielens-1m"),
        (["info", "movilens-1m"], "Did you mean 'movielens-1m'"),
        (["path", "table"], "dataset.path"),
    ],
)
def test_what_is_not_there_ends_with_status_two_and_the_cure(no_data_elsewhere, capsys, tmp_path, words, told):
    assert command.main(["data", *words, "--data-dir", str(tmp_path)]) == 2
    assert told in capsys.readouterr().err
