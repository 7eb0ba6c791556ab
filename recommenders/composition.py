"""Recommenders made of recommenders: a re-ranker around a base, an ensemble, a control that spoils another.

What a scenario writes for a part is what it writes for an arm: a name, or a name with params. A composite of built-ins
is a built-in, which workers map into memory; one with a plug-in inside lives where the plug-in lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from recommenders.builtin.stored import Stored
from recommenders.contract import Feedback, Recommender, RequestBatch, SlateBatch, learns
from recommenders.validation import checked_slates
from simulator.records import Catalog, InteractionLog, UserInputError

Part = str | Mapping[str, Any] | Recommender
"""What may be written for a part: ``als``, ``{recommender: als, params: {factors: 64}}``, or a recommender."""

_origin: ContextVar[tuple[Path | None, int | None]] = ContextVar("origin", default=(None, None))


@contextmanager
def loading_from(folder: Path | None, seed: int | None) -> Iterator[None]:
    """Parts that are made inside are looked for in `folder` and seeded with `seed`, as the whole is."""
    token = _origin.set((folder, seed))
    try:
        yield
    finally:
        _origin.reset(token)


def folder_being_loaded() -> Path | None:
    """The folder of the scenario whose recommender is being made."""
    return _origin.get()[0]


def made(part: Part, *, field: str = "base") -> Recommender:
    """The recommender that `part` names, not fitted. `field` is the parameter's name, for messages.

    Raises UserInputError.
    """
    from recommenders.loading import load_recommender

    if isinstance(part, Recommender):
        return part
    folder, seed = _origin.get()
    if isinstance(part, str):
        return load_recommender(part, folder=folder, seed=seed)
    given = dict(part) if isinstance(part, Mapping) else {}
    name, params, python = given.pop("recommender", None), given.pop("params", {}), given.pop("python", None)
    if given or not isinstance(name, str) or not isinstance(params, Mapping) or not isinstance(python, str | None):
        form = f"{field} must be the name of a recommender, or {{recommender: NAME, params: {{…}}}}"
        raise UserInputError(f"{form}, not {part!r}")
    return load_recommender(name, params, folder=folder, seed=seed, python=python)


def walk(recommender: Recommender) -> Iterator[Recommender]:
    """A recommender and all that it is made of, outermost first."""
    yield recommender
    for part in recommender.parts:
        yield from walk(part)


def ranked(part: Recommender, batch: RequestBatch, depth: int) -> SlateBatch:
    """The part's best `depth` items of each request, checked, as arrays of that width. Raises PluginError."""
    return checked_slates(part.recommend(batch, depth), batch, depth, type(part).__name__, unscored=True)


class Composite(Stored):
    """A recommender made of others. A subclass calls `_made_of` in its constructor, keeps its parameters as attributes
    of the same name, and writes `recommend`."""

    def _made_of(self, *parts: Recommender) -> None:
        self.parts: tuple[Recommender, ...] = parts
        self.learns = any(learns(part) for part in parts)

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit every part."""
        self.catalog = catalog
        for part in self.parts:
            part.fit(catalog, log)

    def observe(self, feedback: Feedback) -> None:
        """Pass on to the parts that learn."""
        for part in self.parts:
            if learns(part):
                part.observe(feedback)

    def settings(self) -> dict[str, Any]:
        """The parameters; a part that was given as an object is told by its class and its own parameters."""
        return {name: _told(value) for name, value in super().settings().items()}

    def save(self, folder: Path) -> None:
        """Write what this one keeps, and each part into a folder of its own."""
        super().save(folder)
        for number, part in enumerate(self.parts):
            own = folder / f"part-{number}"
            own.mkdir(parents=True, exist_ok=True)  # the contract promises an empty folder
            part.save(own)

    def _read(self, folder: Path) -> None:
        super()._read(folder)
        self._made_of(*(type(part).load(folder / f"part-{number}") for number, part in enumerate(self.parts)))


def _told(value: Any) -> Any:
    if isinstance(value, Stored):
        return {"recommender": f"{type(value).__module__}:{type(value).__name__}", "params": value.settings()}
    if isinstance(value, Mapping):
        return {name: _told(one) for name, one in value.items()}
    return [_told(one) for one in value] if isinstance(value, list | tuple) else value
