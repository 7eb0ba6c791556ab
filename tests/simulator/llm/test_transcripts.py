"""What was asked and answered, kept beside a run."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from replying_server import Reply, ReplyingServer, completion
from scripted_calls import GOOD, KEY, Model, call, failing, fault_of, run

from simulator.llm import transcripts
from simulator.llm.assemble import chat_model
from simulator.llm.cache import Cache
from simulator.llm.port import Call, CallError, EndpointError, FailureKind, Message, Usage
from simulator.llm.scribe import Scribe
from simulator.llm.settings import LLMSettings
from simulator.llm.transcripts import Transcripts, read_calls

pytestmark = pytest.mark.usefixtures("keyed")


def page(user: str = "ann", turn: int = 0, *, arm: str = "plain", text: str = "Item 0?") -> Call:
    return replace(
        call(text=text), identity=(7, "llm", user, turn, 0, "page"), arm=arm, user_id=user, turn=turn
    )  # as a page is asked about


def asked(path: Path, *questions: Call, model: Any = None, cached: bool = False) -> list[dict[str, Any]]:
    """What is kept of these questions, asked one after the other; failures are passed over."""

    async def act() -> None:
        settings = LLMSettings(model="m")
        inner = model or Model(lambda *_: None)
        scribe = Scribe(Cache(inner, settings) if cached else inner, Transcripts(path), None)
        for question in questions:
            try:
                await scribe.ask(question)
            except (CallError, EndpointError):
                continue
        await scribe.close()

    run(act())
    return list(read_calls(path))


def test_messages_and_answer_come_back_whole_and_by_person_turn_and_arm(tmp_path: Path) -> None:
    path = tmp_path / "llm" / "t.sqlite"
    hostile = "<script>alert('💣')</script>\n\x1b[2J \u202e " + "lang " * 20_000
    kept = asked(path, page(), page(turn=1, text=hostile), page("bob", 1, arm="clever"))
    assert [(one["user"], one["turn"], one["arm"], one["seed"], one["mind"]) for one in kept] == [
        ("ann", 0, "plain", 7, "llm"),
        ("ann", 1, "plain", 7, "llm"),
        ("bob", 1, "clever", 7, "llm"),
    ]
    assert [message["content"] for message in kept[1]["messages"]] == ["You are Ann.", hostile]
    assert (kept[0]["answer"], kept[0]["model"], kept[0]["tokens_in"], kept[0]["failure"]) == (GOOD, "m", 100, None)
    assert [one["arm"] for one in read_calls(path, user="bob", turn=1)] == ["clever"]
    assert list(read_calls(path, user="bob", turn=1, arm="plain")) == []
    assert list(read_calls(tmp_path / "none.sqlite")) == []


def test_answers_that_were_kept_are_in_it_and_cost_nothing(tmp_path: Path) -> None:
    first, again = asked(tmp_path / "t.sqlite", page(), page(arm="clever"), cached=True)
    assert (first["cached"], again["cached"]) == (False, True)
    assert first["answer"] == again["answer"] == GOOD and first["messages"] == again["messages"]
    assert (first["tokens_out"], again["tokens_out"]) == (10, 0)


def test_failures_say_why_and_show_what_there_was(tmp_path: Path) -> None:
    broken = failing(FailureKind.MALFORMED, partial='{"want": ')
    stop = EndpointError("the server is gone")
    kept = asked(tmp_path / "t.sqlite", page(), page(turn=1), model=Model(lambda n, _: broken if n == 1 else stop))
    assert [(one["failure"], one["answer"]) for one in kept] == [("malformed", '{"want": '), ("EndpointError", None)]
    assert kept[0]["why"] == "scripted here" and kept[1]["why"] == "the server is gone" and kept[0]["tokens_in"] == 5


def test_what_is_no_text_and_no_number_of_this_world_stops_nothing(tmp_path: Path) -> None:
    half = CallError(FailureKind.MALFORMED, "said \udce2", usage=Usage(5, 1, 1), partial="half \ud83d")
    kept = asked(tmp_path / "t.sqlite", page("ann \ud800"), page(), model=Model(lambda n, _: half if n == 1 else None))
    assert [(one["user"], one["answer"], one["why"]) for one in kept] == [
        ("ann ?", "half ?", "said ?"),
        ("ann", GOOD, None),
    ]
    told: list[str] = []

    async def endless() -> None:
        more = CallError(FailureKind.MALFORMED, "", usage=Usage(10**30, 1, 1))
        scribe = Scribe(Model(lambda *_: more), Transcripts(tmp_path / "u.sqlite", told.append), None)
        for _ in range(2):
            with pytest.raises(CallError):
                await scribe.ask(page())
        await scribe.close()

    run(endless())
    assert len(told) == 1 and "not kept any more" in told[0]


def test_what_many_calls_share_is_kept_once(tmp_path: Path) -> None:
    system = "You are Ann, who " + "walks by the sea and " * 200
    questions = [
        replace(
            page(turn=turn),
            messages=(Message("system", system), Message("user", f"Turn {turn}: {os.urandom(40).hex()}")),
        )
        for turn in range(200)
    ]
    kept = asked(tmp_path / "t.sqlite", *questions)
    assert all(one["messages"][0]["content"] == system for one in kept)
    assert [one["messages"][1]["content"] for one in kept] == [one.messages[1].content for one in questions]
    assert (tmp_path / "t.sqlite").stat().st_size < 200 * 600


def test_of_a_picture_only_that_there_was_one(tmp_path: Path) -> None:
    picture = replace(page(), messages=(Message("user", "What is this?", ("data:image/png;base64,SECRETPIXELS",)),))
    (kept,) = asked(tmp_path / "t.sqlite", picture)
    assert kept["messages"] == [{"role": "user", "content": "What is this?", "images": 1}]
    assert "SECRETPIXELS" not in str(kept) and b"SECRETPIXELS" not in (tmp_path / "t.sqlite").read_bytes()


@pytest.mark.parametrize("reply", [completion(GOOD), Reply(401, {"error": {"message": f"Wrong: {KEY}"}})])
def test_no_key_and_no_header_is_kept(tmp_path: Path, reply: Any) -> None:
    path = tmp_path / "t.sqlite"

    async def act() -> None:
        async with ReplyingServer(lambda _: reply) as server:
            settings = LLMSettings(model="m", base_url=server.url, attempts=1, cache="off")
            stack = chat_model(settings, meter=lambda inner: Scribe(inner, Transcripts(path), None))
            try:
                await stack.ask(page())
            except EndpointError:
                assert reply.status == 401
            await stack.close()
            assert any(KEY in headers for headers in server.headers)

    run(act())
    (kept,) = read_calls(path)
    told = json.dumps(kept).lower()
    assert "secret" not in told and "authorization" not in told and "bearer" not in told


def test_a_killed_process_leaves_what_it_had_written_and_the_next_one_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    writing = (
        "import sys, time; sys.path.insert(0, sys.argv[2]); sys.path.insert(0, sys.argv[3])\n"
        "from pathlib import Path; from test_transcripts import page\n"
        "from simulator.llm.scribe import Scribe; from simulator.llm.transcripts import Transcripts\n"
        "from scripted_calls import Model, run\n"
        "async def act():\n"
        "    scribe = Scribe(Model(lambda *_: None), Transcripts(Path(sys.argv[1])), None)\n"
        "    for turn in range(100000):\n"
        "        await scribe.ask(page(turn=turn))\n"
        "run(act())\n"
    )
    here = Path(__file__).parent
    process = subprocess.Popen(
        [sys.executable, "-c", writing, str(path), str(here), str(here.parents[1] / "support")],
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 300
    while len(list(read_calls(path, limit=50))) < 50:  # read while it is made and written
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = list(read_calls(path))
    assert [one["turn"] for one in left] == list(range(len(left))) and len(left) >= 50
    more = asked(path, page("bob", 3))
    assert more[:-1] == left and more[-1]["user"] == "bob" and more[-1]["answer"] == GOOD


@pytest.mark.parametrize("full", [True, False], ids=["the disk is full", "a folder is in its place"])
def test_a_file_that_cannot_be_written_stops_nothing_and_is_told(
    tmp_path: Path, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    if full:
        monkeypatch.setattr(transcripts, "_PUT", "INSERT INTO nowhere VALUES (?)")
    else:
        (tmp_path / "t.sqlite").mkdir()

    async def act() -> None:
        scribe = Scribe(Model(lambda *_: None), Transcripts(tmp_path / "t.sqlite", told.append), None)
        for turn in range(3):
            assert (await scribe.ask(page(turn=turn))).text == GOOD
        await scribe.close()

    run(act())
    assert len(told) == 1 and "what was asked and answered is not kept any more" in told[0]


def test_a_file_of_something_else_is_an_error_of_reading(tmp_path: Path) -> None:
    (tmp_path / "t.sqlite").write_bytes(b"nothing of the kind, for longer than a header is" * 100)
    with pytest.raises(sqlite3.Error):
        list(read_calls(tmp_path / "t.sqlite"))
    assert fault_of(chat_model(LLMSettings(cache="replay-only"))).kind is FailureKind.NOT_CACHED
