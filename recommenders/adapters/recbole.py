"""RecBole: collaborative and sequential models on torch (Zhao et al., "RecBole", CIKM 2021; MIT)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from recommenders.adapters.base import Adapter
from recommenders.adapters.frame import Asked, Choices
from simulator.records import F32, UserInputError

_PLAIN = re.compile(r"[\w./ -]*")
_NAME, _USER, _ITEM, _RATING, _TIME = "log", "user_id", "item_id", "rating", "timestamp"


class RecBole(Adapter):
    """A model of RecBole, such as recbole.model.general_recommender:BPR; params are its configuration.

    All choices are trained on, for `epochs` epochs, without early stopping. Sequential models (SASRec, GRU4Rec, …) read
    the history that comes with each request, so strangers and new choices are served; general ones serve the people of
    the log as fitted. Models that need features or a knowledge graph are not fed.
    """

    library, install = "recbole", "recbole==1.2.1 'numpy<2' 'setuptools<81' torch"
    example = "recbole.model.general_recommender:BPR"

    def _make(self, found: Callable[..., Any]) -> Any:
        from recbole.model.abstract_recommender import GeneralRecommender, SequentialRecommender

        if not (isinstance(found, type) and issubclass(found, GeneralRecommender | SequentialRecommender)):
            raise UserInputError(f"model {self.model_name!r} is no general or sequential model, such as {self.example}")
        for name, value in self.params.items():
            # RecBole evaluates texts of its configuration as Python; words and names are harmless.
            if isinstance(value, str) and not _PLAIN.fullmatch(value):
                raise UserInputError(f"params: {name}: {value!r} must be a plain word (letters, digits, . / _ -)")
        self._sequential = issubclass(found, SequentialRecommender)
        self._class = found
        return None  # a model of RecBole is made around its data

    def _config(self, folder: Path) -> Any:
        from recbole.config import Config

        ours = {
            "use_gpu": False, "seed": self.seed, "show_progress": False, "data_path": str(folder),
            "checkpoint_dir": str(folder), "load_col": {"inter": [_USER, _ITEM, _RATING, _TIME]},
            "USER_ID_FIELD": _USER, "ITEM_ID_FIELD": _ITEM, "RATING_FIELD": _RATING, "TIME_FIELD": _TIME,
            "eval_args": {"split": {"RS": [1, 0, 0]}, "order": "TO", "group_by": "user", "mode": "full"},
        }  # fmt: skip
        if self._sequential and self.params.get("loss_type", "CE") == "CE":
            ours["train_neg_sample_args"] = None  # this loss takes no sampled negatives, and RecBole refuses any
        return Config(model=self._class, dataset=_NAME, config_dict=ours | self.params)

    def _fit(self, choices: Choices) -> None:
        from recbole.data import create_dataset, get_dataloader
        from recbole.data.utils import create_samplers
        from recbole.utils import get_trainer, init_seed

        with TemporaryDirectory() as name, chdir(name), _no_arguments():  # its logs go to the working folder
            folder = Path(name)
            _write(choices, folder / _NAME / f"{_NAME}.inter")
            config = self._config(folder)
            init_seed(self.seed, True)
            data = create_dataset(config)
            parts = data.build()
            sampler, _, _ = create_samplers(config, data, parts)
            loader = get_dataloader(config, "train")(config, parts[0], sampler, shuffle=True)
            self.model = self._class(config, loader._dataset).to(config["device"])
            trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, self.model)
            trainer.fit(loader, None, saved=False, show_progress=False)
        self.model.eval()
        self._device, self._longest = config["device"], int(config["MAX_ITEM_LIST_LENGTH"] or 0)
        self._token_of_user = {int(token): i for token, i in data.field2token_id[_USER].items() if token != "[PAD]"}
        token_of_item = {int(token): i for token, i in data.field2token_id[_ITEM].items() if token != "[PAD]"}
        self._rows = np.array(list(token_of_item), dtype=np.int64)
        self._tokens = np.array(list(token_of_item.values()), dtype=np.int64)
        self._token = np.zeros(choices.shape[1], dtype=np.int64)
        self._token[self._rows] = self._tokens

    def _scores(self, asked: Asked) -> F32:
        import torch
        from recbole.data.interaction import Interaction

        out = np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        for i in range(len(asked)):
            user = self._token_of_user.get(int(asked.known[i]), 0)
            history = self._token[asked.history(i)]
            history = history[history > 0][-self._longest :]
            if (not history.size) if self._sequential else user == 0:
                continue
            asking: dict[str, Any] = {_USER: torch.tensor([user])}
            if self._sequential:
                padded = np.zeros((1, self._longest), dtype=np.int64)
                padded[0, : history.size] = history
                asking |= {f"{_ITEM}_list": torch.tensor(padded), "item_length": torch.tensor([history.size])}
            with torch.no_grad():
                scores = self.model.full_sort_predict(Interaction(asking).to(self._device))
            out[i, self._rows] = scores.reshape(-1).cpu().numpy()[self._tokens]
        return out


def _write(choices: Choices, path: Path) -> None:
    path.parent.mkdir()
    frame = choices.frame(user=_USER, item=_ITEM, value=_RATING, time=_TIME)
    kinds = {_USER: "token", _ITEM: "token", _RATING: "float", _TIME: "float"}
    frame.rename(columns={name: f"{name}:{kind}" for name, kind in kinds.items()}).to_csv(path, sep="\t", index=False)


@contextmanager
def _no_arguments() -> Iterator[None]:
    """RecBole takes the command line of the process for settings of its own, and evaluates them."""
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        yield
    finally:
        sys.argv = arguments
