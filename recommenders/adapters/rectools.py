"""RecTools: one interface over neighbours, factorizations, EASE and transformers (MTS, Apache)."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommenders.adapters.base import Adapter, scattered
from recommenders.adapters.frame import Asked, Choices
from simulator.records import F32, UserInputError


class RecTools(Adapter):
    """A model of RecTools, such as rectools.models:EASEModel; params are its configuration.

    Item neighbours, EASE and transformers read histories from the dataset that they are asked with, so the histories of
    the requests are made into one: strangers and new choices are served. Models of factors (ALS, BPR, PureSVD, LightFM)
    serve the people of the log as fitted. Features of items and people are not passed on.
    """

    library, install, example = "rectools", "rectools 'numpy<2'", "rectools.models:EASEModel"

    def _make(self, found: Any) -> Any:
        from rectools.models.base import ModelBase

        kind: Any = found if isinstance(found, type) else type(found)
        if not issubclass(kind, ModelBase):
            raise UserInputError(f"model {self.model_name!r} is no model of RecTools, such as {self.example}")
        config = dict(self.params)
        if "deterministic" in kind.config_class.model_fields:
            config.setdefault("deterministic", True)
        if isinstance(config.get("model"), dict) and _takes_random_state(kind):
            config["model"] = {"random_state": self.seed, **config["model"]}
        return kind.from_config(config)

    def _fit(self, choices: Choices) -> None:
        from rectools import Columns
        from rectools.dataset import Dataset
        from rectools.models.vector import VectorModel

        self._reads_histories = not isinstance(self.model, VectorModel)
        frame = choices.frame(user=Columns.User, item=Columns.Item, value=Columns.Weight, time=Columns.Datetime)
        frame[Columns.Datetime] = _dates(frame[Columns.Datetime])
        self._data = Dataset.construct(frame)
        self._seed_torch()
        self.model.fit(self._data)

    def _seed_torch(self) -> None:
        from rectools.models import SASRecModel

        if not type(self.model).__module__.startswith(SASRecModel.__module__.rpartition(".")[0]):
            return
        import torch

        torch.manual_seed(self.seed)

    def _scores(self, asked: Asked) -> F32:
        from rectools import Columns

        users, data, left_out = self._asked_by_history(asked) if self._reads_histories else self._asked_by_id(asked)
        if not users.size:
            return np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        depth = asked.depth(left_out)
        found = self.model.recommend(users, data, k=depth, filter_viewed=True, on_unsupported_targets="ignore")
        person, item, score = (found[name].to_numpy() for name in (Columns.User, Columns.Item, Columns.Score))
        if self._reads_histories:
            return scattered(len(asked), asked.n_items, person, item, score)
        out = np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        for i in np.flatnonzero(asked.known >= 0).tolist():
            at = slice(*np.searchsorted(person, [asked.known[i], asked.known[i] + 1]))
            out[i, item[at]] = score[at]
        return out

    def _asked_by_id(self, asked: Asked) -> tuple[Any, Any, Any]:
        """Those of the fitted log, once each and ascending, as the answer then is."""
        users = np.unique(asked.known[asked.known >= 0]).astype(np.int64)
        fitted = self._fitted.getnnz(axis=1)
        return users, self._data, np.where(asked.known >= 0, fitted[asked.known], 0)

    def _asked_by_history(self, asked: Asked) -> tuple[Any, Any, Any]:
        """The people asked as the users of a dataset of their histories, by their place in the batch."""
        import pandas as pd
        from rectools import Columns
        from rectools.dataset import Dataset, IdMap, Interactions

        place = np.repeat(np.arange(len(asked)), asked.length)
        to_index = np.full(asked.n_items, -1, dtype=np.int64)
        to_index[self._data.item_id_map.external_ids] = np.arange(self._data.item_id_map.size)
        index = to_index[asked.item]
        kept = (index >= 0) & np.isfinite(asked.value)
        users, row = np.unique(place[kept], return_inverse=True)
        # A dataset is as wide as its last item: an extra user who has that one makes it as wide as the fitted one.
        extra = len(asked)
        frame = pd.DataFrame(
            {
                Columns.User: np.append(row, users.size),
                Columns.Item: np.append(index[kept], self._data.item_id_map.size - 1),
                Columns.Weight: np.append(asked.value[kept], 1.0).astype(np.float64),
                Columns.Datetime: _dates(np.arange(row.size + 1)),
            }
        )
        data = Dataset(IdMap(np.append(users, extra)), self._data.item_id_map, Interactions(frame))
        left_out = np.bincount(place[kept], minlength=len(asked))
        return users, data, left_out


def _dates(seconds: Any) -> Any:
    import pandas as pd

    return pd.to_datetime(seconds, unit="s")


def _takes_random_state(found: Any) -> bool:
    return "random_state" in getattr(found.config_class.__annotations__.get("model"), "__annotations__", {})
