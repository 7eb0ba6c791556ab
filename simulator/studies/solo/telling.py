"""From the arrays of a page to what a person lived, in plain values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.behaviour.calibrated import Calibrated
from simulator.records import Catalog
from simulator.state import PeopleState
from simulator.studies.solo.lived import Condition, Lived, Place, Source
from simulator.turn import WORDS, Action, Appraisal, AppraisedBy, LeaveReason, Page, Scene

_TOLD_ELSEWHERE = ("action_argument", "item_reasons", "memories", "usage")


@dataclass(eq=False)
class Heard:
    """What went on in a person in front of their last page: kept, because a page holds only what came of it."""

    scene: Scene
    appraisal: Appraisal
    pulls: Mapping[str, npt.NDArray[np.float32]]
    """(1, k) each."""
    chance: npt.NDArray[np.float32]
    """(1, k)."""
    drives: Mapping[str, npt.NDArray[np.float32]]
    """(1,) each."""


class Overheard:
    """Stands where the behaviour stands, does what it does, and keeps what moved it."""

    def __init__(self, inner: Calibrated) -> None:
        self.inner = inner
        self.heard: Heard | None = None

    def behave(self, scene: Scene, appraisal: Appraisal) -> Page:
        """As the behaviour does."""
        page = self.inner.behave(scene, appraisal)
        self.heard = self.hear(scene, appraisal, page)
        return page

    def hear(self, scene: Scene, appraisal: Appraisal, page: Page) -> Heard:
        """What moved a person on a page; ask before the page is remembered."""
        return Heard(
            scene,
            appraisal,
            self.inner.pulls(scene),
            self.inner.chance(scene, appraisal),
            self.inner.drives(scene, appraisal, page),
        )


def of_page(page: Page) -> Appraisal:
    """As much of an appraisal as a page tells. That somebody meant to leave shows where it is why they left."""
    meant = (page.action != Action.LEAVE) | (page.leave_reason == LeaveReason.INTENDED)
    return Appraisal(
        want=page.want,
        taste=page.taste,
        rating=np.full(page.items.shape, np.nan, dtype=np.float32),
        mood=page.mood,
        source=page.appraised_by,
        action=np.where(meant, page.action, np.int8(Action.NEXT_PAGE)),
    )


def lived(
    turn: int, page: Page, heard: Heard, catalog: Catalog, source: Source, before: Condition, after: Condition
) -> Lived:
    """What the one person of a page lived."""
    reasons = _texts(_word(page, "item_reasons"))
    places = tuple(
        place(catalog, heard, page, nth, reasons[nth] if nth < len(reasons) else None)
        for nth in np.flatnonzero(page.shown[0]).tolist()
    )
    memories = heard.scene.memories
    gap = _number(page.return_gap_s[0])
    return Lived(
        turn=turn,
        session=int(page.session[0]),
        page=int(page.page[0]),
        layout=heard.scene.layout,
        source=source,
        places=places,
        before=before,
        after=after,
        satisfaction=_number(page.satisfaction[0]),
        action=Action(int(page.action[0])).name.lower(),
        argument=_word(page, "action_argument"),
        left=bool(page.left[0]),
        leave_reason=LeaveReason(int(page.leave_reason[0])).name.lower(),
        drives={name: _number(value[0]) for name, value in heard.drives.items()},
        return_gap_s=None if math.isnan(gap) else gap,
        recalled=() if memories is None else memories[0].memories,
        words={name: text for name in WORDS if name not in _TOLD_ELSEWHERE and (text := _word(page, name)) is not None},
        appraised_by=AppraisedBy(int(page.appraised_by[0])).name.lower(),
    )


def place(catalog: Catalog, heard: Heard, page: Page | None, nth: int, reason: str | None = None) -> Place:
    """One place of a page; without a page, of items that were thought of and not lived."""
    item = int(heard.scene.items[0, nth])
    noticed = bool((heard.scene if page is None else page).noticed[0, nth])
    rating = math.nan if page is None else _number(page.rating[0, nth])
    return Place(
        item=item,
        item_id=catalog[item].item_id,
        title=catalog[item].title,
        categories=catalog[item].categories,
        noticed=noticed,
        examined=page is not None and bool(page.examined[0, nth]),
        clicked=page is not None and bool(page.clicked[0, nth]),
        liked=page is not None and bool(page.liked[0, nth]),
        dwell_s=0.0 if page is None else float(page.dwell_s[0, nth]),
        rating=None if math.isnan(rating) else rating,
        want=_number(heard.appraisal.want[0, nth]) if noticed else math.nan,
        pulls={name: _number(values[0, nth]) for name, values in heard.pulls.items()} if noticed else {},
        chance=_number(heard.chance[0, nth]) if noticed else math.nan,
        reason=reason,
    )


def thought(catalog: Catalog, heard: Heard) -> list[Place]:
    """Items that a person thought of and did not live."""
    column = heard.appraisal.words.get("item_reasons")
    reasons = [] if column is None else _texts(column[0])
    return [
        place(catalog, heard, None, nth, reasons[nth] if nth < len(reasons) else None)
        for nth in range(heard.scene.items.shape[1])
    ]


def condition(state: PeopleState) -> Condition:
    """How the one person of a state is."""
    return Condition(
        mood=float(state.mood[0]),
        fatigue=float(state.fatigue[0]),
        satisfaction=float(state.satisfaction[0]),
        expectation=float(state.expectation[0]),
        chosen=int(state.chosen[0]),
        clock_s=float(state.clock_s[0]),
        session=int(state.session[0]),
        page=int(state.page[0]) if state.session[0] >= 0 else 0,
        in_session=bool(state.in_session[0]),
    )


def at_the_end(page: Page, before: Condition, state: PeopleState) -> Condition:
    """How a person is at the end of a page, before the time until the next visit does anything. `state`: after it."""
    gap = float(page.return_gap_s[0]) if page.left[0] else 0.0
    return Condition(
        mood=float(page.mood[0]),
        fatigue=float(page.fatigue[0]),
        satisfaction=float(state.satisfaction[0]),
        expectation=float(state.expectation[0]),
        chosen=before.chosen + int(page.clicked[0].sum()),
        clock_s=float(state.clock_s[0]) - gap,
        session=before.session,
        page=before.page + 1,
        in_session=not page.left[0],
    )


def _number(value: Any) -> float:
    """As a plain number; all that are none are one and the same, so that pages that are alike are equal."""
    number = float(value)
    return math.nan if math.isnan(number) else number


def _word(page: Page, name: str) -> str | None:
    column = page.extra.get(name)
    return None if column is None or column[0] is None else str(column[0])


def _texts(told: str | None) -> list[str | None]:
    """A JSON list of texts and nulls, as a page carries it."""
    if told is None:
        return []
    try:
        values: Any = json.loads(told)
    except ValueError:
        return []
    return [one if isinstance(one, str) else None for one in values] if isinstance(values, list) else []
