"""What recommenders in other processes have in common: they watch their own time, and they can be told to go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from recommenders.contract import Recommender
from simulator.records import Catalog


def unheard(text: str) -> None:
    """Where notices go while nobody listens."""


class Remote(Recommender):
    """A recommender in another process. The host sets what is below; whatever goes wrong is a `PluginError`."""

    name: str = "remote"
    """What messages call it."""
    timeout_s: float = 60.0
    """Seconds that one call may take."""
    fit_timeout_s: float | None = None
    """Seconds that `fit` may take; None: as long as it takes."""
    fits: bool = True
    """Whether `fit` makes it learn; False: it was fitted elsewhere, on what nobody here knows."""
    restarts: bool = False
    """Whether one that has ended is started again when it is next called, with what it had learnt."""
    notice: Callable[[str], None] = staticmethod(unheard)
    """Hears what the person in front of the run should know."""

    @property
    def can_save(self) -> bool:
        """Whether `save` writes what `restored` reads; known once the recommender has been reached."""
        return False

    def restored(self, folder: Path, catalog: Catalog) -> Self:
        """Itself, with the state that `save` wrote to `folder`, in place of `fit`."""
        raise NotImplementedError(f"{self.name} cannot be loaded")

    def close(self) -> None:
        """Let go of processes and connections; it can be called no more."""
