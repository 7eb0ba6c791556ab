"""The statistical mind: wants from the taste stack, ratings from known ratings, mood by comparison with the usual."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import expit

from simulator.minds.account import Account
from simulator.minds.block import BlockTaste, MemberTaste
from simulator.minds.residual import Residual
from simulator.records import F32, I32, Bools
from simulator.turn import Appraisal, AppraisedBy, Scene

LIKING = 0.138
"""Standard deviations of a person's ratings for each logit of taste, where a log has no ratings. Transferred: the
slope within people of held-out ratings on taste in MovieLens-1M (correlation .25)."""


class StatisticalMind:
    """The people of one block as one member of the ensemble sees them. It never waits, so `loop.drive` may run it."""

    waits: ClassVar[bool] = False

    def __init__(self, name: str, block: BlockTaste, taste: MemberTaste, residual: Residual) -> None:
        self.name = name
        self._block, self._taste, self._residual = block, taste, residual

    @property
    def usual(self) -> F32:
        """Mean chance of wanting an item of the page that a person is used to. (n,) over the block."""
        return self._taste.usual

    async def appraise(self, scene: Scene) -> Appraisal:
        """Appraise every item of every page. A person's row depends on that person alone."""
        return self.judge(scene.rows, scene.items, scene.noticed)

    def judge(self, rows: I32, items: I32, noticed: Bools) -> Appraisal:
        """`appraise` without a scene: `rows` (n,) of the block, `items` (n, k) with -1 for empty places."""
        shown = items >= 0
        real = np.maximum(items, 0)
        logits = self._taste.logits(rows, real)
        want = self._residual.want(logits, self._block.people.keys[rows], self._block.item_keys[real])
        taste = np.where(shown & ~self._taste.knows(rows, real), logits, np.float32(np.nan))
        return Appraisal(
            want=want,
            taste=taste,
            rating=self._rating(rows, real, logits),
            mood=mood(want, noticed & shown, self._taste.usual[rows]),
            source=np.full(rows.size, AppraisedBy.STATISTICAL, dtype=np.int8),
        )

    def account(self, row: int, item: int) -> Account:
        """Why the person of this row wants this item of the catalogue, or does not."""
        taste = self._taste.account(row, item)
        rows, items = np.array([row], dtype=np.int32), np.array([[item]], dtype=np.int32)
        want = float(self.judge(rows, items, np.ones((1, 1), dtype=np.bool_)).want[0, 0])
        expected = float(self._residual.location(np.array([taste.taste], dtype=np.float32))[0])
        return Account(taste=taste, personal=want - expected, want=want)

    def _rating(self, rows: I32, items: I32, taste: F32) -> F32:
        people, ratings = self._block.people, self._block.ratings
        stranger = people.source[rows] < 0
        if ratings.is_known and not stranger.any():
            return ratings.expected(people.source[rows], items)
        mean, spread = people.rating_mean[rows, None], people.rating_spread[rows, None]
        liking: F32 = mean + spread * np.float32(LIKING) * (taste - self._taste.typical[rows, None])
        if not ratings.is_known:
            return liking
        liking = liking + ratings.item_bias[items]
        return np.where(stranger[:, None], liking, ratings.expected(people.source[rows], items))


def mood(want: F32, noticed: Bools, usual: F32) -> F32:
    """Valence in [-1, 1]: (page - usual) / (page + usual), the contrast of the page with what the person is used to.

    `page` is the mean chance of wanting a noticed item, sigmoid(want), and `usual` (n,) that of the person's usual
    page. So a page that is as good as usual leaves people at 0, one three times as good at +.5, one a third as good
    at -.5, whatever their level; people who noticed nothing are at 0. That feelings follow the comparison and not the
    level is adaptation-level theory (Helson 1964); the form is Michelson's contrast, chosen for its bounds. `want`
    and `noticed` (n, k); (n,).
    """
    number = noticed.sum(axis=1)
    chance = np.where(noticed, expit(want), np.float32(0))
    page = chance.sum(axis=1) / np.maximum(number, 1)
    valence = (page - usual) / (page + usual + np.float32(1e-9))
    return np.where(number > 0, valence, 0).astype(np.float32)
