"""Fitted state in a folder: plain arrays that a worker maps into memory, and settings as JSON. Nothing is pickled."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from recommenders.contract import Recommender
from simulator.records import Catalog, Item

_SETTINGS = "settings.json"


class Stored(Recommender):
    """A recommender whose fitted state is the arrays in `kept`; its parameters are attributes of the same name."""

    kept: ClassVar[tuple[str, ...]] = ()
    catalog: Catalog

    def settings(self) -> dict[str, Any]:
        """The parameters with which this recommender was made."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def save(self, folder: Path) -> None:
        """Write one ``.npy`` file for each array in `kept`, the item ids, and the settings."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "item_ids.npy", self.catalog.item_ids, allow_pickle=False)
        for name in self.kept:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        (folder / _SETTINGS).write_text(json.dumps(self.settings(), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The inverse of `save`; arrays are mapped, not read. Of the catalogue only the ids come back; the host puts
        the whole one in its place, so what needs more than ids is derived from it when it is first wanted."""
        model = cls(**json.loads((folder / _SETTINGS).read_text(encoding="utf-8")))
        ids = np.load(folder / "item_ids.npy", allow_pickle=False).tolist()
        model.catalog = Catalog(tuple(Item(item_id=item_id) for item_id in ids))
        model._read(folder)
        model._restored()
        return model

    def _read(self, folder: Path) -> None:
        """Map the kept arrays into memory."""
        for name in self.kept:
            setattr(self, name, _mapped(folder / f"{name}.npy"))

    def _restored(self) -> None:
        """Rebuild what is derived from the kept arrays; called at the end of `load`."""


def _mapped(path: Path) -> npt.NDArray[Any]:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError:  # an array without elements cannot be mapped
        return np.asarray(np.load(path, allow_pickle=False))
