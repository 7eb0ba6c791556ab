"""Personas: who a simulated person is, beyond what a log of choices tells.

schema         what a persona is; contradictions that it may not have
traits         the behavioural traits, their scales and laws; links: how they go with the Big Five
files          YAML and JSON lines; library: the people that ship
estimation     what a log tells of traits; inference: from a log to personas; asking: with a language model
sampling       people drawn at random but plausible
survey         people from answers to a questionnaire
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from personas.files import Collection, library, load, load_one, to_yaml, write_jsonl, write_yaml
    from personas.schema import Persona

_HOME_OF = {
    "Collection": "files",
    "Persona": "schema",
    "library": "files",
    "load": "files",
    "load_one": "files",
    "to_yaml": "files",
    "write_jsonl": "files",
    "write_yaml": "files",
}

__all__ = ["Collection", "Persona", "library", "load", "load_one", "to_yaml", "write_jsonl", "write_yaml"]


def __getattr__(name: str) -> Any:
    """Imports a name when it is first used (PEP 562)."""
    if name in _HOME_OF:
        value = globals()[name] = getattr(import_module(f"personas.{_HOME_OF[name]}"), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
