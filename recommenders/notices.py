"""Recommenders that have something to say beside their slates, such as that some pages got no answer."""

from __future__ import annotations

from collections.abc import Callable

from recommenders.contract import Recommender
from recommenders.remote.base import unheard


class Noticing(Recommender):
    """A recommender in this process that speaks. The host sets `notice`."""

    notice: Callable[[str], None] = staticmethod(unheard)
    """Hears what the person in front of the run should know."""
