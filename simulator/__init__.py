"""Understudy: simulated people in front of a recommender, so that the A/B test can be run before the real one.

The names below are imported when they are first used (PEP 562), so that importing a part costs only that part.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # and not that of `typing`, which takes as long to import as all else before a command begins
if TYPE_CHECKING:
    from typing import Any

    from simulator.listener import Listener as Listener
    from simulator.listener import Silent as Silent
    from simulator.randomness import Stream as Stream
    from simulator.records import Catalog as Catalog
    from simulator.records import InteractionLog as InteractionLog
    from simulator.records import Item as Item
    from simulator.records import SplitLog as SplitLog
    from simulator.records import UserInputError as UserInputError
    from simulator.studies.gym import make as make
    from simulator.studies.runs import RunFailedError as RunFailedError
    from simulator.studies.runs import open as open  # noqa: A004
    from simulator.studies.runs import run as run

_HOME_OF = {
    "Catalog": "simulator.records",
    "InteractionLog": "simulator.records",
    "Item": "simulator.records",
    "Listener": "simulator.listener",
    "RunFailedError": "simulator.studies.runs",
    "Silent": "simulator.listener",
    "SplitLog": "simulator.records",
    "Stream": "simulator.randomness",
    "UserInputError": "simulator.records",
    "make": "simulator.studies.gym",
    "open": "simulator.studies.runs",
    "run": "simulator.studies.runs",
}

__all__ = [
    "Catalog",
    "InteractionLog",
    "Item",
    "Listener",
    "RunFailedError",
    "Silent",
    "SplitLog",
    "Stream",
    "UserInputError",
    "__version__",
    "make",
    "open",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("understudy")
    if name in _HOME_OF:
        value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
