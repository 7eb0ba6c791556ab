"""What stands behind a command, read: words and quotes, numbers and ranges, names and what was probably meant."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from simulator.console.text import clean
from simulator.records import UserInputError

_WORD = re.compile(r'"([^"]*)"?|[“”]([^“”]*)[“”]?|(\S+)')
_RANGE = re.compile(r"(\d+)(?:(?:-|–|\.\.)(\d+))?")
_MOST = 200
"""Numbers that one line may pick."""
_SHOWN = 60
"""Characters of somebody's text that an error message repeats."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a line; double quotes hold words together, an apostrophe is a letter like any other."""
    return tuple(next(part for part in match.groups() if part is not None) for match in _WORD.finditer(text))


def is_quoted(text: str) -> bool:
    """Whether somebody holds words together by double quotes."""
    return any(mark in text for mark in '"“”')


def are_numbers(words: Sequence[str]) -> bool:
    """Whether all words are numbers or ranges, with commas or without."""
    parts = [part for word in words for part in word.split(",") if part]
    return bool(parts) and all(_RANGE.fullmatch(part) for part in parts)


def numbers_of(words: Sequence[str], highest: int, what: str) -> list[int]:
    """`3 5-7`, `3,5,7` or `3..7` as numbers from 1 to `highest`, in the order given, each once. Raises
    UserInputError."""
    picked: dict[int, None] = {}
    for part in (part for word in words for part in word.split(",") if part):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise UserInputError(f"{short(part)} is not a number. Write numbers of {what}, such as 2 or 1-3")
        first, last = int(match[1][:9]), int((match[2] or match[1])[:9])
        for number in (first, last):
            if not 1 <= number <= highest:
                raise UserInputError(f"there is no number {number} in {what}: it has {counted(highest, 'item')}")
        picked.update(dict.fromkeys(range(first, last + 1) if first <= last else range(first, last - 1, -1)))
    if len(picked) > _MOST:
        raise UserInputError(f"that is {len(picked)} items; at most {_MOST} can be picked at once")
    return list(picked)


def number_of(text: str, what: str, example: str) -> float:
    """One number, with a point or a comma. Raises UserInputError with the `example`."""
    try:
        value = float(text.strip().replace(",", ".").replace("−", "-"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        said = f"{short(text)} is not a number" if text.strip() else "a number is missing"
        raise UserInputError(f"{what}: {said}. Write it like {example}")
    return value


def count_of(text: str, what: str, *, most: int) -> int:
    """How many; nothing is one. Raises UserInputError."""
    if not text.strip():
        return 1
    if not (text.strip().isdecimal() and 1 <= int(text.strip()[:9]) <= most):
        raise UserInputError(f"{what}: how many must be a number from 1 to {most}, not {short(text)}")
    return int(text.strip())


def meant(name: str, names: Iterable[str]) -> str:
    """` Did you mean X?`, or nothing where no name is near."""
    near = get_close_matches(name.casefold(), list(names), n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""


def short(text: str) -> str:
    """Somebody's text as an error message repeats it: in quotes, on one line, not long."""
    shown = clean(text.strip())
    return f"“{shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + '…'}”"


def counted(number: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
