"""How the members' weights are learnt: pairs of many people, features of those pairs, and cross-fitted curves.

Weights are learnt on other people's held-out choices: people fall into folds, and the curves of a fold come from the
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.minds.base import FAMILY_NAMES, BaseModels
from simulator.minds.family import Histories, one_blas_thread
from simulator.minds.member import Member
from simulator.minds.pairs import Pairs, draw_pairs
from simulator.minds.panel import ReferencePanel
from simulator.minds.weights import F64, Curves, HatBasis, fit_logistic
from simulator.records import F32, I32, PERSON, SplitLog, UserInputError

N_FOLDS = 2
MAX_PEOPLE = 4096
"""People whose held-out choices the weights are learnt from, at most; the curves have some 120 coefficients."""
_BLOCK = 1024
_QUANTILES = 65
"""Points at which the logits of seen and of held-out choices are matched."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """Pairs, and for each set of base models their features, in the order of `Member`. (n_pairs, n_features) each."""

    pairs: Pairs
    features: dict[str, F32]


def draw_lessons(
    split: SplitLog, bases: dict[str, BaseModels], panel: ReferencePanel, luck: np.random.Generator
) -> Lessons:
    """Draw pairs of at most `MAX_PEOPLE` people who have held-out choices. Raises UserInputError if nobody has."""
    known, own, held_out = split.known.matrix(), split.only(PERSON).matrix(), split.held_out.matrix()
    eligible = np.flatnonzero(np.diff(held_out.indptr) > 0)
    if eligible.size < N_FOLDS:
        raise UserInputError(
            f"dataset {split.name}: {eligible.size} people have choices that were held out, and what people want is "
            f"weighed on other people's. Give at least {N_FOLDS} people three choices each (a few hundred people begin "
            "to mean something)"
        )
    if eligible.size > MAX_PEOPLE:
        eligible = np.sort(luck.permutation(eligible)[:MAX_PEOPLE])
    pairs: list[Pairs] = []
    features: dict[str, list[F32]] = {name: [] for name in bases}
    for start in range(0, eligible.size, _BLOCK):
        rows = eligible[start : start + _BLOCK].astype(np.int32)
        people = Histories(rows, known[rows])
        some = draw_pairs(rows, known, own, held_out, panel, luck)
        pairs.append(some)
        for name, models in bases.items():
            features[name].append(_features(models, people, some))
    columns = ("person", "item", "held_out", "weight", "seen")
    whole = Pairs(*(np.concatenate([getattr(part, column) for part in pairs]) for column in columns))
    return Lessons(whole, {name: np.concatenate(parts) for name, parts in features.items()})


def _features(models: BaseModels, people: Histories, pairs: Pairs) -> F32:
    """Score and standardised score of each family, then log activity. (n_pairs, 2 * n_families + 1)."""
    scores = models.scores(people)
    row = np.searchsorted(people.rows, pairs.person)
    columns = []
    for tile, mean, spread in zip(scores.tiles, scores.mean, scores.spread, strict=True):
        raw = tile[row, pairs.item]
        columns += [raw, (raw - mean[row]) / spread[row]]
    columns.append(np.log1p(np.diff(people.matrix.indptr)).astype(np.float32)[row])
    return np.stack(columns, axis=1)


class WeightFitter:
    """Fits members that stand on one set of base models, and shares between them what is the same for all."""

    def __init__(self, base: str, lessons: Lessons, fold_of: I32, like: WeightFitter | None = None) -> None:
        """`like`: a fitter that has fitted, from whose coefficients this one starts (knots are quantiles in both)."""
        self._base, self._pairs = base, lessons.pairs
        self._features = lessons.features[base]
        self._fold = fold_of[lessons.pairs.person]
        learnt = ~lessons.pairs.seen
        # Knots bend the curves where choices are, and a little where the rest of the catalogue is.
        share = lessons.pairs.weight * np.where(lessons.pairs.held_out, np.float32(1), np.float32(0.02))
        self._trained = [np.flatnonzero(learnt & (self._fold != fold)) for fold in range(N_FOLDS)]
        self._bases = [HatBasis.of(self._features[rows], share[rows]) for rows in self._trained]
        self._designs = [b.design(self._features[rows]) for b, rows in zip(self._bases, self._trained, strict=True)]
        self._penalty = self._bases[0].penalty()
        self._full: list[F64] = [] if like is None else like._full

    def fit(
        self, name: str, *, families: Sequence[str] = FAMILY_NAMES, copies: npt.NDArray[np.intp] | None = None
    ) -> Member:
        """The member that weighs `families` only. `copies` (n_users,): how often each person counts, 1 each if None."""
        used = [f for f, family in enumerate(FAMILY_NAMES) if family in families]
        columns = self._bases[0].columns([*(c for f in used for c in (2 * f, 2 * f + 1)), 2 * len(FAMILY_NAMES)])
        whole = columns.size == self._penalty.shape[0]
        folds: list[Curves] = []
        starts: list[F64] = []
        with one_blas_thread():
            for fold, (rows, design) in enumerate(zip(self._trained, self._designs, strict=True)):
                weight = self._pairs.weight[rows]
                if copies is not None:
                    weight = weight * copies[self._pairs.person[rows]].astype(np.float32)
                chosen = self._pairs.held_out[rows].astype(np.float32)
                start = self._full[fold] if self._full else _cold_start(chosen, weight, self._penalty.shape[0])
                beta = np.zeros(self._penalty.shape[0])
                beta[columns] = fit_logistic(
                    design if whole else design[:, columns],
                    chosen,
                    weight,
                    self._penalty[np.ix_(columns, columns)],
                    start[columns],
                )
                starts.append(beta)
                folds.append(self._bases[fold].curves(beta))
        if whole and not self._full:
            self._full = starts
        return Member.of(name, self._base, folds, [self._optimism(*fold) for fold in enumerate(folds)])

    def _optimism(self, fold: int, curves: Curves) -> F32:
        """Quantiles of the logits of other folds' seen choices, and of their held-out ones. (2, _QUANTILES)."""
        others = self._fold != fold
        held_out = curves.logits(self._features[others & self._pairs.held_out])
        seen = curves.logits(self._features[others & self._pairs.seen])
        at = np.linspace(0, 1, _QUANTILES)
        # Without a part M nobody knows anything that a platform does not, and the map is the identity.
        return np.stack([np.quantile(seen if seen.size else held_out, at), np.quantile(held_out, at)])


def _cold_start(chosen: F32, weight: F32, size: int) -> F64:
    """All curves flat, at the average rate."""
    rate = float((weight * chosen).sum() / max(float(weight.sum()), 1.0))
    beta = np.zeros(size)
    beta[0] = np.log(max(rate, 1e-6) / max(1 - rate, 1e-6))
    return beta
