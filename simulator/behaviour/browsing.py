"""Going through a page: which noticed items are examined, and which of those are chosen."""

from __future__ import annotations

import numpy as np

from simulator.behaviour.laws import Laws
from simulator.perception import attention_effort, examination_costs, place_luck
from simulator.records import Bools
from simulator.turn import Scene


def browse(scene: Scene, laws: Laws, seed: int, would: Bools) -> tuple[Bools, Bools]:
    """Examined and clicked places, (n, k) each; `would`: a click, were the place examined.

    People go through the places in the order of attention, since a click changes what they examine below it. The luck
    of each place is the one that noticing used, so everything examined was noticed.
    """
    n, k = scene.items.shape
    layout, costs, sequential = examination_costs(laws.examination, scene.layout, k)
    order = layout.order
    # Places run along the first axis here: each step of the loop then works on contiguous memory.
    reach = place_luck(seed, scene.keys, scene.turn, k).T[order] / attention_effort(
        scene.people, scene.state, scene.rows
    )
    examined = np.ascontiguousarray(scene.noticed.T[order])
    clicked = np.ascontiguousarray(would.T[order])
    last = np.zeros(n, dtype=np.intp)
    on_the_way = np.ones(n, dtype=np.bool_)
    for place in range(k):
        examined[place] &= reach[place] > costs[place].take(last)
        if sequential:
            on_the_way &= examined[place]
            examined[place] &= on_the_way
        clicked[place] &= examined[place]
        last[clicked[place]] = place + 1
    return _unordered(examined, layout.order), _unordered(clicked, layout.order)


def _unordered(by_order: Bools, order: np.typing.NDArray[np.intp]) -> Bools:
    out = np.empty(by_order.shape[::-1], dtype=np.bool_)
    out[:, order] = by_order.T
    return out
