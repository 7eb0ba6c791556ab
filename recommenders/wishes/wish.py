"""One wish: what is asked for or ruled out, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Polarity = Literal["never", "less", "more", "only", "open"]
Kind = Literal["category", "creator", "title", "years", "minutes", "price", "scale", "words"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a wish is about. `key` by kind: names of categories; folded name of creators; ids of items; first and last
    year; least and most minutes; least and most price; a scale's name and direction (1 or -1); words."""

    kind: Kind
    key: tuple[str | float, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Items that meet all `targets` are wanted (`more`, `only`) or not (`less`, `never`); or what was said about any of
    the targets is taken back (`open`)."""

    polarity: Polarity
    targets: tuple[Target, ...]
    momentary: bool = False
    """Said of now ("tonight"): it holds for the visit in which it was said."""
    cued: bool = field(default=True, compare=False)
    """Whether a word beside the targets said what is wanted of them ("likes", "no"); else they were only named."""
    said: tuple[str, ...] = field(default=(), compare=False)
    """The words of it, folded."""
    beside: tuple[str, ...] = field(default=(), compare=False)
    """Those of them that nothing was made of, fillers left out."""

    @property
    def about(self) -> tuple[Target, ...]:
        """What a later wish must be about to take this one's place: scales count whatever their direction."""
        return tuple(Target(one.kind, one.key[:1]) if one.kind == "scale" else one for one in self.targets)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was made of one line of words."""

    wishes: tuple[Wish, ...]
    missed: tuple[str, ...] = ()
    """Words that seemed to ask for something, and of which the catalogue knows nothing."""
    forgets: bool = False
    """Everything said before is taken back."""
