"""What there is to look at: the pages so far, the person, what they remember."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import count_of, counted
from simulator.console.chat.editing import changed
from simulator.console.chat.events import Event, Listed, PageLived, Table, Told
from simulator.console.chat.words import NO_INTENT, moment, source_in_words, why_left
from simulator.console.text import clean
from simulator.records import UserInputError
from simulator.studies.solo.steps import Changed, Shown

if TYPE_CHECKING:
    from simulator.console.chat.session import Session
    from simulator.studies.solo.lived import Lived

MOST_MEMORIES = 200


def history(session: Session, text: str) -> Iterator[Event]:
    """A row a page or change, oldest first."""
    life = session.life
    if not life.turns and not life.steps:
        yield Told("Nothing has happened yet.")
        return
    turns = iter(enumerate(life.turns, start=1))
    known = len(life.turns) - sum(isinstance(step, Shown) for step in life.steps)
    rows = [_page_row(*next(turns)) for _ in range(known)]  # of the run that they come from
    for step in life.steps:
        if isinstance(step, Shown):
            rows.append(_page_row(*next(turns)))
        elif isinstance(step, Changed):
            rows.append(("", "", "", f"changed: {clean(step.change.told(life.catalog))}"))
    yield Table(
        title=f"Branch {clean(session.branch)}",
        headings=(">page", ">satisfied", ">mood", "what"),
        rows=tuple(rows),
    )


def page(session: Session, text: str) -> Iterator[Event]:
    """The page, or the list, on the screen; or an earlier page, on which numbers then count."""
    if not text and session.listing is not None:
        yield Listed(session.listing)
        return
    turns = session.life.turns
    if not turns:
        raise UserInputError("there is no page yet: /next shows the first")
    if text:
        number = count_of(text, "/page", most=len(turns))
        session.page, session.listing = turns[number - 1], None
        yield session.refresh()
    shown = session.page
    assert shown is not None
    yield PageLived(shown, next(nth for nth, each in enumerate(turns, start=1) if each is shown), new=False)


def person(session: Session, text: str) -> Iterator[Event]:
    """Who they are and how they are."""
    life, now = session.life, session.life.now
    rows = [
        ("is here for", clean(" ".join(life.intent().splitlines()) or NO_INTENT)),
        ("mood", f"{now.mood:+.2f} of -1 to 1"),
        ("tired", f"{now.fatigue:.2f} of 0 to 1"),
        ("satisfied", f"{now.satisfaction:.2f} of 1 to 5; expects {now.expectation:.2f} of a page"),
        ("visit", f"{now.session + 1}, page {now.page}, {moment(now.clock_s)}" if now.session >= 0 else "not begun"),
        ("chose before", f"{counted(len(life.chosen_before), 'item')}; the platform knows of {len(life.history)}"),
    ]
    rows += [
        (name, f"{value:+.2f} sd" + (f" (was {was})" if (was := changed(session, name)) else ""))
        for name, value in life.traits.items()
    ]
    yield Table(title=clean(life.name), headings=("what", "is"), rows=tuple(rows))


def memories(session: Session, text: str) -> Iterator[Event]:
    """What they remember, the strongest first."""
    number = count_of(text, "/memories", most=MOST_MEMORIES) if text else 10
    found = session.life.strongest_memories(number)
    if not found:
        yield Told(f"{clean(session.life.name)} remembers nothing yet.")
        return
    rows = tuple((f"{strength:.2f}", clean(memory)) for memory, strength in found)
    yield Table(title=f"What {clean(session.life.name)} remembers", headings=(">strength", "memory"), rows=rows)


def _page_row(number: int, lived: Lived) -> tuple[str, ...]:
    end = f"; left: {why_left(lived)}" if lived.left else ""
    chosen = "; ".join(clean(place.title) for place in lived.clicked)
    return (
        f"{number}",
        f"{lived.satisfaction:.2f}",
        f"{lived.after.mood:+.2f}",
        f"{moment(lived.before.clock_s)}, {source_in_words(lived.source)}: {chosen or 'nothing chosen'}{end}",
    )
