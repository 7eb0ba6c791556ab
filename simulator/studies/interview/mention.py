"""What a question speaks of: an item, and the place where the person met it."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.studies.solo.lived import Lived, Place


@dataclass(frozen=True, kw_only=True)
class Mention:
    """An item that was spoken of."""

    item: int
    """Row of the catalogue."""
    lived: Lived | None = None
    """The page on which the person met it, the latest one; None: they never did."""
    position: int = -1
    """Place on that page, from 0."""

    @property
    def place(self) -> Place | None:
        """What happened to it there."""
        return None if self.lived is None else self.lived.places[self.position]


@dataclass(frozen=True, kw_only=True)
class Referred:
    """What a sentence speaks of."""

    text: str
    """The `plain` sentence with `MARK` where items stood."""
    items: tuple[Mention, ...] = ()
    page: Lived | None = None
    """The page that it is about; None before the first."""
    named_page: bool = False
    trouble: str = ""
    """What is wrong with the reference, in words for whoever asked: nothing there, or several."""
    group: bool = False
    """Whether all of a page are meant ("none of them", "the others")."""
    choices: tuple[Mention, ...] = field(default=())
    """Between which the reference does not decide."""
