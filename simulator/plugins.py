"""Finding somebody's class by what a scenario says: `module:Class`, or `path/file.py:Class`. Nothing is evaluated.

Every failure is a `UserInputError` that begins with `what`, which names the field and the spec.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from difflib import get_close_matches
from hashlib import blake2b
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from simulator.records import UserInputError

_TOLD_CHARACTERS = 1000
"""Of an exception's words; some hold the data that they are about."""


def class_named(spec: str, *, what: str, forms: str, folder: Path | None, functions: bool = False) -> Any:
    """The class that `spec` names; files are relative to `folder` (the scenario's) or else to the working folder.

    `forms` says what may be written, for messages; with `functions`, a function that makes one will do. Raises
    UserInputError.
    """
    where, _, name = spec.rpartition(":")
    if not name.isidentifier():
        raise UserInputError(f"{what}: {name!r} after the colon is not the name of a class. {forms}")
    _extend_path(folder, Path.cwd())
    if where.endswith(".py") or "/" in where or "\\" in where:
        module = _module_of_file(where, what, folder)
    elif all(part.isidentifier() for part in where.split(".")):
        module = _module(where, what)
    else:
        raise UserInputError(f"{what}: {where!r} before the colon is not the name of a module. {forms}")
    found = getattr(module, name, None)
    if found is None:
        classes = [key for key, value in vars(module).items() if inspect.isclass(value)]
        own = [key for key in classes if getattr(module, key).__module__ == module.__name__]
        near = get_close_matches(name, own, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        held = f"It holds the classes {', '.join(own)}" if own else "It holds no class of its own"
        raise UserInputError(f"{what}: the module has no {name!r}. {hint}{held}")
    if not inspect.isclass(found) and not (functions and inspect.isfunction(found)):
        raise UserInputError(f"{what}: this is a {type(found).__name__}, not a class")
    return found


def import_failed(what: str, error: BaseException) -> UserInputError:
    """The message for a plug-in whose import raised."""
    return UserInputError(f"{what}: importing it failed: {told(error)}")


def told(error: BaseException) -> str:
    """An exception in one line: its kind, what it says, and the file and line where it was raised."""
    try:
        words = str(error)
    except Exception as second:  # somebody's __str__ is their code too
        words = f"its message cannot be read ({type(second).__name__})"
    words = words if len(words) <= _TOLD_CHARACTERS else words[: _TOLD_CHARACTERS - 1] + "…"
    said = f"{type(error).__name__}: {words}" if words else type(error).__name__
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg} ({error.filename}, line {error.lineno})"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<frozen")]
    return f"{said} ({frames[-1].filename}, line {frames[-1].lineno})" if frames else said


def _extend_path(*folders: Path | None) -> None:
    """Let plug-ins import what lies beside them; appended, so that nothing there can shadow an installed package."""
    for entry in (str(folder.resolve()) for folder in folders if folder is not None):
        if entry not in sys.path:
            sys.path.append(entry)


def _module(name: str, what: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(missing + "."):
            raise UserInputError(
                f"{what}: there is no module {missing!r}. Install it, run from the folder that holds it, or give "
                "the path of its file (path/file.py:Class)"
            ) from None
        raise import_failed(what, error) from None
    except (Exception, SystemExit) as error:
        raise import_failed(what, error) from None


def _module_of_file(where: str, what: str, folder: Path | None) -> ModuleType:
    given = Path(where).expanduser()
    places = [place for place in (folder, Path.cwd()) if place is not None]
    tried = [given] if given.is_absolute() else [place / given for place in places]
    path = next((candidate.resolve() for candidate in tried if candidate.is_file()), None)
    if path is None:
        looked = " and ".join(str(candidate.resolve()) for candidate in dict.fromkeys(tried))
        raise UserInputError(f"{what}: there is no such file (looked for {looked})")
    _extend_path(path.parent)
    name = f"understudy_plugin_{blake2b(str(path).encode(), digest_size=8).hexdigest()}"
    made = spec_from_file_location(name, path)
    if made is None or made.loader is None:
        raise UserInputError(f"{what}: {path} is not a Python file (its name must end in .py)")
    module = module_from_spec(made)
    sys.modules[name] = module  # dataclasses and typing look their module up there
    try:
        made.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise import_failed(what, error) from None
    return module
