"""Any object with a method that recommends: which method, what its arguments mean, ids in and ids out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from recommenders.adapters.frame import Choices
from recommenders.composition import folder_being_loaded
from recommenders.contract import Recommender, Request, Slate
from simulator.plugins import class_named, told
from simulator.records import Catalog, InteractionLog, UserInputError

_ASKED: dict[str, Callable[[Request, int], Any]] = {
    "user_id": lambda request, k: request.user_id,
    "history": lambda request, k: list(request.history),
    "exclude": lambda request, k: set(request.exclude),
    "candidates": lambda request, k: None if request.candidates is None else list(request.candidates),
    "k": lambda request, k: k,
    "page": lambda request, k: request.page,
    "turn": lambda request, k: request.turn,
    "query": lambda request, k: request.query,
    "instruction": lambda request, k: request.instruction,
    "rng": lambda request, k: request.rng(),
}
_FITTED = ("pairs", "histories", "item_ids", "frame")
_FORMS = "Write module:Class or path/file.py:Class"


class Duck(Recommender):
    """A class of yours that answers for one person at a time, without knowing of this package.

    model: the class, module:Class or path/file.py:Class; params: what its constructor takes. method: the method that
    recommends. arguments: what each of its arguments gets, such as {user: user_id, n: k}: one of user_id, history,
    exclude, candidates, k, page, turn, query, instruction, rng. fit: the method that learns, null for none.
    fit_arguments: likewise, of pairs (user and item ids, oldest first), histories (items by user id), item_ids, and
    frame (pandas: user_id, item_id, rating, timestamp). An argument that is not mapped gets what its name says.

    The method returns item ids, best first, or pairs of id and score. Where it takes no `exclude` it is asked for as
    many more as are excluded, and those are dropped; where it returns too few, popular items follow.
    """

    learns = False

    def __init__(
        self,
        *,
        model: str,
        params: Mapping[str, Any] | None = None,
        method: str = "recommend",
        arguments: Mapping[str, str] | None = None,
        fit: str | None = "fit",
        fit_arguments: Mapping[str, str] | None = None,
    ) -> None:
        found = class_named(str(model), what=f"model {model!r}", forms=_FORMS, folder=folder_being_loaded())
        try:
            self.model = found(**(params or {}))
        except Exception as error:
            raise UserInputError(f"model {model!r} cannot be made with {params or {}}: {told(error)}") from None
        self._ask = _method(self.model, method, "method")
        self._arguments = _mapped(self._ask, dict(arguments or {}), tuple(_ASKED), "arguments")
        self._learn = None if fit is None or not hasattr(self.model, fit) else _method(self.model, fit, "fit")
        if self._learn is None and (fit_arguments or fit not in (None, "fit")):
            raise UserInputError(
                f"fit: {type(self.model).__name__} has no {fit!r}. Name its method, or leave fit_arguments out"
            )
        taken = {} if self._learn is None else _mapped(self._learn, dict(fit_arguments or {}), _FITTED, "fit_arguments")
        self._fit_arguments = taken

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Hand over the log in the form that was asked for."""
        self.catalog = catalog
        choices = Choices.of(log, "choices")
        count = np.bincount(choices.item, minlength=len(catalog))
        self._popular: list[str] = catalog.item_ids[np.argsort(-count, kind="stable")].tolist()
        if self._learn is not None:
            self._learn(**{name: _form(kind, choices, log) for name, kind in self._fit_arguments.items()})

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """One call of the method for each person. Scores only where every item of every page has one."""
        slates = [self._slate(request, k) for request in requests]
        if all(slate.scores is not None for slate in slates if slate.item_ids):
            return slates
        return [Slate(slate.item_ids) for slate in slates]

    def _slate(self, request: Request, k: int) -> Slate:
        wanted = k if "exclude" in self._arguments.values() else min(k + len(request.exclude), len(self._popular))
        answer = self._ask(**{name: _ASKED[kind](request, wanted) for name, kind in self._arguments.items()})
        allowed = None if request.candidates is None else set(request.candidates)
        ids: list[str] = []
        scores: list[float] = []
        for one in answer if answer is not None else ():
            paired = isinstance(one, tuple | list) and len(one) == 2
            item_id = str(one[0] if paired else one)
            if item_id in request.exclude or (allowed is not None and item_id not in allowed) or len(ids) == k:
                continue
            ids.append(item_id)
            scores += [float(one[1])] if paired else []
        if len(ids) < k:
            taken = {*ids, *request.exclude}
            rest = (i for i in self._popular if i not in taken and (allowed is None or i in allowed))
            ids += [item_id for item_id, _ in zip(rest, range(k - len(ids)), strict=False)]
        return Slate(ids, scores if ids and len(scores) == len(ids) else None)


def _method(model: Any, name: str, field: str) -> Callable[..., Any]:
    found = getattr(model, name, None)
    if not callable(found):
        own = [key for key in dir(model) if not key.startswith("_") and callable(getattr(model, key))]
        has = f"It has {', '.join(own)}" if own else "It has no method of its own"
        raise UserInputError(f"{field}: {type(model).__name__} has no method {name!r}. {has}")
    made: Callable[..., Any] = found
    return made


def _mapped(method: Callable[..., Any], given: dict[str, str], kinds: Sequence[str], field: str) -> dict[str, str]:
    """What each argument of `method` gets: what `given` says, or what the argument is called."""
    parameters = inspect.signature(method).parameters
    known = ", ".join(kinds)
    for name, kind in given.items():
        if kind not in kinds:
            raise UserInputError(f"{field}: {name}: {kind!r} is not one of {known}")
        if name not in parameters and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            takes = ", ".join(parameters) or "nothing"
            raise UserInputError(f"{field}: the method takes no {name!r}; it takes {takes}")
    named = {name: name for name in parameters if name in kinds and name not in given}
    for name, parameter in parameters.items():
        needed = parameter.default is parameter.empty and parameter.kind in (
            parameter.POSITIONAL_OR_KEYWORD,
            parameter.KEYWORD_ONLY,
        )
        if needed and name not in given and name not in named:
            raise UserInputError(f"{field}: say what the method's {name!r} gets, as in {{{name}: {kinds[0]}}}: {known}")
    return named | given


def _form(kind: str, choices: Choices, log: InteractionLog) -> Any:
    users, items = log.user_ids[choices.user].tolist(), log.catalog.item_ids[choices.item].tolist()
    if kind == "pairs":
        return list(zip(users, items, strict=True))
    if kind == "item_ids":
        return log.catalog.item_ids.tolist()
    if kind == "histories":
        histories: dict[str, list[str]] = {}
        for user, item in zip(users, items, strict=True):
            histories.setdefault(user, []).append(item)
        return histories
    frame = choices.frame(user="user_id", item="item_id", value="rating", time="timestamp")
    return frame.assign(user_id=users, item_id=items)
