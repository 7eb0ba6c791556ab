"""Noticing: what of a page reaches a person at all, before they look at anything closely.

Noticing and examining share one uniform number for each person, turn and place, so that whatever is examined was
noticed, and the same person's eyes go the same way in every arm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from simulator.perception.layouts import Layout, layout_of
from simulator.randomness import U64, Stream, slot_keys
from simulator.records import F32, I32, Bools


class ExaminationLaw(Protocol):
    """What noticing needs of an examination law; see `simulator.behaviour.examination`."""

    @property
    def sequential(self) -> bool: ...
    @property
    def glance(self) -> float: ...
    def table(self, ranks: F32, *, sequential: bool) -> F32: ...


def place_luck(seed: int, keys: U64, turn: int, k: int) -> F32:
    """Standard exponential luck of each place: -ln U, keyed by person, turn and place. (n, k)."""
    uniform = Stream.of(seed, "luck", "examination").uniform(keys, turn, slot_keys(k))
    luck: F32 = -np.log(uniform.astype(np.float32))
    return luck


@lru_cache(maxsize=64)
def examination_costs(law: ExaminationLaw, name: str, k: int) -> tuple[Layout, F32, bool]:
    """The layout, the law's costs in the order of attention (k, k + 1), and whether places are reached one by one."""
    layout = layout_of(name, k)
    sequential = law.sequential or layout.sequential
    costs = law.table(layout.rank[layout.order], sequential=sequential)
    costs.setflags(write=False)
    return layout, costs, sequential


def attention_effort(people: Any, state: Any, rows: I32) -> F32:
    """How hard looking further is for each person: position habit x (1 + depth x fatigue). (n,)."""
    effort: F32 = people.position_habit[rows] * (1 + np.float32(state.laws.fatigue.depth) * state.fatigue[rows])
    return effort


def notice(layout: str, k: int, people: Any, state: Any, rows: I32, law: ExaminationLaw, luck: F32) -> Bools:
    """Which places of a page each person notices: those that they could examine, were it only a glance. (n, k).

    `people` is a `Population`, `state` its `PeopleState` before the page, `luck` the `place_luck` of the turn (n, k).
    """
    laid, costs, sequential = examination_costs(law, layout, k)
    reach = np.arange(k)[:, None] >= np.arange(k + 1)[None, :]
    cheapest = np.where(reach, costs, np.inf).min(axis=1).astype(np.float32) * np.float32(law.glance)
    noticed = luck[:, laid.order] > attention_effort(people, state, rows)[:, None] * cheapest
    if sequential:
        noticed = np.logical_and.accumulate(noticed, axis=1)
    out: npt.NDArray[np.bool_] = np.empty_like(noticed)
    out[:, laid.order] = noticed
    return out
