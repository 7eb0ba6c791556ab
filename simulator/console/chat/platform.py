"""The human as the platform: how pages lie, and what items say of themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import meant, number_of
from simulator.console.chat.events import Event
from simulator.console.text import clean
from simulator.perception.layouts import LAYOUTS
from simulator.records import UserInputError
from simulator.studies.solo.changes import SetItem, SetLayout

if TYPE_CHECKING:
    from simulator.console.chat.session import Session

FIELDS: Mapping[str, str] = {
    "price": "price",
    "reviews": "review_count",
    "stars": "review_mean",
    "thumbnail": "image_caption",
    "headline": "headline",
}
"""The words of the command, and the fields of an item that they mean."""
_IN_NUMBERS = ("price", "review_count", "review_mean")


def layout(session: Session, text: str) -> Iterator[Event]:
    """Pages lie otherwise from now on."""
    if not text:
        raise UserInputError(f"/layout needs a name: {', '.join(LAYOUTS)}")
    yield from session.change(SetLayout(text), f"it was {session.life.layout}")


def set_field(session: Session, text: str) -> Iterator[Event]:
    """An item says something else of itself from now on: `2 price 3.50`, `"Heat" headline A night in Leeds`."""
    item, field, value = _parted(session, text)
    name = FIELDS[field]
    if not value:
        raise UserInputError(f"/set: the new {field} is missing, as in {_like(field)}")
    given = number_of(value, f"/set {field}", _like(field)) if name in _IN_NUMBERS else value.strip('"“”')
    if field == "reviews" and isinstance(given, float) and not given.is_integer():
        raise UserInputError(f"/set reviews: {given:g} is not a whole number. Write it like {_like(field)}")
    before = getattr(session.life.catalog[item], name)
    was = "it had none" if before in (None, "") else f"it was {clean(str(before))}"
    yield from session.change(SetItem(item, name, given), was)


def layouts(session: Session, text: str) -> Iterator[str]:
    """Names that begin so."""
    yield from (name for name in LAYOUTS if name.startswith(text.casefold()))


def fields(session: Session, text: str) -> Iterator[str]:
    """The item's field, once the item is named by a number or in quotes."""
    head, space, last = text.rpartition(" ")
    if space and head.strip() and not any(f" {name} " in f"{text} " for name in FIELDS):
        yield from (f"{head} {name}" for name in FIELDS if name.startswith(last.casefold()))


def _parted(session: Session, text: str) -> tuple[int, str, str]:
    """The item, the word for its field, the rest. The field is the first word that is one, behind the item."""
    words = text.split()
    for place, word in enumerate(words[1:], start=1):
        if word.casefold() in FIELDS and " ".join(words[:place]).count('"') % 2 == 0:
            (item, *more) = session.picked(" ".join(words[:place]))
            if more:
                raise UserInputError("/set: one item at a time, such as /set 2 price 3.50")
            return item, word.casefold(), " ".join(words[place + 1 :])
    near = meant(words[1], FIELDS) if len(words) > 1 else ""
    raise UserInputError(
        f"/set needs an item, a field ({', '.join(FIELDS)}) and a value, such as /set 2 price 3.50.{near}"
    )


def _like(field: str) -> str:
    return {
        "price": "/set 2 price 3.50",
        "reviews": "/set 2 reviews 12000",
        "stars": "/set 2 stars 4.5",
        "thumbnail": "/set 2 thumbnail a dog on a beach",
        "headline": "/set 2 headline Nobody saw it coming",
    }[field]
