"""A persona as lines of a page: what its file says, part by part, in the file's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.viewer.wording import number, words

_APART = ("id", "identity", "backstory")
"""What is said above the lines."""


def in_a_sentence(persona: Mapping[str, Any]) -> str:
    """Name, age, occupation and place, as far as they are known."""
    identity = persona.get("identity") or {}
    names = ("name", "age", "occupation", "place")
    return ", ".join(str(identity[name]) for name in names if identity.get(name))


def lines(persona: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A name and a text each: the parts of the file, and of parts that have parts these."""
    for name, value in persona.items():
        if name in _APART or value in (None, [], {}, ""):
            continue
        if isinstance(value, Mapping) and all(isinstance(one, Mapping) for one in value.values()):
            yield from ((words(below), text) for below, one in value.items() if (text := _told(one)))
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            yield from ((words(name) if nth == 0 else "", _told(one)) for nth, one in enumerate(value))
        else:
            yield words(name), _told(value)


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{words(name)} {text}" for name, one in value.items() if (text := _told(one)))
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_told, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    return "" if value is None else str(value)
