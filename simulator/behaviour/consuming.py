"""What comes of the clicks of a page: how long people stay, what they feel, and whether they say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.behaviour.laws import Laws
from simulator.randomness import Stream
from simulator.records import F32, Bools, Catalog
from simulator.turn import Appraisal, Scene

LIKED = 4
"""Felt level from which an item counts as liked: four of five, the usual cut of MovieLens."""


@dataclass(frozen=True, eq=False, slots=True)
class Consumption:
    """All (n, k) but `felt`; at places that were not clicked: 0, NaN, False."""

    dwell_s: F32
    rating: F32
    liked: Bools
    felt: F32
    """Mean felt level of what was chosen, NaN where nothing was. (n,)."""


class Consuming:
    """The laws of dwell and rating with their luck, keyed by person, turn and item."""

    def __init__(self, laws: Laws, seed: int, catalog: Catalog) -> None:
        self._dwell, self._rating = laws.dwell, laws.rating
        self._catalog = catalog
        self._luck = {purpose: Stream.of(seed, "luck", purpose) for purpose in ("felt", "rates", "turns back", "dwell")}

    def consume(self, scene: Scene, appraisal: Appraisal, clicked: Bools) -> Consumption:
        """What comes of these clicks."""
        n, k = scene.items.shape
        row, place = clicked.nonzero()
        person, item = scene.rows[row], scene.items[row, place]
        people = scene.people
        keys, things = scene.keys[row], self._catalog.keys[item][:, None]

        def luck(purpose: str) -> Stream:
            return self._luck[purpose]

        mean = people.rating_mean[person]
        expected = appraisal.rating[row, place]
        expected = np.where(np.isnan(expected), mean, expected)
        felt = self._rating.felt(
            expected,
            mean,
            people.rating_spread[person],
            people.thresholds[person],
            luck("felt").normal(keys, scene.turn, things)[:, 0],
        )
        back = self._dwell.turns_back(
            felt, people.impulsivity[person], luck("turns back").uniform(keys, scene.turn, things)[:, 0]
        )
        seconds = self._dwell.seconds(
            self._catalog.duration_s[item],
            appraisal.want[row, place],
            back,
            luck("dwell").normal(keys, scene.turn, things)[:, 0],
        )
        says = luck("rates").uniform(keys, scene.turn, things)[:, 0] < self._rating.share

        dwell_s = np.zeros((n, k), dtype=np.float32)
        dwell_s[row, place] = seconds
        rating = np.full((n, k), np.nan, dtype=np.float32)
        rating[row[says], place[says]] = felt[says] * np.float32(people.rating_unit)
        liked = np.zeros((n, k), dtype=np.bool_)
        liked[row, place] = felt >= LIKED
        count = np.bincount(row, minlength=n)
        total = np.bincount(row, felt.astype(np.float64), n)
        mean_felt = np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
        return Consumption(dwell_s, rating, liked, mean_felt)
