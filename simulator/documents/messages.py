"""A validation error in the words of a person who reads the file: what is wrong with which field, and the cure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.documents.fields import did_you_mean, fields_of, paths_named, place_at
from simulator.documents.forms import Section
from simulator.documents.yaml_tree import FieldPath

_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a map of fields",
    "model_type": "a map of fields",
    "model_attributes_type": "a map of fields",
    "list_type": "a list",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("above", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("below", "lt"),
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file, as far as messages need to know it."""

    root: type[Section]
    """What is checked."""
    places: Mapping[str, FieldPath] = field(default_factory=dict)
    """Where a mistake lies that only the whole file shows, by type of error."""
    missing: Mapping[FieldPath, str] = field(default_factory=dict)
    """The cure for a field that is missing or empty, where its description does not tell it."""
    patterns: Mapping[str, str] = field(default_factory=dict)
    """What a text must be that has to match a pattern, by pattern."""
    names: str = "this name is not allowed. Rename it"
    """What is said of a free name that breaks its pattern."""


def shown(value: Any) -> str:
    """A value for a message: short, on one line, control characters escaped."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value[:40]!r}" + (" …" if len(value) > 40 else "")
    return repr(value)[:40]


def dotted(path: Sequence[str | int]) -> str:
    """A path as `a.b.c`; names that are no plain text are escaped."""
    return ".".join(str(step) if str(step).isprintable() else repr(str(step)) for step in path)[:160]


def explain(errors: Sequence[Mapping[str, Any]], value: Any, kind: Kind) -> list[tuple[FieldPath, str]]:
    """Place and message of each error that pydantic found in `value`, without those that only follow from another."""
    out: list[tuple[FieldPath, str]] = []
    misspelt: set[FieldPath] = set()
    for error in sorted(errors, key=lambda one: one["type"] == "missing"):  # a misspelt field explains a missing one
        path: FieldPath = error["loc"]
        if error["type"] == "extra_forbidden":
            cure, meant = _unknown_field(path, kind.root)
            misspelt.add((*path[:-1], meant))
            out.append((path, f"unknown field.{cure}"))
        elif (place := _place_of(error, kind)) is not None:
            out.append((place, _sentence(error, _value_at(value, place), kind)))
        elif path[-1:] == ("[key]",):
            out.append((path[:-1], kind.names))
        elif path not in misspelt:
            out.append((path, _sentence(error, _value_at(value, path), kind)))
    return out


def _place_of(error: Mapping[str, Any], kind: Kind) -> FieldPath | None:
    """Where a mistake lies that only the whole file shows: where the error says, else where errors of its type lie."""
    if "place" in (context := error.get("ctx", {})):
        place = context["place"]
        if isinstance(place, tuple):  # names that hold a dot
            return place
        return tuple(int(step) if step.isdigit() else step for step in str(place).split("."))
    return kind.places.get(error["type"])


def _value_at(value: Any, path: FieldPath) -> Any:
    """What was given at a place; a section in its short form stands for the field that names it."""
    for step in path:
        if isinstance(value, str):
            return value
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _unknown_field(path: FieldPath, root: type[Section]) -> tuple[str, str]:
    """The cure for an unknown field, and the field of the same section that was probably meant."""
    parent, name = place_at(root, path[:-1]), str(path[-1])
    known = list(fields_of(parent.section)) if parent is not None and parent.section is not None else []
    if near := did_you_mean(name, known):
        return near, near.removeprefix(" Did you mean ").removesuffix("?")
    if elsewhere := paths_named(root, name):
        return f" Did you mean {elsewhere[0]}?", ""
    return f" Known here: {', '.join(known)}", ""


def _sentence(error: Mapping[str, Any], given: Any, file: Kind) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return _missing(error["loc"], file)
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, but is {shown(given)}.{_type_cure(kind, given)}"
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"must be {words} {context[key]:g}, but is {shown(given)}. Change it"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        near = did_you_mean(given, choices) if isinstance(given, str) else ""
        return f"must be one of {', '.join(choices)}, but is {shown(given)}.{near or ' Choose one'}"
    if kind == "string_too_short":
        return "must not be empty. Write something, or delete the line to take the default"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} characters. Shorten it"
    if kind in ("too_short", "too_long") and context["field_type"] == "List":
        return (
            f"must hold {context.get('min_length', context.get('max_length'))} values. Write them as [lowest, highest]"
        )
    if kind == "too_short":
        least = "one" if context["min_length"] == 1 else context["min_length"]
        return f"must hold at least {least}. {file.missing.get(error['loc'], 'Add some')}"
    if kind == "too_long":
        return f"must hold at most {context['max_length']} entries. Remove some"
    if kind == "string_pattern_mismatch" and context["pattern"] in file.patterns:
        return f"must be {file.patterns[context['pattern']]}, but is {shown(given)}. Change it"
    if kind == "finite_number":
        return f"must be a finite number, but is {shown(given)}. Change it"
    if kind == "string_unicode":
        return "holds half a surrogate pair, which is no character. Write the character itself"
    near = did_you_mean(str(given), context["names"]) if isinstance(given, str) and "names" in context else ""
    return f"{shown(given) + ' ' if kind == 'plug_in' else ''}{error['msg']}.{near}".removesuffix(".")


def _type_cure(kind: str, given: Any) -> str:
    if given is None:
        what = "fields below it" if kind.startswith(("dict", "model")) else "a value"
        return f" Write {what}, or delete the line to take the default"
    if kind == "string_type":
        return " Put it in quotes" if isinstance(given, bool | int | float) else " Write one text"
    if isinstance(given, str) and kind in ("int_type", "float_type") and re.fullmatch(r"[-+]?[0-9.]+", given):
        return " Remove the quotes"
    return " Write fields below it, indented" if kind.startswith(("dict", "model")) else " Change it"


def _missing(path: FieldPath, file: Kind) -> str:
    if path in file.missing:
        return f"is missing. {file.missing[path]}"
    parent = place_at(file.root, path[:-1])
    known = fields_of(parent.section).get(str(path[-1])) if parent is not None and parent.section is not None else None
    return f"is missing. Add it{f' ({known.description})' if known is not None and known.description else ''}"
