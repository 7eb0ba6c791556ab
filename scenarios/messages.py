"""A validation error in the words of a person who reads the file: what is wrong with which field, and the cure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scenarios.fields import did_you_mean, fields_of, paths_named, place_at

FieldPath = tuple[str | int, ...]

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
_PLACES: dict[str, FieldPath] = {
    "control": ("evaluation", "control"),
    "memory": ("memory", "kind"),
    "images": ("perception", "images"),
    "embedding": ("memory", "embedding"),
}
"""Where a mistake lies that only the whole scenario shows."""


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


def explain(errors: Sequence[Mapping[str, Any]], value: Any) -> list[tuple[FieldPath, str]]:
    """Place and message of each error that pydantic found in `value`, without those that only follow from another."""
    out: list[tuple[FieldPath, str]] = []
    misspelt: set[FieldPath] = set()
    for error in sorted(errors, key=lambda one: one["type"] == "missing"):  # a misspelt field explains a missing one
        path: FieldPath = error["loc"]
        if error["type"] == "extra_forbidden":
            cure, meant = _unknown_field(path)
            misspelt.add((*path[:-1], meant))
            out.append((path, f"unknown field.{cure}"))
        elif error["type"] in _PLACES:
            place = _PLACES[error["type"]]
            out.append((place, _sentence(error, _value_at(value, place))))
        elif path[-1:] == ("[key]",):
            out.append((path[:-1], "an arm's name holds only letters, digits, _ and -, at most 40. Rename the arm"))
        elif path not in misspelt:
            out.append((path, _sentence(error, _value_at(value, path))))
    return out


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


def _unknown_field(path: FieldPath) -> tuple[str, str]:
    """The cure for an unknown field, and the field of the same section that was probably meant."""
    parent, name = place_at(path[:-1]), str(path[-1])
    known = list(fields_of(parent.section)) if parent is not None and parent.section is not None else []
    if near := did_you_mean(name, known):
        return near, near.removeprefix(" Did you mean ").removesuffix("?")
    if elsewhere := paths_named(name):
        return f" Did you mean {elsewhere[0]}?", ""
    return f" Known here: {', '.join(known)}", ""


def _sentence(error: Mapping[str, Any], given: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return _missing(error["loc"])
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
        return "must name at least one recommender, such as `arms: {control: popular, treatment: als}`. Add one"
    if kind == "too_long":
        return f"must hold at most {context['max_length']} entries. Remove some"
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


def _missing(path: FieldPath) -> str:
    if path == ("arms",):
        return "is missing. Name the recommenders to compare, such as `arms: {control: popular, treatment: als}`"
    parent = place_at(path[:-1])
    field = fields_of(parent.section).get(str(path[-1])) if parent is not None and parent.section is not None else None
    return f"is missing. Add it{f' ({field.description})' if field is not None and field.description else ''}"
