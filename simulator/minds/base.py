"""The five families side by side, and their scores for a block of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulator.minds.content import ContentFamily
from simulator.minds.factor import FactorFamily
from simulator.minds.family import Family, Histories, Known, one_blas_thread
from simulator.minds.linear import LinearFamily
from simulator.minds.neighbour import NeighbourFamily
from simulator.minds.popularity import PopularityFamily
from simulator.records import F32

FAMILIES: tuple[type[Family], ...] = (LinearFamily, FactorFamily, NeighbourFamily, ContentFamily, PopularityFamily)
FAMILY_NAMES = tuple(family.name for family in FAMILIES)
Settings = Mapping[str, Mapping[str, Any]]
"""Arguments of each family's `fit`, by family name."""


@dataclass(frozen=True, eq=False)
class Scores:
    """What each family says about every item for n people, and how each person's row lies."""

    tiles: tuple[F32, ...]
    """One (n, n_items) a family."""
    mean: F32
    """Mean of each row. (n_families, n)."""
    spread: F32
    """Standard deviation of each row. (n_families, n)."""


@dataclass(frozen=True, eq=False)
class BaseModels:
    """The five families, fitted."""

    families: tuple[Family, ...]

    @classmethod
    def fit(cls, known: Known, *, seed: int, settings: Settings | None = None) -> BaseModels:
        chosen = settings or {}
        with one_blas_thread():
            return cls(tuple(kind.fit(known, seed=seed, **chosen.get(kind.name, {})) for kind in FAMILIES))

    def scores(self, people: Histories) -> Scores:
        """Score a block. A person's row does not depend on who else is in it."""
        with one_blas_thread():
            tiles = tuple(family.scores(people) for family in self.families)
        moments = [_moments(tile) for tile in tiles]
        mean, spread = np.stack([m for m, _ in moments]), np.stack([s for _, s in moments])
        return Scores(tiles, mean, np.maximum(spread, np.float32(1e-6)))

    def save(self, folder: Path) -> None:
        for family in self.families:
            home = folder / family.name
            home.mkdir(parents=True)
            for name, values in family.arrays().items():
                np.save(home / f"{name}.npy", values, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> BaseModels:
        """Memory-mapped, so that processes share one copy."""
        return cls(tuple(kind.from_arrays(read_arrays(folder / kind.name)) for kind in FAMILIES))


def read_arrays(folder: Path) -> dict[str, Any]:
    """All arrays of a folder by name, memory-mapped."""
    # A plain view of the map spares every later operation the costs of the memmap class.
    return {path.stem: np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)) for path in folder.glob("*.npy")}


def _moments(tile: F32) -> tuple[F32, F32]:
    """Mean and standard deviation of each row, some rows at a time so that the cache holds what is in between. (n,)
    each."""
    parts = np.array_split(tile, max(1, len(tile) // 32))
    return np.concatenate([part.mean(axis=1) for part in parts]), np.concatenate([part.std(axis=1) for part in parts])
