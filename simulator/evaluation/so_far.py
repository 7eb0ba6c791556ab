"""The effect while a run goes on: treatments against the control, over the people who have lived the same turns in
both arms.

Blocks hand in their sums at a few fixed turns. A person's value is the metric over the turns up to the last one that
both arms have handed in, so the design is paired at every moment; people of different blocks may have lived different
numbers of turns. When the last block is done, everybody has lived all turns in both arms, and the figure is that of
`summary.json`: the same sums, the same mean over seeds and people, the same interval, under the named mind. (Sums cross
processes in single precision, so they agree to some seven digits. The interval with the variance between minds,
`ci_total`, is the summary's alone. So is what remains if an arm fails.)

Until then it is **provisional**, and never becomes part of the answer. Who looks at an interval again and again, and
stops when it excludes 0, is wrong far more often than its level says (Armitage, McPherson & Rowe, "Repeated
significance tests on accumulating data", Journal of the Royal Statistical Society A 132, 1969). Intervals that hold at
all looks at once exist, and are wider (Howard, Ramdas, McAuliffe & Sekhon, "Time-uniform, nonparametric, nonasymptotic
confidence sequences", Annals of Statistics 49, 2021); here nobody stops by them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.evaluation import statistics
from simulator.evaluation.running_sums import RunningSums
from simulator.evaluation.statistics import F64
from simulator.listener import Effect
from simulator.records import F32

POINTS = 16
"""Turns at which a block hands in its sums, at most: enough to see the effect move, and few enough for the memory."""

Sums = Mapping[str, tuple[F32, F32]]
"""By metric: numerator and denominator of each person of a block. (n,) each. Whoever has the better one may leave out
what stands in for it."""


def is_point(turn: int, turns: int) -> bool:
    """Whether sums are handed in after this turn (from 0) of `turns`."""
    return turn == turns - 1 or (turn + 1) % max(1, -(-turns // POINTS)) == 0


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is compared, and for whom."""

    metrics: tuple[str, ...]
    """The best answer to the question first (`running_sums.told_of`)."""
    primary: str | None
    """The primary metric; None where it is the first of `metrics` that anybody has."""
    arms: tuple[str, ...]
    control: str
    seeds: tuple[int, ...]
    mind: str
    confidence: float
    clusters: npt.NDArray[np.int64]
    """Of everybody, in the order of the blocks. (n,)."""
    block: int
    """People of a block."""
    linked: frozenset[str] = frozenset()
    """Arms whose recommender learns during the run."""


class SoFar:
    """Takes sums in, and says what the difference is now."""

    def __init__(self, setting: Setting) -> None:
        self._of = setting
        self._treatments = tuple(arm for arm in setting.arms if arm != setting.control)
        shape = (setting.clusters.size, len(setting.seeds))
        self._differences = {
            (treatment, metric): np.full(shape, np.nan) for treatment in self._treatments for metric in setting.metrics
        }
        self._column = {seed: column for column, seed in enumerate(setting.seeds)}
        self._points: dict[tuple[str, int, int], dict[int, Sums]] = {}
        self._compared: dict[tuple[str, int, int], int] = {}
        """By treatment, seed and block: the turn up to which both arms are compared."""

    def add(self, arm: str, seed: int, block: int, turn: int, sums: Sums) -> None:
        """A block of an arm has committed `turn`, and these are its sums since the first."""
        self._points.setdefault((arm, seed, block), {})[turn] = sums
        touched = self._treatments if arm == self._of.control else (arm,)
        for treatment in touched:
            self._compare(treatment, seed, block)
        self._forget(seed, block)

    def effects(self) -> tuple[Effect, ...]:
        """Each treatment against the control, now."""
        return tuple(self._effect(treatment, self._metric()) for treatment in self._treatments)

    def _metric(self) -> str:
        """The first metric that anybody has a value of."""
        for metric in self._of.metrics:
            if any(np.isfinite(self._differences[treatment, metric]).any() for treatment in self._treatments):
                return metric
        return self._of.metrics[0]

    def _effect(self, treatment: str, metric: str) -> Effect:
        of = self._of
        found = statistics.mean(self._differences[treatment, metric], of.clusters)
        low, high = found.interval(of.confidence)
        return Effect(
            metric=metric,
            primary=of.primary in (None, metric),
            mind=of.mind,
            control=of.control,
            treatment=treatment,
            difference=_or_none(found.value),
            low=_or_none(low),
            high=_or_none(high),
            confidence=of.confidence,
            people=found.n,
            linked=bool({treatment, of.control} & of.linked),
        )

    def _compare(self, treatment: str, seed: int, block: int) -> None:
        control, treated = (self._points.get((arm, seed, block), {}) for arm in (self._of.control, treatment))
        both = control.keys() & treated.keys()
        if not both or (turn := max(both)) <= self._compared.get((treatment, seed, block), -1):
            return
        self._compared[treatment, seed, block] = turn
        rows = slice(block * self._of.block, (block + 1) * self._of.block)
        for metric in treated[turn].keys() & control[turn].keys():
            difference = _ratio(*treated[turn][metric]) - _ratio(*control[turn][metric])
            self._differences[treatment, metric][rows, self._column[seed]] = difference

    def _forget(self, seed: int, block: int) -> None:
        """Let go of sums that no comparison will ask for again."""
        compared = [self._compared.get((treatment, seed, block), -1) for treatment in self._treatments]
        least = dict(zip(self._treatments, compared, strict=True)) | {self._of.control: min(compared, default=-1)}
        for arm, turn in least.items():
            points = self._points.get((arm, seed, block), {})
            for old in [point for point in points if point <= turn]:
                del points[old]


def _ratio(above: F32, below: F32) -> F64:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above.astype(np.float64) / below, np.nan)


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def points_of(sums: Mapping[str, RunningSums]) -> Sums:
    """Sums as they are handed in: a copy, in single precision."""
    return {name: (one.above.astype(np.float32), one.below.astype(np.float32)) for name, one in sums.items()}


def clusters_of(ids: Sequence[str] | npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Numbers in the place of names. (n,)."""
    return np.unique(np.asarray(ids), return_inverse=True)[1].astype(np.int64)
