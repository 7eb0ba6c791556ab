"""The human as the author: a trait, a feeling, a belief of the person is another from now on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import number_of, short
from simulator.console.chat.events import Event, Table
from simulator.console.chat.titles import titles_like
from simulator.records import UserInputError
from simulator.studies.solo.changes import SetBelief, SetFatigue, SetMood, SetTrait

if TYPE_CHECKING:
    from simulator.console.chat.session import Session

COMPLETED = 8


def trait(session: Session, text: str) -> Iterator[Event]:
    """`patience 1.5`; without words, all traits."""
    traits = session.life.traits
    if not text:
        rows = tuple((name, f"{value:+.2f}", changed(session, name)) for name, value in traits.items())
        yield Table(
            title="Traits, in standard deviations from the average person", headings=("trait", ">now", "was"), rows=rows
        )
        return
    name, _, value = text.replace("=", " ").rpartition(" ")
    if not name:
        raise UserInputError(f"/trait {short(text)[1:-1]} needs a value, such as /trait patience 1.5. /trait lists all")
    change = SetTrait(name, number_of(value, f"/trait {short(name)[1:-1]}", "/trait patience 1.5"))
    before = traits[change.name]
    yield from session.change(change, f"it was {before:+.2f}")


def changed(session: Session, name: str) -> str:
    """What a trait was at the start, if it is another now."""
    first, now = session.meeting.traits.get(name), session.life.traits[name]
    return "" if first is None or first == now else f"{first:+.2f}"


def mood(session: Session, text: str) -> Iterator[Event]:
    """They feel so from now on."""
    change = SetMood(number_of(text, "/mood", "/mood -0.5"))
    yield from session.change(change, f"it was {session.life.now.mood:+.2f}")


def tired(session: Session, text: str) -> Iterator[Event]:
    """They are so tired from now on."""
    change = SetFatigue(number_of(text, "/tired", "/tired 0.8"))
    yield from session.change(change, f"it was {session.life.now.fatigue:.2f}")


def believe(session: Session, text: str) -> Iterator[Event]:
    """`likes horror`, `dislikes "Tom Hanks"`."""
    yield from session.change(SetBelief.said(text))


def traits(session: Session, text: str) -> Iterator[str]:
    """Names that begin so."""
    yield from (f"{name} " for name in session.life.traits if " " not in text and name.startswith(text.casefold()))


def beliefs(session: Session, text: str) -> Iterator[str]:
    """Likes or dislikes, then categories, creators and titles."""
    verb, space, what = text.partition(" ")
    if not space:
        yield from (f"{each} " for each in ("likes", "dislikes") if each.startswith(verb.casefold()))
        return
    catalog = session.life.catalog
    wanted = what.strip('"').casefold()
    creators = {item.creator for item in catalog if item.creator and item.creator.casefold().startswith(wanted)}
    found = [name for name in catalog.category_names if name.casefold().startswith(wanted)] + sorted(creators)
    found += titles_like(catalog, wanted, COMPLETED) if len(wanted) > 1 else []
    yield from (f"{verb} {name}" for name in found[:COMPLETED])
