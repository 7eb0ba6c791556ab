"""What if: back to an earlier page, another way on from there, both side by side; and undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import count_of, counted, meant, short
from simulator.console.chat.events import Event, Table, Told
from simulator.console.text import clean
from simulator.records import UserInputError

if TYPE_CHECKING:
    from simulator.console.chat.session import Session
    from simulator.studies.solo.life import Life, Step
    from simulator.studies.solo.lived import Condition, Lived

MOST = 50
"""Branches that a session keeps."""


def back(session: Session, text: str) -> Iterator[Event]:
    """Some pages ago, a what-if begins; the line so far stays as a branch."""
    lived = len(session.life.turns)
    if not lived:
        raise UserInputError("there is no page to go back to: /next shows the first")
    pages = count_of(text, "/back", most=lived)
    _keep(session)
    left = session.branch
    session.branch = next(name for number in range(1, MOST + 2) if (name := f"if-{number}") not in session.branches)
    session.life.back(pages)
    session.page, session.listing = session.life.turns[-1] if session.life.turns else None, None
    there = f"before page {lived - pages + 1}"
    yield Told(f"Back {there}, as branch {session.branch}; what came after stays: /branch {clean(left)} returns to it.")


def branch(session: Session, text: str) -> Iterator[Event]:
    """Another branch is lived on, or a new one begins here."""
    name = text.strip()
    if not name:
        raise UserInputError(f"/branch needs a name. There are {', '.join(_names(session))}")
    if name == session.branch:
        raise UserInputError(f"{short(name)} is the present branch")
    if name in session.branches:
        _keep(session)
        steps = session.branches.pop(name).steps
        session.branch = name
        travel(session.life, steps)
        session.page, session.listing = session.life.turns[-1] if session.life.turns else None, None
        yield Told(f"On branch {clean(name)}, {counted(len(session.life.turns), 'page')} on.")
        return
    if not name.isprintable() or len(name) > 40 or " " in name:
        raise UserInputError("a branch has a name of one word and at most 40 letters, such as /branch grid-first")
    near = meant(name, session.branches)
    _keep(session)
    session.branch = name
    yield Told(f"Branch {name} begins here.{near}")


def branches(session: Session, text: str) -> Iterator[Event]:
    """A row a branch: what came of each."""
    here = session.life.turns
    rows = [(*_row(session.branch, here, session.life.now, here)[:-1], f"{clean(session.branch)}: the present one")]
    rows += [_row(name, each.turns, each.now, here) for name, each in session.branches.items()]
    yield Table(
        title="Branches",
        headings=(">pages", ">chosen", ">satisfied", ">mood", ">tired", "branch"),
        rows=tuple(rows),
    )


def undo(session: Session, text: str) -> Iterator[Event]:
    """The last step is taken back, whatever it was."""
    if not session.done:
        raise UserInputError("there is nothing to take back")
    session.undone.append(session.moment)
    session.go_to(session.done.pop())
    yield Told(f"Taken back. {_where(session)}")


def redo(session: Session, text: str) -> Iterator[Event]:
    """What was taken back is done again."""
    if not session.undone:
        raise UserInputError("nothing was taken back")
    session.done.append(session.moment)
    session.go_to(session.undone.pop())
    yield Told(f"Done again. {_where(session)}")


def branch_names(session: Session, text: str) -> Iterator[str]:
    """Other branches whose name begins so."""
    yield from (name for name in session.branches if name.startswith(text))


def travel(life: Life, steps: Sequence[Step]) -> None:
    """Makes a life one of these steps: what differs is forgotten, the rest is lived."""
    life.relive(steps)


def _keep(session: Session) -> None:
    """The present line becomes a branch."""
    from simulator.console.chat.session import Branch

    if len(session.branches) >= MOST:
        raise UserInputError(f"there are {MOST} branches; a session keeps no more. /undo, or go on with one of them")
    life = session.life
    session.branches[session.branch] = Branch(steps=tuple(life.steps), turns=life.turns, now=life.now)


def _where(session: Session) -> str:
    life = session.life
    page = f"page {len(life.turns)}" if life.turns else "before the first page"
    return f"{clean(life.name)}, branch {clean(session.branch)}, {page}."


def _names(session: Session) -> list[str]:
    return [session.branch, *session.branches]


def _row(name: str, turns: Sequence[Lived], now: Condition, here: Sequence[Lived]) -> tuple[str, ...]:
    chosen = sum(len(lived.clicked) for lived in turns)
    satisfied = f"{fmean(lived.satisfaction for lived in turns):.2f}" if turns else "-"
    pairs = list(zip(turns, here, strict=False))
    same = next((place for place, pair in enumerate(pairs) if _seen(pair[0]) != _seen(pair[1])), len(pairs))
    apart = f"parts after page {same}" if same else "parts from the start"
    where = "the same pages" if same == len(turns) == len(here) else apart
    return (
        f"{len(turns)}",
        f"{chosen}",
        satisfied,
        f"{now.mood:+.2f}",
        f"{now.fatigue:.2f}",
        f"{clean(name)}: {where}",
    )


def _seen(lived: Lived) -> tuple[object, ...]:
    """What a page is told apart by."""
    places = tuple((each.item, each.noticed, each.examined, each.clicked, each.dwell_s) for each in lived.places)
    return lived.layout, lived.left, places
