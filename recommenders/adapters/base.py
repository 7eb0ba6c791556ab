"""The base of adapters: a library's model behind the contract, for two hooks.

A subclass writes `_fit(choices)` and `_scores(asked)`; finding the model's class, ids, exclusions, people whom the
library knows nothing about and the filling of pages are done here. What a library leaves unranked (items it never saw,
everything for a person it cannot place) follows in order of popularity, so that a page is never short.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from recommenders.adapters.frame import Asked, Choices, Values
from recommenders.batching import as_batch
from recommenders.builtin.parameters import whole
from recommenders.contract import Recommender, Request, Slate, SlateBatch
from recommenders.topk import top_k
from simulator.plugins import import_failed, told
from simulator.records import F32, Bools, Catalog, InteractionLog, UserInputError


class Adapter(Recommender):
    """One model of a library.

    model: the library's class, ``module:Class``. params: what its constructor takes. values: what the library is told
    of a choice, ``choices`` (1) or ``ratings`` (the rating; every choice needs one). seed: of what the library draws
    while it fits, wherever the model takes a seed and `params` names none.
    """

    library: ClassVar[str]
    """The module that must be there."""
    install: ClassVar[str]
    """What `pip install` takes."""
    example: ClassVar[str]
    """A model, for messages."""
    learns = False

    def __init__(
        self, *, model: str, params: Mapping[str, Any] | None = None, values: Values = "choices", seed: int = 0
    ) -> None:
        if values not in ("choices", "ratings"):
            raise UserInputError(f"values must be choices or ratings, not {values!r}")
        if params is not None and not isinstance(params, Mapping):
            raise UserInputError(f"params must be a mapping of the model's own parameters, not {params!r}")
        self.model_name, self.params, self.values = model, dict(params or {}), values
        self.seed = whole("seed", seed, at_least=0, at_most=2**32 - 1)
        self._require()
        found = self._found()
        try:
            self.model = self._make(found)
        except UserInputError:
            raise
        except Exception as error:
            raise UserInputError(f"model {model!r} cannot be made with {self.params}: {told(error)}") from None

    def _require(self) -> None:
        """Raise UserInputError where the library cannot be imported."""
        try:
            import_module(self.library)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != self.library.partition(".")[0]:
                raise import_failed(f"the library {self.library}", error) from None
            raise UserInputError(
                f"the library {self.library} is not installed for {sys.executable}. Make an environment that has it "
                f"(python3 -m venv ENV && ENV/bin/pip install {self.install}) and name its interpreter on the arm: "
                "python: ENV/bin/python"
            ) from None
        except (Exception, SystemExit) as error:
            raise import_failed(f"the library {self.library}", error) from None

    def _found(self) -> Callable[..., Any]:
        """What `model` names."""
        module_name, _, name = str(self.model_name).partition(":")
        if not name.isidentifier() or not all(part.isidentifier() for part in module_name.split(".")):
            raise UserInputError(f"model must be module:Class, such as {self.example}, not {self.model_name!r}")
        try:
            module = import_module(module_name)
        except (Exception, SystemExit) as error:
            raise import_failed(f"model {self.model_name!r}", error) from None
        found = getattr(module, name, None)
        if not callable(found):
            near = get_close_matches(name, [key for key in vars(module) if not key.startswith("_")], n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Write module:Class, such as {self.example}"
            raise UserInputError(f"model {self.model_name!r}: {module_name} has no class {name!r}. {hint}")
        made: Callable[..., Any] = found
        return made

    def _make(self, found: Callable[..., Any]) -> Any:
        """The model, not fitted."""
        return found(**self._with_defaults(found))

    def _with_defaults(self, found: Callable[..., Any]) -> dict[str, Any]:
        """`params`, with the seed and with silence where the model takes them and `params` says nothing."""
        takes = inspect.signature(found).parameters
        ours = {"seed": self.seed, "random_state": self.seed, "verbose": False}
        return {name: value for name, value in ours.items() if name in takes} | self.params

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Give the library its own form of the log, and let it fit."""
        self.catalog = catalog
        choices = Choices.of(log, self.values)
        self._fitted: sparse.csr_matrix = choices.matrix()
        # Of somebody without a choice a library has learnt nothing, though it may hold random factors of theirs.
        known = np.unique(choices.user)
        self._row_of = dict(zip(log.user_ids[known].tolist(), known.tolist(), strict=True))
        popularity = np.bincount(choices.item, minlength=len(catalog))
        self._place = np.empty(len(catalog), dtype=np.float32)
        """Place of each item in the order of popularity, 0 for the first. (n_items,)."""
        self._place[np.argsort(-popularity, kind="stable")] = np.arange(len(catalog))
        self._learnt = len(choices) > 0
        """Libraries fail where there is nothing to learn from; then everything is popular alike."""
        if self._learnt:
            self._fit(choices)

    def _fit(self, choices: Choices) -> None:
        """Fit `model`."""
        raise NotImplementedError

    def _scores(self, asked: Asked) -> F32:
        """Scores of every item for everybody asked, higher is better, NaN where the library ranks nothing. Float32
        (n, n_items). At least the best `asked.depth()` of each person need one."""
        raise NotImplementedError

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The `k` best eligible items by the library's scores, ties by catalogue row, then popular ones."""
        batch = as_batch(self.catalog, requests)
        if not len(batch):
            return SlateBatch(self.catalog, np.empty((0, k), dtype=np.int32))
        asked = Asked.of(batch, self._row_of, self._fitted if self.values == "ratings" else None, k)
        nothing = np.full((len(asked), asked.n_items), np.nan, dtype=np.float32)
        scores = self._completed(self._scores(asked) if self._learnt else nothing)
        scores[batch.view.blocked[batch.rows] != 0] = -np.inf
        items = top_k(scores, k)
        shown = np.take_along_axis(scores, np.maximum(items, 0), axis=1)
        shown[items < 0] = np.nan
        return SlateBatch(self.catalog, items, shown)

    def _completed(self, scores: F32) -> F32:
        """What is not ranked stands below what is, in order of popularity, one lower each."""
        ranked: Bools = np.isfinite(scores)
        if ranked.all():
            return scores
        low = np.min(scores, axis=1, where=ranked, initial=np.inf)
        low[~np.isfinite(low)] = 0
        return np.where(ranked, scores, low[:, None] - 1 - self._place).astype(np.float32)


def scattered(n: int, n_items: int, row: Any, item: Any, score: Any) -> F32:
    """A table of NaN (n, n_items) with `score` at (`row`, `item`)."""
    out = np.full((n, n_items), np.nan, dtype=np.float32)
    out[row, item] = score
    return out
