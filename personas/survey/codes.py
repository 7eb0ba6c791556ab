"""Codes: how the same answer is recognised in a codebook and in a table, however the number was written."""

from __future__ import annotations

import math

EMPTY = frozenset(("", "na", "n/a", "nan", "null", "none"))
"""What an empty cell looks like after its trip through various tools, in lower case."""


def number_of(text: str) -> float | None:
    """The finite number that a text is, else None."""
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def code_of(value: str | int | float) -> str:
    """A code as text: 1, "1", "01" and 1.0 are one code; words are compared without regard to case and outer spaces."""
    text = str(value).strip()
    number = number_of(text)
    if number is None:
        return text.casefold()
    return str(int(number)) if number == int(number) else repr(number)
