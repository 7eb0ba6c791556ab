"""A small setting for all sessions, and sessions in it that save themselves where nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from lives import PEOPLE, minds, opened

from simulator.console.chat import events
from simulator.console.chat.host import Host
from simulator.console.chat.session import Session
from simulator.studies.interview.answer import Answer
from simulator.studies.solo.setting import Setting

WHO = "night-shift-nurse"
Open = Callable[..., Session]


@pytest.fixture(scope="session")
def chat_setting() -> Iterator[Setting]:
    with opened(minds(), PEOPLE) as made:
        yield made


@pytest.fixture(scope="module")
def steady(chat_setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session for what changes nothing; one page is lived."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        host = Host(chat_setting)
        met = Session(host, host.meet(host.find(WHO)))
        list(met.begin())
        yield met
        host.dismiss()


@pytest.fixture
def meet(chat_setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a session with somebody who has not seen a page yet."""
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    hosts: list[Host] = []

    def opens(who: str = WHO) -> Session:
        hosts.append(Host(chat_setting))
        return Session(hosts[-1], hosts[-1].meet(hosts[-1].find(who)))

    yield opens
    for host in hosts:
        host.dismiss()


@pytest.fixture
def session(meet: Open) -> Session:
    """A session after its greeting: one page is lived."""
    met = meet()
    list(met.begin())
    return met


@pytest.fixture
def do(session: Session) -> Callable[[str], list[events.Event]]:
    """Runs a line in the session."""
    return lambda line: list(session.run(line))


class Held:
    """An interview whose answer comes piece by piece, and waits in the middle until it is let go or stopped."""

    def __init__(self) -> None:
        self.last = Answer(text="")
        self.speaking, self.go = Event(), Event()
        self.stopped = False
        self.asked: list[str] = []

    def ask(self, question: str) -> Iterator[str]:
        self.asked.append(question)
        yield "I was "
        self.speaking.set()
        assert self.go.wait(60)
        if not self.stopped:
            yield "tired."
        self.last = Answer(text="I was " if self.stopped else "I was tired.")

    def interrupt(self) -> None:
        self.stopped = True
        self.go.set()

    def close(self) -> None:
        self.go.set()


@pytest.fixture
def held(session: Session) -> Held:
    """The session's person thinks for as long as the test wants."""
    found = Held()
    session.meeting = replace(session.meeting, interview=found)
    return found
