"""What a model knows of a place in a file: its fields, and its one-word short form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from simulator.documents.forms import Section, ShortForm


@dataclass(frozen=True)
class Place:
    """A node of the model: a section, a map from free names or a list (both of `values`), or (both None) a value."""

    section: type[Section] | None = None
    values: Any = None
    short_form: str | None = None
    listed: bool = False
    """Whether the values are those of a list, which are known by number."""


def place_at(root: type[Section], path: Iterable[str | int]) -> Place | None:
    """The place under a path of field names below `root`, or None if the model has none there."""
    here = Place(section=root)
    for step in path:
        if here.section is not None:
            field = fields_of(here.section).get(str(step))
            if field is None:
                return None
            here = _place(field.annotation, field.metadata)
        elif here.values is not None and not (here.listed and isinstance(step, str) and not step.isdigit()):
            here = _place(here.values, ())
        else:
            return None
    return here


def _place(annotation: Any, metadata: Iterable[Any]) -> Place:
    section, values, listed = None, None, False
    short = next((mark.key for mark in metadata if isinstance(mark, ShortForm)), None)
    for kind in _alternatives(annotation):
        if isinstance(kind, ShortForm):
            short = kind.key
        elif get_origin(kind) is dict:
            values = get_args(kind)[1]
        elif get_origin(kind) in (list, tuple):
            values, listed = get_args(kind)[0], True
        elif isinstance(kind, type) and issubclass(kind, Section):
            section = kind
    return Place(section, values, short, listed)


def _alternatives(annotation: Any) -> Iterator[Any]:
    """What an annotation may be, unions and `Annotated` taken apart."""
    if get_origin(annotation) in (dict, list, tuple) or not get_args(annotation):
        yield annotation
        return
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        yield from parts[1:]
        parts = parts[:1]
    for part in parts:
        yield from _alternatives(part)


def fields_of(section: type[Section]) -> dict[str, FieldInfo]:
    """The fields of a section by the names that a file uses."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def paths_named(root: type[Section], name: str) -> list[str]:
    """The dotted paths of all fields of that name, outside of lists and of maps with free names."""

    def below(section: type[Section], above: tuple[str, ...]) -> Iterator[str]:
        for known in fields_of(section):
            path = (*above, known)
            if known == name:
                yield ".".join(path)
            place = place_at(root, path)
            if place is not None and place.section is not None:
                yield from below(place.section, path)

    return list(below(root, ()))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean …?` with the nearest known word, or nothing."""
    near = get_close_matches(word[:80].lower(), list(known), n=1, cutoff=0.55)
    return f" Did you mean {near[0]}?" if near else ""
