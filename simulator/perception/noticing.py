"""Noticing: what of a page reaches a person at all, before they look at anything closely.

Noticing and examining share one uniform number for each person, turn and place, so that whatever is examined was
noticed, and the same person's eyes go the same way in every arm.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from simulator.perception.layouts import Layout, layout_of
from simulator.randomness import U64, Stream, slot_keys
from simulator.records import F32, I32, Bools
from simulator.turn import Scene


class ExaminationLaw(Hashable, Protocol):
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


@lru_cache(maxsize=64)
def _cheapest(law: ExaminationLaw, name: str, k: int) -> F32:
    """Cost of a glance at each place in the order of attention: the least over all possible last clicks. (k,)."""
    _, costs, _ = examination_costs(law, name, k)
    possible = np.arange(k)[:, None] >= np.arange(k + 1)[None, :]
    least: F32 = np.where(possible, costs, np.float32(np.inf)).min(axis=1).astype(np.float32)
    glance: F32 = least * np.float32(law.glance)
    glance.setflags(write=False)
    return glance


def noticed_places(law: ExaminationLaw, layout: str, effort: F32, luck: F32) -> Bools:
    """Which places reach each person: those that they could examine, were it only at a glance. (n, k).

    `effort` is the `attention_effort` (n,), `luck` the `place_luck` (n, k).
    """
    k = luck.shape[1]
    laid, _, sequential = examination_costs(law, layout, k)
    noticed = luck[:, laid.order] > effort[:, None] * _cheapest(law, layout, k)
    if sequential:
        noticed = np.logical_and.accumulate(noticed, axis=1)
    out = np.empty_like(noticed)
    out[:, laid.order] = noticed
    return out


def notice(scene: Scene, laws: Any) -> Scene:
    """The scene with what each person notices of the page they are shown. `laws`: `simulator.behaviour.laws.Laws`."""
    luck = place_luck(scene.state.seed, scene.keys, scene.turn, scene.items.shape[1])
    effort = attention_effort(scene.people, scene.state, scene.rows)
    noticed = noticed_places(laws.examination, scene.layout, effort, luck)
    noticed &= scene.items >= 0
    return replace(scene, noticed=noticed)
