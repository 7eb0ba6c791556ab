"""Real logs and made ones, read into a catalogue and a log: one file a source, one registry.

dataset = load("movielens-1m")
parts = split(dataset)                 # P, M and V
catalog = with_reviews_from(parts)     # review counts and means that cannot leak what is held out
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.datasets.dataset import Dataset, ReadReport, Reason
    from simulator.datasets.loading import load
    from simulator.datasets.locate import Description, available
    from simulator.datasets.reviews import with_reviews_from
    from simulator.datasets.splitting import people_with_complete_times, split

__all__ = [
    "Dataset",
    "Description",
    "ReadReport",
    "Reason",
    "available",
    "load",
    "people_with_complete_times",
    "split",
    "with_reviews_from",
]

_HOME = {
    "Dataset": "dataset",
    "Description": "locate",
    "ReadReport": "dataset",
    "Reason": "dataset",
    "available": "locate",
    "load": "loading",
    "people_with_complete_times": "splitting",
    "split": "splitting",
    "with_reviews_from": "reviews",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562), so that the command's help need not wait for NumPy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
