"""People drawn at random but plausible: `sample(10_000)`.

marginals      how many are of which age, gender, occupation and place: the file that ships, or the user's
associations   what goes with what, before it is raked to them; places: languages and cultures
raking, rounding, demographics   a joint table with these margins, and whole people out of it
big_five       the Big Five given gender and age, fitted to real answers
behaviour, ratings, tastes       traits given the Big Five; use of the rating scale; genres
names          nobody is called like another; crowd: all of it, with a report
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from personas.sampling.crowd import Sample, sample
    from personas.sampling.tastes import TasteSource

_HOME_OF = {"Sample": "crowd", "TasteSource": "tastes", "sample": "crowd"}

__all__ = ["Sample", "TasteSource", "sample"]


def __getattr__(name: str) -> Any:
    """Imports a name when it is first used (PEP 562)."""
    if name in _HOME_OF:
        value = globals()[name] = getattr(import_module(f"personas.sampling.{_HOME_OF[name]}"), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
