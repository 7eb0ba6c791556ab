"""Files that sessions are kept in: none is ever overwritten, and of one that cannot be written whole nothing stays."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.records import UserInputError

_LONGEST_ARM = 40


def taken(path: Path) -> None:
    """Raises UserInputError if something is at a path, or nothing can be there."""
    try:
        there = path.exists() and not (path.is_dir() and not any(path.iterdir()))
        home = path.resolve().parent.is_dir()
        str(path).encode()
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "its name is no text"
        raise UserInputError(
            f"{str(path)[:200]!r}: nothing can be written there ({told}). Name another place"
        ) from None
    if there:
        raise UserInputError(f"{path}: there is something here already, and nothing is overwritten. Name another")
    if not home:
        raise UserInputError(f"{path}: the folder {path.resolve().parent} is not there. Make it, or name another place")


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; what cannot be written whole goes again. Raises UserInputError."""
    taken(path)
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _unwritten(path, error) from None


@contextmanager
def new_folder(path: Path) -> Iterator[None]:
    """A folder to be filled within; one that was not there before goes again if that fails. Of two who make the same
    one at once, one does. Raises UserInputError."""
    taken(path)
    made = not path.exists()
    try:
        if made:
            path.mkdir()
        try:
            yield
        except BaseException:
            if made:
                shutil.rmtree(path, ignore_errors=True)
            raise
    except OSError as error:
        raise _unwritten(path, error) from None


def _unwritten(path: Path, error: OSError) -> UserInputError:
    """What a failure to write is told as."""
    why = error.strerror or str(error)
    return UserInputError(f"{path}: cannot be written ({why.rpartition('] ')[2]}). Name another place")


def arm_name(text: str, others: Container[str]) -> str:
    """A text as the name of an arm that is none of `others`: letters, digits, `_` and `-`."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_-") else "-" for letter in text)
    name = plain[:_LONGEST_ARM] or "line"
    number = 1
    while name in others:
        number += 1
        name = f"{plain[: _LONGEST_ARM - 4]}-{number}"
    return name
