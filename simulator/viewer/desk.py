"""What a view is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from simulator.evaluation.reading.journal import Journal
from simulator.records import UserInputError
from simulator.viewer.address import Asked, NotHereError, link
from simulator.viewer.sheets import Sheet


@dataclass(frozen=True, kw_only=True)
class Crumb:
    """A step of the way back."""

    text: str
    href: str


@dataclass(frozen=True, kw_only=True)
class View:
    """What a page says. `template` makes HTML of `values`, `sheet` is the same as CSV."""

    template: str
    title: str
    values: Mapping[str, Any]
    crumbs: Sequence[Crumb] = ()
    """From the run on, without the view itself."""
    sheet: Sheet | None = None


class BrokenRunError(UserInputError):
    """A run that cannot be read as it lies there (409)."""


@dataclass(frozen=True)
class Desk:
    """A run that is looked at, and what is asked of it."""

    slug: str
    folder: Path
    asked: Asked
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        """Raises BrokenRunError."""
        try:
            object.__setattr__(self, "journal", Journal.open(self.folder))
        except UserInputError as broken:
            raise BrokenRunError(str(broken)) from None

    @property
    def name(self) -> str:
        """The scenario's name."""
        manifest = self.journal.manifest
        return str(manifest.get("name") or manifest.get("run") or self.folder.name)

    def link(self, view: str = "", **values: object) -> str:
        """The address of another view of this run; the world (arm, seed, mind) goes along unless it is given."""
        along = {name: self.asked.text(name) for name in ("arm", "seed", "mind")} if view else {}
        return link(f"/r/{self.slug}/{view}".rstrip("/"), along | values)

    @cached_property
    def world(self) -> tuple[str, int, str]:
        """Arm, seed and mind that are looked at: those of the address, else the control, the first seed and the named
        mind. Raises NotHereError for one that the run does not have, or where the run has none yet."""
        journal = self.journal
        seed = self.asked.number("seed")
        arm, mind = self.asked.text("arm"), self.asked.text("mind")
        for what, value, known in (
            ("arm", arm, journal.arms),
            ("seed", seed, journal.seeds),
            ("mind", mind, journal.minds),
        ):
            if value is not None and value not in known:
                raise NotHereError(f"This run has no {what} {str(value)[:80]!r}. It has: {', '.join(map(str, known))}")
        if not (journal.arms and journal.seeds and journal.minds):
            raise NotHereError(f"Who lives in this run is not known yet. {' '.join(journal.gaps())}")
        there = {part.arm for part in journal.everything}
        first = next((name for name in journal.arms if name in there), journal.arms[0])
        return (
            arm or first,
            journal.seeds[0] if seed is None else seed,
            mind or journal.minds[0],
        )

    def row(self, arm: str) -> int:
        """The arm's row, which decides its colour: the control comes first."""
        return self.journal.arms.index(arm) if arm in self.journal.arms else 0
