"""Text of somebody else's (names in data, messages of plug-ins), made safe for a terminal."""

from __future__ import annotations


def clean(text: str) -> str:
    """On one line, without what a terminal would obey: whatever is not printable becomes a space."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def clean_lines(text: str) -> str:
    """Like `clean`, but line breaks stay."""
    return "\n".join(map(clean, text.splitlines()))
