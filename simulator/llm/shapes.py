"""Parts of answers' shapes that refuse as little as possible: bounds stand in the schema, and are kept when reading."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def _whole(value: Any) -> Any:
    """Models write 7.0, 7.5 and "7" for whole numbers; infinity is clipped like any other number beyond the range."""
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, float):
        return round(min(max(value, -1e6), 1e6))
    return value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def whole_number(bounds: tuple[int, int]) -> Any:
    """A whole number. Its bounds stand in the schema only: some grammars ignore them, so they refuse nothing here."""
    schema: dict[str, Any] = {"minimum": bounds[0], "maximum": bounds[1]}
    return Annotated[int, BeforeValidator(_whole), Field(json_schema_extra=schema)]


def one_of(*names: str) -> Any:
    """One of some words. The schema lists them; reading decides what becomes of others."""
    return Annotated[str, BeforeValidator(_lower), Field(json_schema_extra={"enum": list(names)})]


def some_of(*names: str) -> Any:
    """A list of some words, likewise."""
    listed: dict[str, Any] = {"items": {"type": "string", "enum": list(names)}}
    return Annotated[list[Annotated[str, BeforeValidator(_lower)]], Field(json_schema_extra=listed)]
