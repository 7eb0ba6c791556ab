"""With a language model behind the person, over a real socket: words as they come, and a server that dies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer
from textual.widgets import Static

from simulator.console.chat.app import ChatApp
from simulator.console.chat.events import Answered, Piece
from simulator.console.chat.host import Host
from simulator.console.chat.line_input import LineInput
from simulator.console.chat.opening import Wanted
from simulator.console.chat.session import Session
from simulator.console.chat.talk_pane import TalkPane
from simulator.llm.settings import LLMSettings
from simulator.llm.talk import Talk
from simulator.records import UserInputError
from simulator.studies.solo.setting import Setting

QUESTION = "Why did you skip the second one?"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """Its first answer breaks off in the middle, its second is whole."""
    with OpenAIServer(script=("break",)) as running:
        yield running


@pytest.fixture
def spoken(
    server: OpenAIServer, chat_setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nobody")
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path))
    talk = Talk(LLMSettings(model="m", base_url=server.base_url, cache="off", timeout_s=60.0))
    host = Host(chat_setting, talk=talk)
    yield Session(host, host.meet(host.find("night-shift-nurse")))
    host.dismiss()
    talk.close()


def test_a_server_that_dies_in_mid_answer_is_told_and_the_next_answer_streams(spoken: Session) -> None:
    list(spoken.begin())
    events = list(spoken.run(QUESTION))
    (answered,) = (event for event in events if isinstance(event, Answered))
    assert answered.answer.failed and "broke off" in answered.answer.text
    events = list(spoken.run(QUESTION))
    (answered,) = (event for event in events if isinstance(event, Answered))
    pieces = [event.text for event in events if isinstance(event, Piece)]
    assert answered.answer.failed is None and len(pieces) > 3
    assert "".join(pieces).strip() == answered.answer.text


def test_the_app_shows_the_broken_answer_and_goes_on(spoken: Session) -> None:
    app = ChatApp(lambda _: spoken)

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:

            async def rest() -> None:
                for _ in range(6000):
                    await pilot.pause(0.01)
                    if not app.busy:
                        return
                raise AssertionError("the session does not come to rest")

            def told() -> str:
                return "\n".join(str(each.render()) for each in app.query_one(TalkPane).query(Static))

            await rest()
            for _ in range(2):
                app.query_one(LineInput).value = QUESTION
                await pilot.press("enter")
                await rest()
                await pilot.pause()
            assert "broke off" in told() and told().count(f"> {QUESTION}") == 2
            assert spoken.interview.last.text.split(".")[0] in told()

    asyncio.run(run())
    assert app.problem is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"base_url": "http://127.0.0.1:1/v1"}, "--base-url"),
        ({"budget_usd": 1.0}, "--budget"),
        ({"replay": Path("x.json"), "who": "ann", "seed": 3}, "leave out WHO, --seed"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_read(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UserInputError, match=says):
        Wanted(**given).check()
