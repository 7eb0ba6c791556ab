"""Recommenders: the contract for those who write one, and the ones that come with the house.

The names are imported when they are first asked for: pytest looks into this package at its start, in every project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommenders.contract import Feedback, Recommender, Request, Slate, uniform

__all__ = ["Feedback", "Recommender", "Request", "Slate", "uniform"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from recommenders import contract

    return getattr(contract, name)
