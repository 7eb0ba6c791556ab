"""Files that sessions are kept in: none is ever overwritten."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from simulator.records import UserInputError

_LONGEST_ARM = 40


def taken(path: Path) -> None:
    """Raises UserInputError if something is at a path, or nothing can be there."""
    try:
        there = path.exists() and not (path.is_dir() and not any(path.iterdir()))
        home = path.resolve().parent.is_dir()
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or str(error)
        raise UserInputError(
            f"{str(path)[:200]!r}: nothing can be written there ({told}). Name another place"
        ) from None
    if there:
        raise UserInputError(f"{path}: there is something here already, and nothing is overwritten. Name another")
    if not home:
        raise UserInputError(f"{path}: the folder {path.resolve().parent} is not there. Make it, or name another place")


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises UserInputError."""
    taken(path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UserInputError(f"{path}: cannot be written ({error.strerror}). Name another place") from None


def arm_name(text: str, others: Container[str]) -> str:
    """A text as the name of an arm that is none of `others`: letters, digits, `_` and `-`."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_-") else "-" for letter in text)
    name = plain[:_LONGEST_ARM] or "line"
    number = 1
    while name in others:
        number += 1
        name = f"{plain[: _LONGEST_ARM - 4]}-{number}"
    return name
