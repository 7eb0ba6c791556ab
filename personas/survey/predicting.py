"""Who could predict held-out answers: a regression on a persona's numbers, and guesses that know nothing of the person.

Everything is cross-fitted: nobody's answer is used to predict it. A language model predicts in `asking`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from personas.schema import Persona
from personas.survey.features import features_of
from personas.survey.importing import HeldOut
from personas.survey.items import Item
from simulator.randomness import Stream, keys_of

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

FOLDS = 5
MOST_STEPS = 12
"""Up to so many different answers each has a probability of its own; beyond, the answer is regressed as a number."""
PENALTY = 1.0
"""Of the squared weights of standardised predictors, against the sum over all people. Chosen: a hundredth of it or a
hundred times it move the accuracy on the Big-Five file by at most .001."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Prediction:
    """What somebody says that people answered, one row a person, one column a question."""

    answers: F64
    """Answers as the question takes them; NaN where none was given. (n, k)."""
    expected: F64 | None = None
    """How far above the crowd each person is expected, for correlations, before that was made an answer; NaN where it
    makes no sense. None: the answers. (Crowds of different folds differ a little, against the fold that each lacks, so
    means that are not freed of them correlate below 0 by construction.)"""
    failures: Mapping[str, int] = field(default_factory=dict)
    """How many answers did not come, by reason."""


class Predictor(Protocol):
    """Predicts the held-out answers of personas from what the personas hold and from other people's answers."""

    @property
    def name(self) -> str:
        """What its row is called."""
        ...

    def predict(self, personas: Sequence[Persona], held_out: HeldOut, *, seed: int) -> Prediction: ...


@dataclass(frozen=True, kw_only=True)
class Regression:
    """Sees the persona's constructs and demographics, or the latter alone.

    Answers of few steps: multinomial logistic regression, and of its probabilities the median (the mode of options),
    which is the best answer under absolute deviation. Other numbers: ridge regression.
    """

    name: str = "constructs"
    constructs: bool = True

    def predict(self, personas: Sequence[Persona], held_out: HeldOut, *, seed: int) -> Prediction:
        X = features_of(personas, constructs=self.constructs)
        folds = folds_of(personas, seed)
        answers, expected = np.full((2, *held_out.answers.shape), np.nan)
        for at, item in enumerate(held_out.items):
            told = held_out.answers[:, at]
            for train, test in _parts(folds, told):
                answers[test, at], expected[test, at] = _fitted(item, X[train], told[train], X[test])
        return Prediction(answers=answers, expected=expected)


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Says the same of everybody: the mode, median or mean of the others' answers (of options: always the mode)."""

    name: str
    """``crowd_mode``, ``crowd_median`` or ``crowd_mean``."""

    def predict(self, personas: Sequence[Persona], held_out: HeldOut, *, seed: int) -> Prediction:
        folds = folds_of(personas, seed)
        answers = np.full(held_out.answers.shape, np.nan)
        for at, item in enumerate(held_out.items):
            told = held_out.answers[:, at]
            for train, test in _parts(folds, told):
                answers[test, at] = item.on_scale(np.array(middle(item, told[train], self.name)))
        return Prediction(answers=answers, expected=np.full_like(answers, np.nan))


@dataclass(frozen=True, kw_only=True)
class RandomPerson:
    """Says what another person, drawn by key, answered."""

    name: str = "random_person"

    def predict(self, personas: Sequence[Persona], held_out: HeldOut, *, seed: int) -> Prediction:
        keys = keys_of(one.id for one in personas)
        answers = np.full(held_out.answers.shape, np.nan)
        for at, item in enumerate(held_out.items):
            known = np.flatnonzero(np.isfinite(held_out.answers[:, at]))
            luck = Stream.of(seed, "population", f"random person/{item.name}").uniform(keys)
            if known.size > 1:
                drawn = (luck * (known.size - 1)).astype(np.int64)
                mine = np.searchsorted(known, np.arange(keys.size))  # the others are those before and behind
                drawn += (drawn >= mine) & np.isin(np.arange(keys.size), known)
                answers[:, at] = held_out.answers[known[drawn], at]
        return Prediction(answers=answers)


@dataclass(frozen=True, kw_only=True)
class RandomAnswer:
    """Says anything on the scale, all answers alike: the random row of Twin-2K-500."""

    name: str = "random_answer"

    def predict(self, personas: Sequence[Persona], held_out: HeldOut, *, seed: int) -> Prediction:
        keys = keys_of(one.id for one in personas)
        columns = []
        for item in held_out.items:
            luck = Stream.of(seed, "population", f"random answer/{item.name}").uniform(keys)
            low, high = (item.lowest, item.highest) if item.ordered else (0.0, len(item.labels) - 1.0)
            columns.append(
                item.on_scale(low - 0.5 + luck * (high - low + 1))
                if item.kind != "number"
                else low + luck * (high - low)
            )
        return Prediction(answers=np.column_stack(columns))


TRIVIAL: tuple[Predictor, ...] = (
    Crowd(name="crowd_mode"),
    Crowd(name="crowd_median"),
    Crowd(name="crowd_mean"),
    RandomPerson(),
    RandomAnswer(),
)
"""Guesses that know nothing of the person."""


def middle(item: Item, told: F64, which: str = "crowd_median") -> float:
    """What is best said of everybody: the mode, the median, or the mean; of options the mode."""
    values, count = np.unique(told, return_counts=True)
    if which == "crowd_mode" or not item.ordered:
        return float(values[np.argmax(count)])
    if which == "crowd_median":
        return float(values[np.searchsorted(np.cumsum(count), told.size / 2)])
    return float(told.mean())


def folds_of(personas: Sequence[Persona], seed: int) -> I64:
    """The fold of each person, by the rank of their keyed lot. (n,)."""
    luck = Stream.of(seed, "fit", "survey folds").uniform(keys_of(one.id for one in personas))
    folds: I64 = np.argsort(np.argsort(luck, kind="stable"), kind="stable") % FOLDS
    return folds


def _parts(folds: I64, told: F64) -> Iterator[tuple[I64, I64]]:
    """Rows to learn from and rows to predict, for each fold where there is anything to learn from."""
    known = np.isfinite(told)
    for fold in range(FOLDS):
        train, test = np.flatnonzero(known & (folds != fold)), np.flatnonzero(folds == fold)
        if train.size and test.size:
            yield train, test


def _fitted(item: Item, X: F64, told: F64, ask: F64) -> tuple[F64, F64]:
    """Answers for `ask`, learnt from `X` and `told`, and how far above the mean of `told` each is expected."""
    values = np.unique(told)
    if values.size == 1 or X.shape[1] == 0:
        return np.full(ask.shape[0], middle(item, told)), np.zeros(ask.shape[0])
    from sklearn.linear_model import LogisticRegression, Ridge
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):  # many small products: threads would wait for each other, and sum in any order
        if item.ordered and values.size > MOST_STEPS:
            regressed: F64 = Ridge(alpha=PENALTY).fit(X, told).predict(ask)
            return item.on_scale(regressed), regressed - told.mean()
        model = LogisticRegression(C=1 / PENALTY, max_iter=500).fit(X, np.searchsorted(values, told))
        chance: F64 = model.predict_proba(ask)
    if item.ordered:
        median = (np.cumsum(chance, axis=1) < 0.5).sum(axis=1).clip(0, values.size - 1)
        return values[median], chance @ values - told.mean()
    mode = values[chance.argmax(axis=1)]
    two = len(item.labels) == 2 and values.size == 2
    return mode, chance[:, 1] - (told == values[1]).mean() if two else np.full(mode.size, np.nan)
