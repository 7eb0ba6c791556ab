"""Memories as texts: on one line, capped, without anything that a terminal, a page or a prompt would obey."""

from __future__ import annotations

TEXT_CHARS = 76
"""Longest text of a memory; with its time before it a recollection has about 90 characters, some 23 tokens."""
TITLE_CHARS = 40
"""Longest title within a text."""
_MARKUP = str.maketrans({"<": "(", ">": ")", "{": "(", "}": ")", "[": "(", "]": ")", "`": "'", "|": "/", '"': "'"})

MINUTE_S, HOUR_S, DAY_S, WEEK_S = 60.0, 3_600.0, 86_400.0, 604_800.0


def plain(text: str, most: int = TEXT_CHARS) -> str:
    """`text` of somebody else's (a catalogue's, a model's) as plain words: what is not printable becomes a space
    (control and format characters, bidirectional marks, lone surrogates), brackets that markup is made of become round
    ones, spaces run together, and at most `most` characters stay."""
    head = text[: 8 * most]
    line = "".join(letter if letter.isprintable() else " " for letter in head).translate(_MARKUP)
    return cut(" ".join(line.split()), most)


def cut(text: str, most: int = TEXT_CHARS) -> str:
    """At most `most` characters, with a mark where something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def titled(title: str, most: int = TITLE_CHARS) -> str:
    """A title in quotation marks."""
    return f'"{plain(title, most) or "something without a name"}"'


def ago(seconds: float) -> str:
    """How long ago, in words."""
    if seconds < 10 * MINUTE_S:
        return "just now"
    for size, name in ((WEEK_S * 2, "week"), (DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute")):
        if seconds >= size:
            number = int(seconds / (WEEK_S if name == "week" else size))
            return f"{number} {name}{'s' if number > 1 else ''} ago"
    return "just now"


def sureness(confidence: float) -> str:
    """How sure somebody is of a belief, in words."""
    return "you are sure" if confidence >= 0.8 else "you think" if confidence >= 0.5 else "you doubt"
