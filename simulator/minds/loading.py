"""From what a scenario says under `mind` to a mind: the statistical one, or a class of the user's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from difflib import get_close_matches
from hashlib import blake2b
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from simulator.minds.plugin import PluginMind
from simulator.records import UserInputError

STATISTICAL = "statistical"
_FORMS = "Write statistical, module:Class, or path/file.py:Class"


def is_built_in(kind: str) -> bool:
    """Whether `kind` comes with the house; False for somebody's class. Raises UserInputError if it is neither."""
    if kind == STATISTICAL:
        return True
    if ":" in kind:
        return False
    if kind.endswith(".py"):
        raise UserInputError(f"mind.kind {kind!r}: say which class of the file, as in {kind}:MyMind")
    near = get_close_matches(kind.lower(), [STATISTICAL], n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise UserInputError(f"mind.kind {kind!r}: there is no such mind. {hint}{_FORMS}")


def load_plugin(kind: str, params: Mapping[str, Any] | None = None, *, folder: Path | None = None) -> PluginMind:
    """A mind of the user's own, made with `params` and not yet started.

    `kind` is ``module:Class``, or ``path/file.py:Class`` relative to `folder` (the scenario's) or else to the working
    folder. The class has ``async def appraise(scene)`` and may have ``async def start(catalog, split)``. Raises
    UserInputError with one message for whatever is wrong.
    """
    where, _, name = kind.rpartition(":")
    if not where or not name.isidentifier():
        raise UserInputError(f"mind.kind {kind!r}: this names no class. {_FORMS}")
    for place in (folder, Path.cwd()):
        # Appended, so that nothing there can shadow an installed package.
        if place is not None and str(place.resolve()) not in sys.path:
            sys.path.append(str(place.resolve()))
    is_file = where.endswith(".py") or "/" in where or "\\" in where
    module = _module_of_file(kind, where, folder) if is_file else _module(kind, where)
    found = getattr(module, name, None)
    if not isinstance(found, type):
        near = get_close_matches(name, [n for n, v in vars(module).items() if isinstance(v, type)], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UserInputError(f"mind.kind {kind!r}: {where} has no class {name!r}.{hint}")
    if not callable(getattr(found, "appraise", None)):
        raise UserInputError(
            f"mind.kind {kind!r}: the class has no appraise. A mind has `async def appraise(self, scene)`"
        )
    try:
        made = found(**dict(params or {}))
    except UserInputError:
        raise
    except Exception as error:
        raise UserInputError(
            f"mind.params: {kind} could not be made with {dict(params or {})}: {told(error)}"
        ) from None
    return PluginMind(kind, made)


def told(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _module(kind: str, name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise UserInputError(f"mind.kind {kind!r}: {name!r} is not the name of a module. {_FORMS}")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(missing + "."):
            raise UserInputError(
                f"mind.kind {kind!r}: there is no module {missing!r}. Install it, run from the folder that holds it, "
                "or give the path of its file (path/file.py:Class)"
            ) from None
        raise UserInputError(f"mind.kind {kind!r}: importing it failed: {told(error)}") from None
    except (Exception, SystemExit) as error:
        raise UserInputError(f"mind.kind {kind!r}: importing it failed: {told(error)}") from None


def _module_of_file(kind: str, where: str, folder: Path | None) -> ModuleType:
    given = Path(where).expanduser()
    places = [given] if given.is_absolute() else [p / given for p in (folder, Path.cwd()) if p is not None]
    path = next((place.resolve() for place in places if place.is_file()), None)
    if path is None:
        tried = " and ".join(str(place.resolve()) for place in dict.fromkeys(places))
        raise UserInputError(f"mind.kind {kind!r}: there is no such file (looked for {tried})")
    name = f"understudy_mind_{blake2b(str(path).encode(), digest_size=8).hexdigest()}"
    made = spec_from_file_location(name, path)
    if made is None or made.loader is None:
        raise UserInputError(f"mind.kind {kind!r}: {path} is not a Python file (its name must end in .py)")
    module = module_from_spec(made)
    sys.modules[name] = module  # dataclasses and typing look their module up there
    try:
        made.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise UserInputError(f"mind.kind {kind!r}: importing it failed: {told(error)}") from None
    return module
