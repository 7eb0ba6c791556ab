"""From what a scenario says to a recommender: a built-in, an installed plug-in, or a class of a module or a file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from recommenders.adapter import DuckTyped
from recommenders.adapters import ADAPTERS
from recommenders.builtin import BUILTINS, builtin
from recommenders.composition import loading_from
from recommenders.contract import Recommender
from recommenders.errors import NotMadeError
from simulator.plugins import class_named, import_failed, told
from simulator.randomness import Stream
from simulator.records import UserInputError

GROUP = "understudy.recommenders"
"""The entry point group in which installed packages announce recommenders."""
URL_SCHEMES = ("http://", "https://")


def load_recommender(
    spec: str,
    params: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    seed: int | None = None,
    python: str | None = None,
) -> Recommender:
    """The recommender that `spec` names, made with `params` and not yet fitted.

    `spec` is the name of a built-in or of an entry point, ``module:Class``, or ``path/file.py:Class`` relative to
    `folder` (the scenario's) or else to the working folder. Where the class takes a `seed` that `params` leaves out, it
    gets one drawn from the fit stream of the run's `seed`. With `python`, the interpreter of that name makes it, in a
    process of its own. An http(s) URL is the address of a service (docs/plugins.md). Raises UserInputError with one
    message for what is wrong.
    """
    spec = spec.strip()
    if spec.startswith(URL_SCHEMES):
        return _behind_url(spec, params, python)
    if python is not None:
        from recommenders.remote.elsewhere import Elsewhere

        return Elsewhere(spec, params, python=python, folder=folder, seed=seed)
    found = find_class(spec, folder=folder)
    given = dict(params or {})
    parameters = _signature(found).parameters
    if seed is not None and "seed" in parameters and "seed" not in given:
        given["seed"] = Stream.of(seed, "fit", "recommender").key >> 33
    with loading_from(folder, seed):
        return _made(spec, found, given)


def find_class(spec: str, *, folder: Path | None = None) -> Callable[..., Any]:
    """The class that `spec` names, or the function that makes one; see `load_recommender`. Raises UserInputError."""
    spec = spec.strip()
    if spec in BUILTINS:
        return builtin(spec)
    installed = {point.name: point for point in entry_points(group=GROUP)}
    if spec in installed:
        return _from_entry_point(installed[spec])
    if spec.startswith(URL_SCHEMES):
        raise UserInputError(f"recommender {spec!r}: a service behind a URL has no class")
    spec = ADAPTERS[spec].spec if spec in ADAPTERS else spec
    if ":" not in spec:
        raise _unknown(spec, [*BUILTINS, *installed, *ADAPTERS])
    what = f"recommender {spec!r}"
    return _checked(spec, class_named(spec, what=what, forms=_FORMS, folder=folder, functions=True))


_FORMS = (
    "Write the name of a built-in (`understudy recommenders list`), module:Class, path/file.py:Class, or the URL of a "
    "service"
)


def _behind_url(url: str, params: Mapping[str, Any] | None, python: str | None) -> Recommender:
    from recommenders.remote.service import Service
    from simulator.llm.endpoint import shown

    if python is not None:
        raise UserInputError("python: a service behind a URL runs by itself. Leave python out")
    given = dict(params or {})
    _check_params(shown(url), partial(Service, url), given)
    return Service(url, **given)


def _unknown(spec: str, names: list[str]) -> UserInputError:
    if spec.endswith(".py"):
        return UserInputError(f"recommender {spec!r}: say which class of the file, as in {spec}:MyRecommender")
    near = get_close_matches(spec.lower().replace("_", "-"), names, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    known = ", ".join(names)
    return UserInputError(f"recommender {spec!r}: there is none of that name. {hint}Known: {known}. {_FORMS}")


def _from_entry_point(point: EntryPoint) -> Callable[..., Any]:
    spec = f"{point.name} = {point.value}"
    try:
        found = point.load()
    except (Exception, SystemExit) as error:
        raise import_failed(f"recommender {spec!r}", error) from None
    return _checked(spec, found)


def _checked(spec: str, found: Any) -> Callable[..., Any]:
    if inspect.isfunction(found):
        return found  # what it makes is seen when it has made it
    if not inspect.isclass(found):
        raise UserInputError(f"recommender {spec!r}: this is a {type(found).__name__}, not a class")
    written = {name for name in ("fit", "recommend") if callable(getattr(found, name, None))}
    if issubclass(found, Recommender):
        written = {name for name in written if getattr(found, name) is not getattr(Recommender, name)}
    missing = [name for name in ("fit", "recommend") if name not in written]
    if missing:
        raise UserInputError(
            f"recommender {spec!r}: the class has no {' and no '.join(missing)}. A recommender has "
            "fit(catalog, log) and recommend(requests, k); subclass recommenders.Recommender"
        )
    return found


def _signature(found: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(found)
    except (TypeError, ValueError):  # a class written in C may not tell
        return inspect.Signature([inspect.Parameter("params", inspect.Parameter.VAR_KEYWORD)])


def _named(signature: inspect.Signature) -> dict[str, inspect.Parameter]:
    """The parameters that a scenario can set by name."""
    kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {name: parameter for name, parameter in signature.parameters.items() if parameter.kind in kinds}


def _shown(parameter: inspect.Parameter) -> str:
    return f"{parameter.name} ({'required' if parameter.default is parameter.empty else parameter.default})"


def _check_params(spec: str, found: Callable[..., Any], params: dict[str, Any]) -> None:
    signature = _signature(found)
    if any(not isinstance(name, str) for name in params):
        raise UserInputError(f"recommender {spec!r}: the names of params must be text, not {next(iter(params))!r}")
    try:
        signature.bind(**params)
    except TypeError as error:
        takes = _named(signature)
        wrong = next((name for name in params if name not in takes), None)
        near = get_close_matches(wrong, takes, n=1) if wrong is not None else []
        hint = f" Did you mean {near[0]!r}?" if near else ""
        shown = f"It takes {', '.join(map(_shown, takes.values()))}" if takes else "It takes no params"
        raise UserInputError(f"recommender {spec!r}: params do not fit: {error}.{hint} {shown}") from None


def _made(spec: str, found: Callable[..., Any], params: dict[str, Any]) -> Recommender:
    _check_params(spec, found, params)
    try:
        made = found(**params)
    except UserInputError as error:
        raise UserInputError(f"recommender {spec!r}: params: {error}") from None
    except Exception as error:
        raise NotMadeError(f"recommender {spec!r}: it could not be made with {params}: {told(error)}") from None
    if inspect.isfunction(found):
        lacking = [name for name in ("fit", "recommend") if not callable(getattr(made, name, None))]
        if lacking:
            kind = "None" if made is None else f"a {type(made).__name__}"
            raise UserInputError(
                f"recommender {spec!r}: the function made {kind}, which has no {' and no '.join(lacking)}. A "
                "recommender has fit(catalog, log) and recommend(requests, k)"
            )
    return made if isinstance(made, Recommender) else DuckTyped(made)


@dataclass(frozen=True)
class Description:
    """What `recommenders list` tells of one recommender."""

    name: str
    origin: str
    summary: str
    parameters: dict[str, Any] = field(default_factory=dict)
    """Defaults by name; ``<required>`` where there is none."""


def describe_all() -> list[Description]:
    """The built-ins, the adapters, then the installed plug-ins by name; one that cannot be imported says so in its
    summary."""
    adapted = [
        _described(name, f"adapter, tried with {one.tried}", find_class(one.spec)) for name, one in ADAPTERS.items()
    ]
    return [_described(name, "built in", builtin(name)) for name in BUILTINS] + adapted + list(_installed())


def _installed() -> Iterator[Description]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        origin = point.value if point.dist is None else f"{point.dist.name} {point.dist.version}"
        try:
            yield _described(point.name, origin, _from_entry_point(point))
        except UserInputError as error:
            yield Description(point.name, origin, f"cannot be used: {error}")


def _described(name: str, origin: str, found: Callable[..., Any]) -> Description:
    lines = inspect.cleandoc(found.__doc__ or "").splitlines() or [""]
    named = _named(_signature(found))
    parameters = {key: "<required>" if p.default is p.empty else p.default for key, p in named.items()}
    return Description(name, origin, lines[0], parameters)
