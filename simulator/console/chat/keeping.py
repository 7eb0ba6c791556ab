"""Keeping a session, taking one up again, meeting somebody else, leaving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import counted, meant, short
from simulator.console.chat.events import Event, Over, Stage, Table, Told
from simulator.console.text import clean
from simulator.records import UserInputError

if TYPE_CHECKING:
    from simulator.console.chat.session import Session
KINDS = ("journal", "scenario", "persona")
"""As what a session can be saved."""


def save(session: Session, text: str) -> Iterator[Event]:
    """`journal PATH`, `scenario PATH` or `persona PATH`."""
    kind, _, path = text.partition(" ")
    kind = kind.casefold()
    if kind not in KINDS or not path.strip():
        what = "" if kind in KINDS or not kind else f"{short(kind)} is none of the kinds.{meant(kind, KINDS)} "
        raise UserInputError(
            f"{what}/save needs a kind ({', '.join(KINDS)}) and a path, such as /save persona them.yaml"
        )
    yield Stage(f"Saving the {kind}")
    for told in session.host.save(kind, session, Path(path.strip().strip('"')).expanduser()):
        yield Told(told)


def replay(session: Session, text: str) -> Iterator[Event]:
    """The session of a file is lived again, and goes on from its end."""
    if not text:
        raise UserInputError("/replay needs the file of a saved session")
    yield Stage("Living the session again")
    replay = session.host.replay(Path(text.strip().strip('"')).expanduser())
    for nth, _ in enumerate(replay, start=1):
        yield Stage(f"Living the session again: step {nth} of {len(replay.steps)}")
    told = tuple(each.text for each in replay.differences)
    session.meet(session.host.seated(replay.source, replay.life, told=told))
    session.take_up(replay)
    if not told:
        yield Told(f"{counted(len(replay.steps), 'step')} lived again, page for page as they were.")
    yield from session.begin()


def new(session: Session, text: str) -> Iterator[Event]:
    """Somebody else sits down; the one before may be returned to by /undo."""
    yield Stage("Somebody comes in")
    session.meet(session.host.meet(session.host.find(text or None)))
    yield from session.begin()


def who(session: Session, text: str) -> Iterator[Event]:
    """A row a person of the library, and how others are named."""
    words = text.casefold().split()
    rows = [row for row in session.host.people() if all(word in " ".join(row).casefold() for word in words)]
    if not rows:
        raise UserInputError(
            f"nobody of the library is found by {short(text)}. /new {clean(text)[:40]} makes somebody up"
        )
    yield Table(title="People of the library: /new ID meets them", headings=("id", "who"), rows=tuple(rows))
    yield Told(
        "Others: /new ID of somebody in the data, /new FILE of a persona, or /new a sentence that tells of somebody."
    )


def leave(session: Session, text: str) -> Iterator[Event]:
    """The session is over."""
    session.over = True
    yield Over()


def kinds(session: Session, text: str) -> Iterator[str]:
    """Kinds that begin so."""
    yield from (f"{kind} " for kind in KINDS if kind.startswith(text.casefold()))


def files(session: Session, text: str) -> Iterator[str]:
    """Files and folders that a begun path may mean."""
    begun = Path(text).expanduser()
    folder, start = (begun, "") if text.endswith("/") or not text else (begun.parent, begun.name)
    try:
        found = sorted(
            each for each in folder.iterdir() if each.name.startswith(start) and not each.name.startswith(".")
        )
    except OSError:
        return
    yield from (f"{each}/" if each.is_dir() else f"{each}" for each in found)


def people(session: Session, text: str) -> Iterator[str]:
    """Ids of the library that begin so."""
    yield from (who for who, _ in session.host.people() if who.startswith(text.casefold()))
