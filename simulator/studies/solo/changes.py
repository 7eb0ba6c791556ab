"""What can be changed while a person lives: of them, of the platform, of an item. Values only; what each does is in
`outfit` and `life`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from personas.traits import LIMIT
from simulator.documents.fields import did_you_mean
from simulator.perception.layouts import LAYOUTS
from simulator.records import Catalog, UserInputError
from simulator.studies.solo.traits import LABELS, trait_named

Field = Literal["price", "review_count", "review_mean", "headline", "image_caption", "title"]
FIELDS: tuple[str, ...] = get_args(Field)
"""The fields of an item that may be changed."""
LONGEST = 300
"""Characters of a text, at most."""
Kind = Literal["category", "creator", "title", "theme"]


@dataclass(frozen=True)
class SetTrait:
    """A trait is another from now on. Raises UserInputError for unknown names, and for values beyond ±2.5 sd."""

    name: str
    """A trait of a population (`simulator.studies.solo.traits`)."""
    value: float
    """In standard deviations from the average person."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", trait_named(self.name))
        object.__setattr__(self, "value", _number(f"trait {self.name}", self.value, -LIMIT, LIMIT))

    def told(self, catalog: Catalog) -> str:
        """In a sentence."""
        return f"{LABELS[self.name]} is {self.value:+.2f} sd from now on"


@dataclass(frozen=True)
class SetMood:
    """They feel so now. Raises UserInputError for values outside of -1 to 1."""

    value: float
    """Valence in [-1, 1]."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _number("mood", self.value, -1, 1))

    def told(self, catalog: Catalog) -> str:
        """In a sentence."""
        return f"the mood is {self.value:+.2f} now"


@dataclass(frozen=True)
class SetFatigue:
    """They are so tired now. Raises UserInputError for values outside of 0 to 0.99."""

    value: float
    """In [0, 1)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _number("fatigue", self.value, 0, 0.99))

    def told(self, catalog: Catalog) -> str:
        """In a sentence."""
        return f"fatigue is {self.value:.2f} now"


@dataclass(frozen=True)
class SetBelief:
    """They have come to like or dislike something. Raises UserInputError where nothing is named."""

    text: str
    """A category, creator or title of the catalogue, else words that its items are about."""
    likes: bool
    """False: dislikes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", _text("belief", self.text, 120))
        if not self.text:
            raise UserInputError("belief: name a category, a creator or a title, such as likes Drama")

    @classmethod
    def said(cls, text: str) -> SetBelief:
        """Of words such as `likes horror` and `dislikes "Tom Hanks"`. Raises UserInputError for others."""
        verb, _, what = " ".join(text.split()).partition(" ")
        if verb.casefold() not in ("like", "likes", "dislike", "dislikes"):
            raise UserInputError("belief: begin with likes or dislikes, such as likes Drama")
        return cls(what.strip(" \"'“”"), verb.casefold().startswith("like"))

    def told(self, catalog: Catalog) -> str:
        """In a sentence."""
        return f"they have come to {'like' if self.likes else 'dislike'} {self.text}"


@dataclass(frozen=True)
class SetLayout:
    """Pages lie so from now on. Raises UserInputError for unknown layouts."""

    name: str

    def __post_init__(self) -> None:
        name = self.name.strip().casefold()
        if name not in LAYOUTS:
            raise UserInputError(
                f"layout: {self.name[:40]!r} is not one of {', '.join(LAYOUTS)}.{did_you_mean(name, LAYOUTS)}"
            )
        object.__setattr__(self, "name", name)

    def told(self, catalog: Catalog) -> str:
        """In a sentence."""
        return f"pages lie as a {self.name} from now on"


@dataclass(frozen=True)
class SetItem:
    """An item says something else of itself from now on. Raises UserInputError for unknown fields, and for values that
    they cannot have."""

    item: int
    """Row of the catalogue."""
    field: str
    value: float | str | None
    """None: it does not say."""

    def __post_init__(self) -> None:
        if self.field not in FIELDS:
            raise UserInputError(
                f"item: {self.field[:40]!r} cannot be changed, but {', '.join(FIELDS)}."
                f"{did_you_mean(self.field, FIELDS)}"
            )
        object.__setattr__(self, "value", _of_item(self.field, self.value))

    def told(self, catalog: Catalog) -> str:
        """In a sentence."""
        item = catalog[self.item]
        of = f"the {self.field.replace('_', ' ')} of {item.title or item.item_id}"
        if self.value is None or self.value == "":
            return f"{of} is not told from now on"
        return f"{of} is {self.value:g} from now on" if isinstance(self.value, float) else f"{of} is {self.value}"


Change = SetTrait | SetMood | SetFatigue | SetBelief | SetLayout | SetItem


def _of_item(field: str, value: float | str | None) -> float | int | str | None:
    where = f"item {field}"
    match field:
        case "price":
            return None if value is None else _number(where, value, 0.01, 1e9)
        case "review_count":
            return None if value is None else int(_number(where, value, 0, 1e12))
        case "review_mean":
            return None if value is None else _number(where, value, 0, 1000)
        case _:
            text = _text(where, "" if value is None else value, LONGEST)
            if field == "title" and not text:
                raise UserInputError(f"{where}: an item without a title cannot be told from others. Give a title")
            return text


def _number(where: str, value: object, low: float, high: float) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UserInputError(f"{where}: {str(value)[:40]!r} is no number. Give one from {low:g} to {high:g}") from None
    if not (math.isfinite(number) and low <= number <= high):
        raise UserInputError(f"{where}: {number:g} is outside {low:g} to {high:g}. Give a number within")
    return number


def _text(where: str, value: object, most: int) -> str:
    if not isinstance(value, str):
        raise UserInputError(f"{where}: {str(value)[:40]!r} is no text")
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in value[: 8 * most]).split())
    if len(text) > most:
        raise UserInputError(f"{where}: the text has more than the {most} characters that are allowed. Shorten it")
    return text
