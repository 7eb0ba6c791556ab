"""The double: the statistical mind's person with the player's history, in front of the very pages the player saw.

Page by page, its state follows what the *player* did (teacher forcing, Williams & Zipser, Neural Computation 1989), so
that each chance is one that could have been told just before the page. What no history tells (traits, luck, lasting
taste for single items) is averaged over copies of the double. Beside it, some copies live on their own, on pages of
their own, from the same start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recommenders.contract import SlateBatch
from recommenders.errors import PluginError
from simulator.behaviour.calibrated import I8, Calibrated, Parting
from simulator.behaviour.consuming import Consuming
from simulator.experiment.casting import fitted_host
from simulator.experiment.company import Company
from simulator.experiment.folder import RunFolder
from simulator.experiment.live import merge
from simulator.minds.stack import NAMED
from simulator.records import F32, Bools
from simulator.state import PeopleState
from simulator.studies.play.seat import SeatState
from simulator.studies.play.staging import Seating, Staged
from simulator.turn import Action, Appraisal, LeaveReason, Page, Scene
from simulator.world import Cast, World

LIVES = 64
"""Copies that live on their own; one where the recommender learns, for copies would teach it about each other."""
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Foretold:
    """What the double made of one page that the player saw. Expectations over its copies."""

    chance: F64
    """Of a click, examination and all, before anybody clicked. (k,)."""
    clicks: npt.NDArray[np.int64]
    """Of each copy, in the player's place. (copies,)."""
    rating: F64
    """Expected, on the dataset's scale. (k,)."""
    dwell_s: F64
    """Mean seconds, were the player's clicks its own; NaN where the player clicked nothing. (k,)."""
    satisfaction: float
    """With the page, given the player's clicks, 1-5."""
    hazard: F64
    """Chance of each copy to leave after it, given the player's clicks. (copies,)."""

    @property
    def leaves(self) -> float:
        """Chance of leaving after it."""
        return float(self.hazard.mean())


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnLives:
    """What copies did on their own, from the same start and in the same time. (lives,) each."""

    pages: npt.NDArray[np.int64]
    clicks: npt.NDArray[np.int64]
    first: Sequence[tuple[int, Page]]
    """The turns of the first copy, which has the player's name: for the journal."""
    fault: str | None = None
    """Why they could not be lived to the end."""


class Following(Calibrated):
    """The laws, with the player's looks and clicks in the place of one's own. `given`: the player's page."""

    given: Page
    hazard: F32

    def _look(self, scene: Scene, appraisal: Appraisal, items: Any, boredom: F32, familiarity: F32) -> Any:
        n = scene.rows.size
        return np.repeat(self.given.examined, n, axis=0), np.repeat(self.given.clicked, n, axis=0)

    def _part(self, scene: Scene, appraisal: Appraisal, hazard: F32, reason: I8) -> Parting:
        self.hazard = hazard
        left: Bools = np.repeat(self.given.left, hazard.size)
        action = np.where(left, np.int8(Action.LEAVE), np.int8(Action.NEXT_PAGE))
        return Parting(left=left, reason=np.where(left, reason, np.int8(LeaveReason.STAYED)), action=action)


def foretell(staged: Staged, pages: Sequence[tuple[int, Page]]) -> list[Foretold]:
    """The double in front of the player's pages, in order."""
    cast = staged.company.cast("everyone", staged.key_of(NAMED), staged.host)
    seed = staged.plan.seed
    state = SeatState(cast.people, staged.catalog, staged.laws, seed)
    own = Calibrated(staged.laws, seed, cast.people, staged.catalog)
    following = Following(staged.laws, seed, cast.people, staged.catalog)
    consuming = Consuming(staged.laws, seed, staged.catalog)
    world = World(
        replace(cast, state=state), _Kept(), seed=seed, slate_size=staged.plan.slate_size, layout=staged.plan.layout
    )
    told = []
    for turn, page in pages:
        world.turn = turn
        rows = state.arrive(turn)
        scene = world.perceive(rows, SlateBatch(staged.catalog, np.repeat(page.items, rows.size, axis=0)))
        appraisal = world.appraise(scene)
        told.append(_told(own, following, consuming, scene, appraisal, page))
        state.advance(_forced(following.behave(scene, appraisal), page), turn)
    world.close()
    return told


