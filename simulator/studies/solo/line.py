"""One line of a life: steps that are taken in order, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommenders.contract import Feedback
from recommenders.platform import CHOSEN
from simulator.records import UserInputError
from simulator.studies.solo import telling
from simulator.studies.solo.changes import Change, SetBelief, SetFatigue, SetItem, SetMood
from simulator.studies.solo.lived import Lived, Source
from simulator.studies.solo.outfit import Outfit
from simulator.studies.solo.sitting import Person, Sitting
from simulator.studies.solo.steps import Changed, Shown, Step, Waited
from simulator.studies.theatre import Theatre
from simulator.turn import Page

if TYPE_CHECKING:
    from simulator.studies.solo.past import Past

SURE = 0.95
"""How sure somebody is of a belief that they were given."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A page that was lived after certain steps."""

    turn: int
    page: Page
    lived: Lived | None
    """None: not told yet."""


Known = dict[tuple[Step, ...], Kept]
"""Pages by all steps that led to them, their own included."""


def steps_of(past: Past, known: Known, *, slate_size: int, layout: str) -> tuple[Step, ...]:
    """What was lived in a run, as the first steps of a life; their pages are `known` from then on. Raises
    UserInputError for pages that do not fit."""
    source = Source(kind="journal", name=past.arm)
    steps: tuple[Step, ...] = ()
    for turn, page in past.turns:
        if page.items.shape[1] != slate_size:
            raise UserInputError(
                f"{past.run}: its pages have {page.items.shape[1]} places, and those of this setting {slate_size}. "
                "Open the run's own scenario"
            )
        items = tuple(page.items[0][page.items[0] >= 0].tolist())
        steps = (*steps, Shown(items=items, source=source, layout=layout))
        known[steps] = Kept(turn, page, None)
    return steps


class Line:
    """Not for several threads. `known`: pages that happen as they did, instead of being lived, where the same steps
    were taken before them; pages that are lived are added.

    After anything that `take` raises the line is of no use any more: make another of the same steps.
    """

    def __init__(self, theatre: Theatre, person: Person, first: Outfit, seed: int, known: Known) -> None:
        self._known, self._slate_size = known, theatre.plan.slate_size
        self.sitting = Sitting(theatre, person, first, seed)
        self.steps: tuple[Step, ...] = ()
        self.turns: tuple[Lived, ...] = ()
        self.pages: tuple[tuple[int, Page], ...] = ()
        self.feedback: list[Feedback] = []
        """What recommenders are told of the pages."""
        self.now = telling.condition(self.sitting.state)

    def take(self, step: Step) -> None:
        """One step more; `check` it first. Raises whatever a mind fails with, and UserInputError."""
        match step:
            case Shown():
                self._show(step)
            case Changed(change=change):
                self._change(change)
            case Waited():
                self.sitting.open_visit()
                self.now = telling.condition(self.sitting.state)
        self.steps = (*self.steps, step)

    def rows(self, items: Sequence[int]) -> list[int]:
        """Items of the catalogue. Raises UserInputError for others."""
        size, rows = len(self.sitting.outfit.catalog), [int(item) for item in items]
        for row in rows:
            if not 0 <= row < size:
                raise UserInputError(f"item: there is no row {row}; they go from 0 to {size - 1}")
        return rows

    def close(self) -> None:
        """Let go of the world."""
        self.sitting.close()

    def _show(self, step: Shown) -> None:
        sitting = self.sitting
        sitting.open_visit()
        before, path = telling.condition(sitting.state), (*self.steps, step)
        kept = self._known.get(path)
        if kept is None:
            turn, page, heard = sitting.live(step.items)
        else:
            turn, page = kept.turn, kept.page
            heard = sitting.live_again(turn, page)
        after = telling.at_the_end(page, before, sitting.state)
        lived = None if kept is None else kept.lived
        if lived is None:
            lived = telling.lived(turn, page, heard, sitting.outfit.catalog, step.source, before, after)
            self._known[path] = Kept(turn, page, lived)
        self.turns, self.pages = (*self.turns, lived), (*self.pages, (turn, page))
        self.feedback.append(sitting.feedback())
        self.now = after

    def _change(self, change: Change) -> None:
        sitting, state = self.sitting, self.sitting.state
        match change:
            case SetMood(value=value):
                sitting.open_visit()
                state.mood[0] = value
            case SetFatigue(value=value):
                sitting.open_visit()
                state.fatigue[0] = value
            case _:
                sitting.wear(sitting.outfit.with_change(change))
        if isinstance(change, SetBelief) and sitting.memory is not None:
            sitting.open_visit()  # so that its time does not hang on whether somebody looked at the person before
            both = [f"you {verb} {change.text}" for verb in ("like", "dislike")]
            told = both[0] if change.likes else both[1]
            now = float(state.clock_s[0])
            sitting.memory.believe(0, told, SURE, turn=int(sitting.world.turn), now=now, instead_of=both)
        if state.in_session[0]:
            self.now = telling.condition(state)

    def check(self, step: Step) -> None:
        """Refuse what cannot be done now; nothing happens. Raises UserInputError."""
        match step:
            case Shown(items=items):
                rows = self.rows(items)
                if (*self.steps, step) not in self._known:  # what was lived in a run may have been an empty page
                    self._check_page(rows)
            case Changed(change=SetItem(item=item)):
                self.rows([item])
            case Waited() if self.now.in_session:  # not the world: looking at a person opens their visit
                raise UserInputError("wait: their visit goes on; the next page can be shown at once")

    def _check_page(self, rows: Sequence[int]) -> None:
        if not rows:
            raise UserInputError("page: there is no item on it. Name at least one")
        if len(rows) > self._slate_size:
            raise UserInputError(
                f"page: it has {self._slate_size} places, and {len(rows)} items are given. Leave some out, or open the "
                "setting with another world.slate_size"
            )
        self.sitting.open_visit()
        blocked, catalog = self.sitting.world.view.blocked[0], self.sitting.outfit.catalog
        for nth, row in enumerate(rows):
            title = catalog[row].title or catalog[row].item_id
            if row in rows[:nth]:
                raise UserInputError(f"page: {title!r} is on it twice. Name each item once")
            if blocked[row]:
                when = "was chosen before" if blocked[row] & CHOSEN else "was shown in this visit already"
                raise UserInputError(
                    f"page: {title!r} {when}, and a platform does not show it again. Take another item"
                )
