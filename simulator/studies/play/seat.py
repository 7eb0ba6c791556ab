"""The seat: where a simulated person's mind and behaviour stand, a human looks, clicks, rates and leaves.

What a human's page cannot hold is NaN on it and null in the journal: how much anything was wanted, fatigue, mood.
Noticed and examined is what was on the screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Protocol

import numpy as np

from simulator.behaviour.consuming import LIKED
from simulator.records import I32, Catalog
from simulator.simulated_time import DAY_S
from simulator.state import PeopleState
from simulator.studies.play.diary import Diary
from simulator.studies.play.looking import Looking, Shown
from simulator.studies.play.taste import Onboarding, Pick
from simulator.turn import Action, Appraisal, AppraisedBy, LeaveReason, Page, Scene

HUMAN = "human"
"""The mind's name in the journal."""
BETWEEN_VISITS_S = float(DAY_S)
"""Simulated seconds between two visits of a sitting: the player comes back at once, and a day has gone by. Assumed; the
journal's `return_gap_s` stays null."""


class Player(Protocol):
    """Who sits there: a terminal with a human, or a script. Each call returns when its question is answered; what stops
    the play (Ctrl-C, a closed input) is raised through it, and nothing that was noted is lost."""

    def onboard(self, onboarding: Onboarding, note: Callable[[Pick], None]) -> None:
        """Ask about titles; `note` takes each answer at once. Returning ends the onboarding."""

    def tell(self, text: str) -> None:
        """Say something that needs no answer."""

    def look(self, looking: Looking) -> None:
        """Show a page until `looking.done`."""

    def again(self, visit: int) -> bool:
        """Whether a further visit, number `visit` from 1, is wanted."""


class Seat:
    """Mind and behaviour of a world of one."""

    waits: ClassVar[bool] = False

    def __init__(
        self,
        player: Player,
        diary: Diary,
        catalog: Catalog,
        *,
        scale: tuple[str, ...],
        unit: float,
        pages: int,
        **more: Any,
    ) -> None:
        self.name = HUMAN
        self._player, self._diary, self._catalog = player, diary, catalog
        self._scale, self._unit, self._pages, self._more = scale, unit, pages, more
        self._looking: Looking | None = None

    async def appraise(self, scene: Scene) -> Appraisal:
        """Show the page and wait for the human. Nothing of what they want is known."""
        items = tuple(None if row < 0 else self._catalog[row] for row in scene.items[0].tolist())
        shown = Shown(
            turn=scene.turn,
            session=int(scene.session[0]),
            page=int(scene.page[0]),
            layout=scene.layout,
            items=items,
            scale=self._scale,
            pages_left=max(0, self._pages - scene.turn - 1),
        )
        self._looking = Looking.again(shown, self._diary, self._diary.of_turn(scene.turn), **self._more)
        if shown.places:
            self._player.look(self._looking)
        unknown = np.full(scene.items.shape, np.nan, dtype=np.float32)
        mood = np.full(1, np.nan, dtype=np.float32)
        source = np.full(1, AppraisedBy.HUMAN, dtype=np.int8)
        return Appraisal(want=unknown, taste=unknown, rating=unknown, mood=mood, source=source)

    def behave(self, scene: Scene, appraisal: Appraisal) -> Page:
        """The page as the human left it."""
        looking, k = self._looking, scene.items.shape[1]
        assert looking is not None, "a page is looked at before it is acted on"
        nothing = not looking.shown.places
        clicked, seen = np.zeros((1, k), dtype=np.bool_), np.zeros((1, k), dtype=np.bool_)
        dwell, level = np.zeros((1, k), dtype=np.float32), np.full((1, k), np.nan, dtype=np.float32)
        seen[0, list(looking.seen)] = True
        for place, seconds in looking.dwell_s.items():
            clicked[0, place], dwell[0, place] = True, seconds
        for place, given in looking.levels.items():
            level[0, place] = given
        left = looking.left or nothing
        reason = LeaveReason.NOTHING_SHOWN if nothing else looking.reason
        unknown = np.full((1, k), np.nan, dtype=np.float32)
        unasked = np.full(1, np.nan, dtype=np.float32)
        return Page(
            rows=scene.rows,
            session=scene.session,
            page=scene.page,
            items=scene.items,
            score=unknown,
            propensity=unknown,
            noticed=seen,
            examined=seen.copy(),
            clicked=clicked,
            dwell_s=dwell,
            rating=level * np.float32(self._unit),
            liked=level >= LIKED,
            want=unknown,
            taste=unknown,
            action=np.full(1, Action.LEAVE if left else Action.NEXT_PAGE, dtype=np.int8),
            satisfaction=np.full(1, np.nan if looking.satisfaction is None else looking.satisfaction, dtype=np.float32),
            fatigue=unasked,
            mood=unasked,
            left=np.full(1, left, dtype=np.bool_),
            leave_reason=np.full(1, reason, dtype=np.int8),
            appraised_by=appraisal.source,
            return_gap_s=unasked,
            sim_time=scene.state.clock_s[scene.rows],
        )


class SeatState(PeopleState):
    """The state of people who sit down at once and come back at once; what a page does not know leaves it alone."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.opens_at[:] = 0
        self.clock_s[:] = 0.0

    def advance(self, page: Page, turn: int) -> None:
        """As of anybody. What was not asked moves nothing: fatigue and mood stay, satisfaction is not judged."""
        rows, asked = page.rows, np.isfinite(page.satisfaction)
        known = replace(
            page,
            fatigue=np.where(np.isnan(page.fatigue), self.fatigue[rows], page.fatigue),
            mood=np.where(np.isnan(page.mood), self.mood[rows], page.mood),
            appraised_by=np.where(asked, page.appraised_by, np.int8(AppraisedBy.SKIPPED)).astype(np.int8),
        )
        super().advance(known, turn)

    def _rest(self, rows: I32, gap_s: Any, turn: int) -> None:
        super()._rest(rows, np.full(rows.shape, BETWEEN_VISITS_S, dtype=np.float32), turn)
        self.opens_at[rows] = turn + 1
