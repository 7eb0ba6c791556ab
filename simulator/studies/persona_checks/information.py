"""How much of each trait behaviour tells at best: to somebody who knows everything else of a person.

Fisher's information of a person's pages about each of their traits, in standard deviations of the trait, where all else
is known: what is wanted, what was looked at, how much was felt, and the laws. With a trait that is normal over people,
an estimate from information I has the reliability I / (1 + I), and the root of its mean is the correlation with the
truth that nobody can exceed. Whoever has a platform's log alone reaches less: tastes and looks must be guessed.

    choices             w² x² p (1 - p) for each item looked at, x what the trait acts on
    leaving, turning    w² h (1 - h) for each page, for each choice
    looking further     (.3 c e)² q / (1 - q) for each step of cost c at effort e, q = exp(-c e)
    coming back         (.6 / σ)² for each gap
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.traits import ACTIVITY_SPREAD, BEHAVIOURAL
from simulator.behaviour.calibrated import Calibrated, Parting
from simulator.behaviour.click import Click
from simulator.behaviour.consuming import Consumption
from simulator.behaviour.cues import TRAITS as CUE_TRAITS
from simulator.behaviour.cues import cue_scores
from simulator.behaviour.dwell import Dwell
from simulator.behaviour.laws import Laws
from simulator.perception import attention_effort, examination_costs
from simulator.population import Population
from simulator.population.drawing import HABIT_SPREAD
from simulator.records import F32, Bools, Catalog
from simulator.turn import Appraisal, Scene

F64 = npt.NDArray[np.float64]
_LIKELIEST = 1 - 1e-9
"""Chance of going on above which a step tells nothing."""


@dataclass(frozen=True)
class _NotedClick(Click):
    """The law of clicks, which remembers the chances that it gave last."""

    last: list[F32] = field(default_factory=list, compare=False)

    def probability(self, want: F32, shifts: F32) -> F32:
        """As of the law."""
        self.last[:] = [super().probability(want, shifts)]
        return self.last[0]


@dataclass(frozen=True)
class _NotedDwell(Dwell):
    """The law of dwell, which remembers the chances of turning back that it gave last."""

    last: list[F32] = field(default_factory=list, compare=False)

    def early_chance(self, felt: npt.NDArray[np.int8], impulsivity: F32) -> F32:
        """As of the law."""
        self.last[:] = [super().early_chance(felt, impulsivity)]
        return self.last[0]


class Witnessed(Calibrated):
    """Behaviour by the laws, with what it tells of each trait. It changes nothing of what happens."""

    def __init__(self, laws: Laws, seed: int, people: Population, catalog: Catalog) -> None:
        self._clicks = _NotedClick(**_values(laws.click))
        self._dwells = _NotedDwell(**_values(laws.dwell))
        super().__init__(replace(laws, click=self._clicks, dwell=self._dwells), seed, people, catalog)
        self.information: dict[str, F64] = {trait.name: np.zeros(len(people)) for trait in BEHAVIOURAL}
        """By trait, of each person so far. (n,) each."""

    def attainable(self) -> dict[str, float]:
        """By trait, the highest correlation of an estimate with the truth over these people."""
        return {name: float(np.sqrt((told / (1 + told)).mean())) for name, told in self.information.items()}

    def _look(
        self, scene: Scene, appraisal: Appraisal, items: npt.NDArray[np.int32], boredom: F32, familiarity: F32
    ) -> tuple[Bools, Bools]:
        examined, clicked = super()._look(scene, appraisal, items, boredom, familiarity)
        laws, people, rows = self._laws, scene.people, scene.rows
        (chance,) = self._clicks.last
        weight = np.where(examined, chance * (1 - chance), 0).astype(np.float64)
        moves: dict[str, Any] = {
            "pickiness": laws.click.pickiness,
            "conformity": laws.click.conformity * people.popularity.take(items),
            "novelty_seeking": laws.novelty.weight * (0.5 - familiarity),
            "diversity": laws.boredom.weight * HABIT_SPREAD * boredom * people.boredom_proneness[rows, None],
        }
        weights, scores = laws.cues.weights(scene.layout), cue_scores(self._catalog)
        moves |= {
            trait: weights[nth] * scores[nth].take(items)
            for nth, trait in enumerate(CUE_TRAITS)
            if scores[nth] is not None
        }
        for trait, move in moves.items():
            self.information[trait][rows] += (weight * np.square(move, dtype=np.float64)).sum(axis=1)
        self.information["position_habit"][rows] += self._steps(scene, examined, clicked)
        return examined, clicked

    def _steps(self, scene: Scene, examined: Bools, clicked: Bools) -> F64:
        """Of going on or not, after each place looked at. (n,)."""
        k = examined.shape[1]
        layout, costs, sequential = examination_costs(self._laws.examination, scene.layout, k)
        if not sequential:
            return np.zeros(len(examined))
        seen, chosen = examined[:, layout.order], clicked[:, layout.order]
        effort = attention_effort(scene.people, scene.state, scene.rows).astype(np.float64)
        last, told = np.zeros(len(seen), dtype=np.intp), np.zeros(len(seen))
        for place in range(k):
            if place:
                hazard = costs[place].take(last) * effort
                onward = np.minimum(np.exp(-hazard), _LIKELIEST)
                step = np.square(HABIT_SPREAD * hazard) * onward / (1 - onward)
                told += np.where(seen[:, place - 1], step, 0)
            last[chosen[:, place]] = place + 1
        return told

    def _consume(self, scene: Scene, appraisal: Appraisal, clicked: Bools) -> Consumption:
        consumed = super()._consume(scene, appraisal, clicked)
        (chance,) = self._dwells.last
        told = self._laws.dwell.impulsivity**2 * chance * (1 - chance)
        np.add.at(self.information["impulsivity"], scene.rows[clicked.nonzero()[0]], told)
        return consumed

    def _part(self, scene: Scene, appraisal: Appraisal, hazard: F32, reason: npt.NDArray[np.int8]) -> Parting:
        self.information["patience"][scene.rows] += self._laws.leaving.patience**2 * hazard * (1 - hazard)
        return super()._part(scene, appraisal, hazard, reason)

    def _return_gap(self, scene: Scene, left: Bools, satisfaction: F32) -> F32:
        self.information["activity"][scene.rows[left]] += (ACTIVITY_SPREAD / self._laws.returning.sigma) ** 2
        return super()._return_gap(scene, left, satisfaction)


def _values(law: Click | Dwell) -> dict[str, Any]:
    return {name: getattr(law, name) for name in law.__dataclass_fields__}
