"""Calibrated behaviour: from appraisals to actions, by the laws alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from simulator.behaviour.browsing import browse
from simulator.behaviour.consuming import Consuming, Consumption
from simulator.behaviour.cues import CUES
from simulator.behaviour.laws import Laws
from simulator.behaviour.skipping import nothing_happened
from simulator.population import Population
from simulator.randomness import Stream
from simulator.records import F32, Bools, Catalog
from simulator.turn import Action, Appraisal, LeaveReason, Page, Scene

I8 = npt.NDArray[np.int8]

PULLS = ("boredom", "novelty", "conformity", "pickiness", *CUES, "seen before")
"""What moves the decision about an examined item beside `want` and the appeal that is the same for all."""
_CUES = "cues"


@dataclass(frozen=True, eq=False, slots=True)
class Parting:
    """How a page ends. All (n,)."""

    left: Bools
    reason: I8
    action: I8


class Calibrated:
    """People examine, click, dwell, rate, tire and leave by the laws; a mind's stated clicks and ratings do not count.

    What a mind intends does count where no law says how often people do it: searching, instructing and going back
    happen as intended if the person stays (who leaves may have told the service something before), and a wish to leave
    raises the hazard.
    """

    def __init__(self, laws: Laws, seed: int, people: Population, catalog: Catalog) -> None:
        self._laws, self._seed, self._people, self._catalog = laws, seed, people, catalog
        self._consuming = Consuming(laws, seed, catalog)
        self._click_luck = Stream.of(seed, "luck", "click")
        self._novelty_luck = Stream.of(seed, "luck", "novelty of the session")
        self._leave_luck = Stream.of(seed, "luck", "leave")
        self._gap_luck = Stream.of(seed, "luck", "return")
        self._repeat_shift = laws.repeat_exposure.by_count()

    def behave(self, scene: Scene, appraisal: Appraisal) -> Page:
        """All that happens on one page of each person. `score` and `propensity` are NaN: only the host knows them."""
        laws, state, rows = self._laws, scene.state, scene.rows
        items = np.where(scene.items >= 0, scene.items, 0)
        boredom, familiarity = self._likeness(scene, items)
        examined, clicked = self._look(scene, appraisal, items, boredom, familiarity)
        consumed = self._consume(scene, appraisal, clicked)

        chosen = clicked.sum(axis=1)
        looked = examined.sum(axis=1)
        expectation = state.expectation[rows]
        mood = laws.satisfaction.next_mood(state.mood[rows], appraisal.mood)
        performance = laws.satisfaction.performance(self._slate_level(scene, appraisal), consumed.felt, expectation)
        satisfaction = laws.satisfaction.level(performance, expectation, mood, chosen > 0)
        fatigue = laws.fatigue.after(state.fatigue[rows], looked, chosen)

        bored = _mean_over(examined, boredom, looked)
        pushes = self._pushes(scene, appraisal, bored, chosen, fatigue, satisfaction)
        hazard, reason = laws.leaving.hazard(*pushes)
        parting = self._part(scene, appraisal, hazard, reason)
        nothing = np.full(items.shape, np.nan, dtype=np.float32)
        page = Page(
            rows=rows,
            session=scene.session,
            page=scene.page,
            items=scene.items,
            score=nothing,
            propensity=nothing,
            noticed=scene.noticed,
            examined=examined,
            clicked=clicked,
            dwell_s=consumed.dwell_s,
            rating=consumed.rating,
            liked=consumed.liked,
            want=np.where(scene.noticed, appraisal.want, np.float32(np.nan)),
            taste=appraisal.taste,
            action=parting.action,
            satisfaction=satisfaction,
            fatigue=fatigue,
            mood=mood,
            left=parting.left,
            leave_reason=parting.reason,
            appraised_by=appraisal.source,
            return_gap_s=self._return_gap(scene, parting.left, satisfaction),
            sim_time=state.clock_s[rows],
            extra=_words(appraisal),
        )
        return nothing_happened(page, scene)

    def pulls(self, scene: Scene) -> dict[str, F32]:
        """What moves the decision about each item, were it examined, beside `want`: logits by the names of `PULLS`,
        (n, k) each; a cue that nobody can see in this catalogue or layout is absent.

        Of the state as it is: ask before the page is remembered. Values at empty places mean nothing.
        """
        items = np.where(scene.items >= 0, scene.items, 0)
        named = dict(self._terms(scene, items, *self._likeness(scene, items)))
        if named.pop(_CUES, None) is not None:
            named |= self._laws.cues.parts(scene.people, scene.rows, items, self._catalog, scene.layout)
        return {name: np.broadcast_to(named[name], items.shape) for name in PULLS if name in named}

    def chance(self, scene: Scene, appraisal: Appraisal) -> F32:
        """Chance of choosing each item, were it examined: sigmoid(want + appeal + the sum of `pulls`). (n, k)."""
        items = np.where(scene.items >= 0, scene.items, 0)
        return self._chance(scene, appraisal, items, *self._likeness(scene, items))

    def drives(self, scene: Scene, appraisal: Appraisal, page: Page) -> dict[str, F32]:
        """What pushed towards leaving at the end of a page, in logits by the names of `leaving.DRIVES`; (n,) each.

        `page` is what `behave` made of scene and appraisal. Of the state as it is: ask before the page is remembered.
        """
        items = np.where(scene.items >= 0, scene.items, 0)
        boredom, _ = self._likeness(scene, items)
        bored = _mean_over(page.examined, boredom, page.examined.sum(axis=1))
        pushes = self._pushes(scene, appraisal, bored, page.clicked.sum(axis=1), page.fatigue, page.satisfaction)
        return self._laws.leaving.drives(*pushes)

    def _pushes(
        self,
        scene: Scene,
        appraisal: Appraisal,
        bored: F32,
        chosen: npt.NDArray[np.integer[Any]],
        fatigue: F32,
        satisfaction: F32,
    ) -> tuple[Any, ...]:
        """The arguments of the law of leaving."""
        state, rows = scene.state, scene.rows
        return (
            scene.people.patience[rows],
            state.chosen[rows] + chosen,
            fatigue,
            bored * scene.people.boredom_proneness[rows],
            np.maximum(state.expectation[rows] - satisfaction, 0),
            _intends(appraisal, Action.LEAVE, rows.size),
        )

    def _likeness(self, scene: Scene, items: npt.NDArray[np.int32]) -> list[F32]:
        """Boredom with each item, and its familiarity. (n, k) each."""
        state = scene.state
        return cast(list[F32], state.categories.likeness(items, scene.rows, state.trace, scene.people.profile))

    def _look(
        self, scene: Scene, appraisal: Appraisal, items: npt.NDArray[np.int32], boredom: F32, familiarity: F32
    ) -> tuple[Bools, Bools]:
        """Examined and clicked, (n, k) each."""
        chance = self._chance(scene, appraisal, items, boredom, familiarity)
        luck = self._click_luck.uniform(scene.keys, scene.turn, self._catalog.keys.take(items))
        return browse(scene, self._laws, self._seed, luck < chance)

    def _chance(
        self, scene: Scene, appraisal: Appraisal, items: npt.NDArray[np.int32], boredom: F32, familiarity: F32
    ) -> F32:
        terms = self._terms(scene, items, boredom, familiarity)
        _, shifts = next(terms)
        for _, term in terms:
            shifts += term
        return self._laws.click.probability(appraisal.want, shifts)

    def _terms(
        self, scene: Scene, items: npt.NDArray[np.int32], boredom: F32, familiarity: F32
    ) -> Iterator[tuple[str, F32]]:
        """The terms of the shift, in the order in which they are added: (n, k) or (n, 1) each, the first (n, k) and
        owned by nobody. Those of the cues come as one."""
        laws, people, rows = self._laws, scene.people, scene.rows
        yield "boredom", laws.boredom.shift(boredom, people.boredom_proneness[rows])
        seeking = laws.novelty.state(people.novelty_seeking[rows], self._novelty_luck.normal(scene.keys, scene.session))
        yield "novelty", laws.novelty.shift(familiarity, seeking)
        yield "conformity", laws.click.conform(people.conformity[rows], people.popularity.take(items))
        yield "pickiness", laws.click.pick(people.pickiness[rows])[:, None]
        if (cues := laws.cues.shift(people, rows, items, self._catalog, scene.layout)) is not None:
            yield _CUES, cues
        yield "seen before", self._repeat_shift.take(scene.state.exposures[rows[:, None], items])

    def _consume(self, scene: Scene, appraisal: Appraisal, clicked: Bools) -> Consumption:
        return self._consuming.consume(scene, appraisal, clicked)

    def _part(self, scene: Scene, appraisal: Appraisal, hazard: F32, reason: I8) -> Parting:
        left = self._leave_luck.uniform(scene.keys, scene.turn) < hazard
        return _parting(scene, left, reason, appraisal)

    def _slate_level(self, scene: Scene, appraisal: Appraisal) -> F32:
        """Mean expected level of the noticed items, 1–5; NaN where nothing was noticed. (n,)."""
        counted = scene.noticed & ~np.isnan(appraisal.rating)
        count = counted.sum(axis=1)
        total = np.where(counted, appraisal.rating, np.float32(0)).sum(axis=1)
        level = total / (np.maximum(count, 1) * np.float32(scene.people.rating_unit))
        return np.where(count > 0, level, np.nan).astype(np.float32)

    def _return_gap(self, scene: Scene, left: Bools, satisfaction: F32) -> F32:
        """Seconds until the next visit of those who left. (n,)."""
        gap = np.full(left.size, np.nan, dtype=np.float32)
        gone = left.nonzero()[0]
        rows = scene.rows[gone]
        overall = scene.state.satisfaction[rows]
        overall = overall + np.float32(self._laws.satisfaction.pace) * (satisfaction[gone] - overall)
        normal = self._gap_luck.normal(scene.keys[gone], scene.turn)
        baseline = self._laws.satisfaction.ordinary(scene.people.expectation[rows])
        gap[gone] = self._laws.returning.gap_s(scene.people.activity[rows], overall, baseline, normal)
        return gap


def _parting(scene: Scene, left: Bools, reason: I8, appraisal: Appraisal) -> Parting:
    """A page without items is always the last; whoever stays does what the mind intends, else sees the next page."""
    empty = (scene.items < 0).all(axis=1)
    reason = np.where(empty, np.int8(LeaveReason.NOTHING_SHOWN), reason)
    left = left | empty
    stays = np.full(left.size, Action.NEXT_PAGE, dtype=np.int8)
    if appraisal.action is not None:
        stays = np.where(appraisal.action == Action.LEAVE, stays, appraisal.action)
    return Parting(
        left=left,
        reason=np.where(left, reason, np.int8(LeaveReason.STAYED)),
        # Whoever told the service something and then went has told it.
        action=np.where(left & (stays != Action.INSTRUCT), np.int8(Action.LEAVE), stays),
    )


def _mean_over(counted: Bools, values: F32, count: npt.NDArray[np.integer[Any]]) -> F32:
    """Mean of each row's counted values, 0 where there is none. (n,)."""
    mean: F32 = np.where(counted, values, np.float32(0)).sum(axis=1) / np.maximum(count, 1)
    return mean


def _intends(appraisal: Appraisal, action: Action, n: int) -> Bools:
    if appraisal.action is None:
        return np.zeros(n, dtype=np.bool_)
    intends: Bools = appraisal.action == action
    return intends


def _words(appraisal: Appraisal) -> dict[str, npt.NDArray[Any]]:
    words = {"action_argument": appraisal.action_argument, "reason": appraisal.reason, **appraisal.words}
    return {name: value for name, value in words.items() if value is not None}
