"""One page in front of the player: what is on it, and everything they do with it until they turn it or leave.

The terminal drives this object and nothing else, so that a full screen and plain lines journal alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from simulator.records import Item
from simulator.turn import LeaveReason

LEVELS = range(1, 6)
REASONS: Mapping[LeaveReason, str] = {
    LeaveReason.SATED: "found enough",
    LeaveReason.TIRED: "tired",
    LeaveReason.BORED: "bored: more of the same",
    LeaveReason.DISSATISFIED: "nothing here for me",
    LeaveReason.INTENDED: "meant to go anyway",
}
"""Why a player may leave, in their words."""


class Stopped(Exception):  # noqa: N818 - it is no error
    """The player went away in the middle; everything that they did is kept."""


class Notes(Protocol):
    """Where each act is kept at once (`diary.Diary`)."""

    def note(self, event: str, **values: Any) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page as the player sees it."""

    turn: int
    session: int
    page: int
    """Pages of this visit before it."""
    layout: str
    items: tuple[Item | None, ...]
    """By place; None for an empty one."""
    scale: tuple[str, ...]
    """What each of the five levels is called on the dataset's scale."""
    pages_left: int
    """Pages of the play after this one."""

    @property
    def places(self) -> tuple[int, ...]:
        """The places that hold an item, from the top."""
        return tuple(place for place, item in enumerate(self.items) if item is not None)


@dataclass(kw_only=True)
class Looking:
    """The acts on one page. `clock` gives seconds; only differences count."""

    shown: Shown
    notes: Notes
    clock: Callable[[], float] = time.monotonic
    seen: set[int] = field(default_factory=set)
    """Places that have been on the screen."""
    dwell_s: dict[int, float] = field(default_factory=dict)
    """Seconds with each opened item: from opening its page to going back, all times together."""
    levels: dict[int, int] = field(default_factory=dict)
    satisfaction: int | None = None
    left: bool = False
    reason: LeaveReason = LeaveReason.STAYED
    done: bool = False
    current: int | None = None
    """The place whose item is open."""
    _since: float = 0.0

    @classmethod
    def again(cls, shown: Shown, notes: Notes, before: Iterable[Mapping[str, Any]], **more: Any) -> Looking:
        """With what was done on this page before the play was interrupted. An item that was open then has been opened,
        and counts with the seconds that are known."""
        looking = cls(shown=shown, notes=notes, **more)
        for event in before:
            places = [place for place in event.get("places", [event.get("place")]) if place in shown.places]
            if event["event"] == "seen":
                looking.seen.update(places)
            for place in places:
                if event["event"] == "open":
                    looking.dwell_s.setdefault(place, 0.0)
                elif event["event"] == "back" and place in looking.dwell_s:
                    looking.dwell_s[place] += float(event["seconds"])
                elif event["event"] == "rate" and event["level"] in LEVELS and place in looking.dwell_s:
                    looking.levels[place] = event["level"]
        return looking

    @property
    def clicked(self) -> frozenset[int]:
        """Places whose item was opened."""
        return frozenset(self.dwell_s)

    def see(self, places: Iterable[int]) -> None:
        """These places are on the screen."""
        fresh = sorted(set(places) & set(self.shown.places) - self.seen)
        if fresh:
            self.notes.note("seen", turn=self.shown.turn, places=fresh)
            self.seen.update(fresh)

    def open(self, place: int) -> Item:
        """Open an item: a click. Its time runs until `back`. Raises ValueError for an empty place."""
        if place not in self.shown.places or self.done:
            raise ValueError(f"place {place} holds nothing to open")
        self.back()
        self.see([place])
        self.notes.note("open", turn=self.shown.turn, place=place)
        self.dwell_s.setdefault(place, 0.0)
        self.current, self._since = place, self.clock()
        item = self.shown.items[place]
        assert item is not None
        return item

    def back(self) -> None:
        """From the item to the page."""
        if self.current is not None:
            seconds = round(max(0.0, self.clock() - self._since), 3)
            self.notes.note("back", turn=self.shown.turn, place=self.current, seconds=seconds)
            self.dwell_s[self.current] += seconds
            self.current = None

    def rate(self, place: int, level: int) -> None:
        """Rate an item that was opened, 1-5 levels; a second rating replaces the first."""
        if place not in self.clicked or level not in LEVELS:
            raise ValueError("only an opened item is rated, with one of five levels")
        self.notes.note("rate", turn=self.shown.turn, place=place, level=level)
        self.levels[place] = level

    def turn_page(self, satisfaction: int | None = None) -> None:
        """Done with this page; the next one is wanted. `satisfaction` with it, 1-5, None: no answer."""
        self._end(satisfaction)

    def leave(self, reason: LeaveReason = LeaveReason.INTENDED, satisfaction: int | None = None) -> None:
        """End the visit with this page."""
        if reason not in REASONS:
            raise ValueError(f"{reason!r} is no reason to leave")
        self.left, self.reason = True, reason
        self._end(satisfaction)

    def _end(self, satisfaction: int | None) -> None:
        if satisfaction is not None and satisfaction not in LEVELS:
            raise ValueError("satisfaction has five levels")
        self.back()
        self.satisfaction, self.done = satisfaction, True
