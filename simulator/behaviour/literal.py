"""Literal behaviour: what a mind says it does is taken as it is, as RecAgent and Agent4Rec do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from simulator.behaviour.calibrated import I8, Calibrated, Parting, _parting
from simulator.behaviour.consuming import LIKED, Consumption
from simulator.records import F32, Bools
from simulator.turn import Action, Appraisal, AppraisedBy, LeaveReason, Scene


class Literal(Calibrated):
    """Stated clicks, ratings and actions replace the laws; where a mind states none, the laws hold.

    Everything noticed counts as examined, for a mind is asked about all that it noticed.
    """

    def _look(
        self, scene: Scene, appraisal: Appraisal, items: npt.NDArray[np.int32], boredom: F32, familiarity: F32
    ) -> tuple[Bools, Bools]:
        if appraisal.clicks is None:
            return super()._look(scene, appraisal, items, boredom, familiarity)
        lawful = super()._look(scene, appraisal, items, boredom, familiarity)
        stated = _stated(appraisal)[:, None]
        return np.where(stated, scene.noticed, lawful[0]), np.where(stated, appraisal.clicks & scene.noticed, lawful[1])

    def chance(self, scene: Scene, appraisal: Appraisal) -> F32:
        """As of the laws; NaN for people whose clicks the mind stated, since chance has no part in those."""
        lawful = super().chance(scene, appraisal)
        if appraisal.clicks is None:
            return lawful
        return np.where(_stated(appraisal)[:, None], np.float32(np.nan), lawful)

    def _consume(self, scene: Scene, appraisal: Appraisal, clicked: Bools) -> Consumption:
        lawful = super()._consume(scene, appraisal, clicked)
        if appraisal.clicks is None:
            return lawful
        stated = clicked & ~np.isnan(appraisal.rating) & _stated(appraisal)[:, None]
        unit = np.float32(scene.people.rating_unit)
        rating = np.where(stated, appraisal.rating, lawful.rating)
        count = stated.sum(axis=1)
        total = np.where(stated, appraisal.rating, np.float32(0)).sum(axis=1) / unit
        felt = np.where(count > 0, total / np.maximum(count, 1), lawful.felt).astype(np.float32)
        liked = np.where(stated, appraisal.rating >= LIKED * unit, lawful.liked)
        return replace(lawful, rating=rating, liked=liked, felt=felt)

    def _part(self, scene: Scene, appraisal: Appraisal, hazard: F32, reason: I8) -> Parting:
        if appraisal.action is None:
            return super()._part(scene, appraisal, hazard, reason)
        lawful, stated = super()._part(scene, appraisal, hazard, reason), _stated(appraisal)
        left = np.where(stated, appraisal.action == Action.LEAVE, lawful.left)
        why = np.where(stated, np.int8(LeaveReason.INTENDED), reason)
        return _parting(scene, left, why, appraisal)


def _stated(appraisal: Appraisal) -> Bools:
    """Whose actions a mind stated: not those where another mind had to stand in. (n,)."""
    stands_in = (AppraisedBy.STATISTICAL, AppraisedBy.FALLBACK, AppraisedBy.SKIPPED)
    return ~np.isin(appraisal.source, stands_in)
