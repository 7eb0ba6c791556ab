"""How well held-out answers were predicted: shares of people who are met, with intervals clustered by person.

exact        share of answers that are met exactly
accuracy     1 - |prediction - answer| / range of the scale (of options: met or not), the measure of Twin-2K-500
correlation  Pearson's, across people, of one question; of questions with options only where there are two

An overall figure is the mean over questions, as there. One person answers all questions, so the person is the unit:
each figure is linearised into one influence a person, and the interval is Student's t on those (the sandwich estimator
of survey sampling: Binder, International Statistical Review 1983).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from personas.survey.items import Item
from personas.survey.predicting import Prediction
from simulator.records import Bools

F64 = npt.NDArray[np.float64]

LEVEL = 0.95
CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Figure:
    """A value and how much each person moves it; NaN where it is not defined."""

    value: float
    influence: F64
    """(n,), summing to 0."""

    def __sub__(self, other: Figure) -> Figure:
        return Figure(self.value - other.value, self.influence - other.influence)

    def over(self, other: Figure) -> Figure:
        """The ratio of two figures of the same people."""
        if not other.value > 0:
            return Figure(np.nan, self.influence)
        ratio = self.value / other.value
        return Figure(ratio, (self.influence - ratio * other.influence) / other.value)

    def told(self) -> dict[str, float] | None:
        """Value and the ends of its interval, rounded; None where it is not defined."""
        n = self.influence.size
        if not np.isfinite(self.value):
            return None
        if n < 2:
            return {"value": round(self.value, 4)}
        error = float(np.sqrt((self.influence**2).sum() * n / (n - 1)))
        half = float(student.ppf((1 + LEVEL) / 2, n - 1)) * error
        ends = {"low": round(self.value - half, 4), "high": round(self.value + half, 4)}
        return {"value": round(self.value, 4), **ends}


Measure = Callable[[Sequence[Item], Prediction, F64, Bools], Figure]


def exact(items: Sequence[Item], prediction: Prediction, truth: F64, mask: Bools) -> Figure:
    """Share met exactly."""
    return mean_over_questions((np.abs(prediction.answers - truth) < CLOSE).astype(np.float64), mask)


def accuracy(items: Sequence[Item], prediction: Prediction, truth: F64, mask: Bools) -> Figure:
    """1 - |error| / range."""
    width = np.array([item.width for item in items])
    away = np.abs(prediction.answers - truth) / width
    options = np.array([not item.ordered for item in items], dtype=np.bool_)
    return mean_over_questions(1.0 - np.where(options, away > CLOSE, away), mask)


def correlation(items: Sequence[Item], prediction: Prediction, truth: F64, mask: Bools) -> Figure:
    """Mean over questions of the correlation across people."""
    said = prediction.answers if prediction.expected is None else prediction.expected
    defined = np.array([item.ordered or len(item.labels) == 2 for item in items], dtype=np.bool_)
    mask = mask & np.isfinite(said) & defined
    figures = [_correlation(said[:, at], truth[:, at], mask[:, at]) for at in range(len(items))]
    known = [figure for figure in figures if np.isfinite(figure.value)]
    if not known:
        return Figure(np.nan, np.zeros(truth.shape[0]))
    influence: F64 = np.mean([figure.influence for figure in known], axis=0)
    return Figure(float(np.mean([figure.value for figure in known])), influence)


MEASURES: Mapping[str, Measure] = {"exact": exact, "accuracy": accuracy, "correlation": correlation}


def mean_over_questions(score: F64, mask: Bools) -> Figure:
    """The mean over questions of the mean over people. `score`, `mask` (n, k)."""
    count = mask.sum(axis=0)
    asked = count > 0
    if not asked.any():
        return Figure(np.nan, np.zeros(score.shape[0]))
    score, mask, count = np.where(mask, score, 0.0)[:, asked], mask[:, asked], count[asked]
    means = score.sum(axis=0) / count
    influence: F64 = (np.where(mask, score - means, 0.0) / count).mean(axis=1)
    return Figure(float(means.mean()), influence)


def _correlation(said: F64, truth: F64, mask: Bools) -> Figure:
    influence = np.zeros(truth.size)
    x, y = said[mask], truth[mask]
    if x.size < 3 or min(x.std(), y.std()) < CLOSE:
        return Figure(np.nan, influence)
    x, y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    r = float((x * y).mean())
    influence[mask] = (x * y - r / 2 * (x**2 + y**2)) / x.size
    return Figure(r, influence)


@dataclass(frozen=True, eq=False, kw_only=True)
class Judgement:
    """Predictions beside the truth, on the cells where the truth is known and the first of them said something."""

    items: tuple[Item, ...]
    truth: F64
    again: F64
    rows: Mapping[str, Prediction]
    trivial: tuple[str, ...]
    """Names of the rows that know nothing of the person."""

    @property
    def named(self) -> str:
        """The row that is judged: the first."""
        return next(iter(self.rows))

    def report(self) -> dict[str, Any]:
        """Plain values: overall figures, the best trivial rows, the ceiling, and each question by itself."""
        everything = np.arange(len(self.items))
        answered = np.isfinite(self.rows[self.named].answers)
        cells = np.isfinite(self.truth)
        return {
            "predictor": self.named,
            "people": int(self.truth.shape[0]),
            "questions": len(self.items),
            "cells": int(cells.sum()),
            "answered": round(float(answered[cells].mean()), 4),
            "failures": dict(self.rows[self.named].failures),
            "rows": {name: self._row(name, everything) for name in self.rows},
            "ceiling": self._ceiling(everything),
            "against_trivial": {name: self._against(name) for name in MEASURES if name != "correlation"},
            "by_question": [
                {
                    "question": item.name,
                    "text": item.text,
                    "rows": {name: self._row(name, np.array([at])) for name in self.rows},
                    "ceiling": self._ceiling(np.array([at])),
                }
                for at, item in enumerate(self.items)
            ],
        }

    def _mask(self, which: npt.NDArray[np.int64]) -> Bools:
        known: Bools = np.isfinite(self.truth) & np.isfinite(self.rows[self.named].answers)
        return known[:, which]

    def _figure(self, measure: str, name: str, which: npt.NDArray[np.int64], mask: Bools | None = None) -> Figure:
        prediction = self.rows[name]
        expected = None if prediction.expected is None else prediction.expected[:, which]
        some = Prediction(answers=prediction.answers[:, which], expected=expected)
        items = [self.items[at] for at in which]
        mask = (self._mask(which) if mask is None else mask) & np.isfinite(some.answers)
        return MEASURES[measure](items, some, self.truth[:, which], mask)

    def _row(self, name: str, which: npt.NDArray[np.int64]) -> dict[str, Any]:
        told: dict[str, Any] = {measure: self._figure(measure, name, which).told() for measure in MEASURES}
        asked_again = self._mask(which) & np.isfinite(self.again[:, which])
        if asked_again.any():
            told["of_ceiling"] = self._of_ceiling(name, which, asked_again)
        return told

    def _of_ceiling(self, name: str, which: npt.NDArray[np.int64], mask: Bools) -> dict[str, Any]:
        """Each figure ÷ that of the people themselves when they were asked again, on the same cells."""
        mask = mask & np.isfinite(self.rows[name].answers[:, which])
        return {
            measure: self._figure(measure, name, which, mask).over(self._repeated(measure, which, mask)).told()
            for measure in MEASURES
        }

    def _repeated(self, measure: str, which: npt.NDArray[np.int64], mask: Bools) -> Figure:
        items = [self.items[at] for at in which]
        return MEASURES[measure](items, Prediction(answers=self.again[:, which]), self.truth[:, which], mask)

    def _ceiling(self, which: npt.NDArray[np.int64]) -> dict[str, Any] | None:
        mask = self._mask(which) & np.isfinite(self.again[:, which])
        if not mask.any():
            return None
        told: dict[str, Any] = {name: self._repeated(name, which, mask).told() for name in MEASURES}
        return {"cells": int(mask.sum()), **told}

    def _against(self, measure: str) -> dict[str, Any]:
        """The judged row less the best of the trivial ones, of the same people."""
        everything = np.arange(len(self.items))
        figures = {name: self._figure(measure, name, everything) for name in self.trivial}
        best = max(figures, key=lambda name: figures[name].value)
        difference = self._figure(measure, self.named, everything) - figures[best]
        return {"row": best, "difference": difference.told()}
