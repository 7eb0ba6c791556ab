"""Perception: what of a page reaches a person, by layout and place."""

from simulator.perception.layouts import LAYOUTS, Layout, layout_of
from simulator.perception.noticing import attention_effort, examination_costs, notice, noticed_places, place_luck

__all__ = [
    "LAYOUTS",
    "Layout",
    "attention_effort",
    "examination_costs",
    "layout_of",
    "notice",
    "noticed_places",
    "place_luck",
]