def _told(
    own: Calibrated, following: Following, consuming: Consuming, scene: Scene, appraisal: Appraisal, page: Page
) -> Foretold:
    alone = own.behave(scene, appraisal)
    # Which places a copy examines is drawn, and whether it then clicks is averaged: the draws' variance goes.
    chance = np.where(alone.examined, own.chance(scene, appraisal), np.float32(0)).mean(axis=0, dtype=np.float64)
    following.given = page
    after = following.behave(scene, appraisal)
    dwell = consuming.consume(scene, appraisal, after.clicked).dwell_s.mean(axis=0, dtype=np.float64)
    return Foretold(
        chance=chance,
        clicks=alone.clicked.sum(axis=1),
        rating=appraisal.rating.mean(axis=0, dtype=np.float64),
        dwell_s=np.where(page.clicked[0], dwell, np.nan),
        satisfaction=float(after.satisfaction.mean()),
        hazard=following.hazard.astype(np.float64),
    )


def _forced(after: Page, page: Page) -> Page:
    """The copies' page as the player lived it, for their next state: what the player did and said is the player's, and
    what nobody asked is the law's."""
    n = len(after)
    said = np.repeat(page.satisfaction, n)
    return replace(
        after,
        noticed=np.repeat(page.noticed, n, axis=0),
        dwell_s=np.repeat(page.dwell_s, n, axis=0),
        satisfaction=np.where(np.isfinite(said), said, after.satisfaction),
    )


class _Kept:
    """Stands where a journal stands, and keeps the turns."""

    def __init__(self) -> None:
        self.turns: list[tuple[int, Page]] = []

    @property
    def committed(self) -> Sequence[tuple[int, Page]]:
        """None: nothing is read back."""
        return ()

    def append(self, turn: int, page: Page) -> None:
        """Keep a turn."""
        self.turns.append((turn, page))


def live_alone(staged: Staged, folder: RunFolder, seating: Seating) -> OwnLives:
    """Copies of the double on pages of their own, until they have left as often as the player may, or as many pages
    have gone by."""
    plan, arm = staged.plan, staged.plan.arms[0]
    learns = staged.host.learns
    many = 1 if learns else LIVES
    stage = replace(staged.stage, everyone=staged.stage.everyone.take(np.arange(many)))
    place = folder.models / "recommenders" / arm.name
    host = fitted_host(plan, arm, place, staged.catalog, staged.split.platform) if learns else staged.host
    kept = _Kept()
    pages, clicks = np.zeros(many, dtype=np.int64), np.zeros(many, dtype=np.int64)
    fault = None
    try:
        cast: Cast = Company(stage, {arm.name: host}).cast("everyone", staged.key_of(NAMED), host)
        state: PeopleState = SeatState(cast.people, staged.catalog, staged.laws, plan.seed)
        world = World(replace(cast, state=state), kept, seed=plan.seed, slate_size=plan.slate_size, layout=plan.layout)
        for _ in range(seating.pages):
            world.step()
            if learns:
                host.observe(merge([world.feedback()]))
            page = kept.turns[-1][1]
            pages[page.rows] += 1
            clicks[page.rows] += page.clicked.sum(axis=1)
            over = ~state.in_session & (state.session >= seating.sessions - 1)
            state.opens_at[over] = np.iinfo(np.int32).max
        world.close()
    except PluginError as error:
        fault = str(error)
    finally:
        if learns:
            host.close()
    first = [(turn, _of_row(page, 0)) for turn, page in kept.turns]
    return OwnLives(pages=pages, clicks=clicks, first=first, fault=fault)


def _of_row(page: Page, row: int) -> Page:
    """The page of one person, or of nobody where they had none."""
    mine = page.rows == row
    values = {f.name: getattr(page, f.name)[mine] for f in fields(page) if f.name != "extra"}
    return Page(**values, extra={name: words[mine] for name, words in page.extra.items()})
