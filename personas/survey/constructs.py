"""From keyed answers to constructs: scores of people, and how far to believe them.

A person's score is the mean of their answered items, each turned where it is reversed and mapped from its scale to 0-1
(the standard scoring of IPIP scales: Goldberg et al., J. Research in Personality 2006). A Big-Five score stays as it
is; a behavioural trait is the percentile of that score among the people of the survey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from personas.survey.answers import Answers
from personas.survey.items import Item
from personas.traits import BIG_FIVE

F64 = npt.NDArray[np.float64]

LEAST_ITEMS = 0.5
"""Share of a construct's items that a person must have answered to have a score. Assumed: a common rule."""
DIGITS = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class Construct:
    """One construct of everybody."""

    name: str
    items: tuple[str, ...]
    score: F64
    """Mean keyed item in 0-1, NaN where too few were answered. (n,)."""
    value: F64
    """What personas bear: the score, or its percentile. (n,)."""
    answered: npt.NDArray[np.int64]
    """Items that each person answered. (n,)."""
    alpha: float | None
    """Cronbach's alpha of all items; None for a single one."""

    def confidence(self, row: int) -> float | None:
        """Reliability of one person's score: alpha, lowered for the items that they left out."""
        if self.alpha is None:
            return None
        lengthened = spearman_brown(self.alpha, int(self.answered[row]) / len(self.items))
        return round(min(1.0, max(0.0, lengthened)), DIGITS)

    def evidence(self, row: int) -> str:
        """What one person's value rests on, in words."""
        told = f"{self.answered[row]} of {len(self.items)} items"
        return told if self.name in BIG_FIVE else f"{told}; rank among {np.isfinite(self.score).sum():,} people"


def constructs_of(answers: Answers) -> Mapping[str, Construct]:
    """Every construct that the questions shown measure, by name, in the order of the codebook."""
    by_name: dict[str, list[int]] = {}
    for at, item in enumerate(answers.items):
        if item.shown and item.measures is not None:
            by_name.setdefault(item.measures, []).append(at)
    return {name: _construct(name, answers, places) for name, places in by_name.items()}


def _construct(name: str, answers: Answers, places: Sequence[int]) -> Construct:
    items = [answers.items[at] for at in places]
    unit = keyed(answers.values[:, places], items)
    known = np.isfinite(unit)
    answered = known.sum(axis=1)
    enough = answered >= max(1.0, LEAST_ITEMS * len(items))
    total = np.where(known, unit, 0.0).sum(axis=1)
    score = np.where(enough, total / np.maximum(answered, 1), np.nan)
    value = score if name in BIG_FIVE else percentiles(score)
    return Construct(
        name=name,
        items=tuple(item.name for item in items),
        score=score,
        value=np.round(value, DIGITS),
        answered=answered,
        alpha=cronbach(unit),
    )


def keyed(values: F64, items: Sequence[Item]) -> F64:
    """Answers mapped from their scales to 0-1, the reversed ones turned; NaN stays. (n, k) each."""
    low, width = np.array([i.lowest for i in items]), np.array([i.width for i in items])
    unit = (values - low) / width
    turned: F64 = np.where([item.reversed for item in items], 1.0 - unit, unit)
    return turned


def cronbach(unit: F64) -> float | None:
    """Cronbach's alpha of (n, k) keyed items (Psychometrika 1951): k/(k-1) (1 - trace/sum of their covariances).

    Each covariance is over the people who answered both items. None for a single item, or where nothing varies.
    """
    k = unit.shape[1]
    if k < 2:
        return None
    known = np.isfinite(unit).astype(np.float64)
    filled = np.nan_to_num(unit)
    both, sums = known.T @ known, filled.T @ known
    covariance = (filled.T @ filled - sums * sums.T / np.maximum(both, 1)) / np.maximum(both - 1, 1)
    total = float(covariance.sum())
    return None if total <= 1e-12 else k / (k - 1) * (1 - float(np.trace(covariance)) / total)


def spearman_brown(reliability: float, length: float) -> float:
    """Reliability of a test of `length` times as many items (Spearman 1910; Brown 1910)."""
    below = 1 + (length - 1) * reliability
    return 0.0 if below <= 0 else length * reliability / below


def percentiles(score: F64) -> F64:
    """Percentile of each score among the known ones, ties at their mean rank, never 0 or 1; NaN stays. (n,).

    (rank - 3/8) / (n + 1/4), so that the normal scores are those of Blom (1958). Scores are rounded first: the same
    answers in another order may differ in the last bit.
    """
    known = np.isfinite(score)
    out = np.full(score.size, np.nan)
    if known.any():
        out[known] = (rankdata(np.round(score[known], 9)) - 0.375) / (known.sum() + 0.25)
    return out
