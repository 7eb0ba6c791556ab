"""From what a scenario says under `mind` to a mind: the statistical one, or a class of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from simulator.minds.plugin import PluginMind
from simulator.plugins import class_named, told
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
    found = class_named(kind, what=f"mind.kind {kind!r}", forms=_FORMS, folder=folder)
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
