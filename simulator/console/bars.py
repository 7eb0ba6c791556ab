"""Small pictures made of letters: a bar around the middle, two marks on a line, a histogram. Readable without colour.

Everything is drawn twice: with blocks, and in ASCII for terminals that have no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console


@dataclass(frozen=True, kw_only=True)
class Letters:
    """What pictures are made of."""

    middle: str
    full: str
    left_half: str
    right_half: str
    empty: str
    heights: str
    """From almost nothing to full."""
    done: str
    ahead: str
    line: str
    arrow: str
    between: str
    less: str
    approximately: str
    derived: str
    more: str


BLOCKS = Letters(
    middle="│",
    full="█",
    left_half="▌",
    right_half="▐",
    empty="·",
    heights="▁▂▃▄▅▆▇█",
    done="●",
    ahead="○",
    line="│",
    arrow="→",
    between=" · ",
    less="−",
    approximately="≈",
    derived="†",
    more="…",
)
ASCII = Letters(
    middle="|",
    full="#",
    left_half="",
    right_half="",
    empty=".",
    heights="#",
    done="*",
    ahead="o",
    line="|",
    arrow="->",
    between=" - ",
    less="-",
    approximately="~",
    derived="+",
    more="...",
)


def letters(console: Console) -> Letters:
    """What this terminal can show."""
    return ASCII if console.options.ascii_only else BLOCKS


def bar(position: float, width: int, using: Letters) -> str:
    """`width` (odd) letters: a bar from the middle to `position`, which is in [0, 1]."""
    half = width // 2
    long = min(1.0, abs(position - 0.5) * 2) * half
    if using.left_half:
        cells, rest = divmod(round(long * 2), 2)
    else:
        cells, rest = round(long), 0
    space = using.empty * (half - cells - rest)
    nothing = using.empty * half
    if position >= 0.5:
        return nothing + using.middle + using.full * cells + using.left_half * rest + space
    return space + using.right_half * rest + using.full * cells + using.middle + nothing


def marks(positions: Sequence[float | None], names: str, width: int, using: Letters) -> str:
    """`width` (odd) letters: a line from 0 to 1 with the name of each position on it; `=` where they share a place."""
    line = [using.empty] * width
    line[width // 2] = using.middle
    taken: set[int] = set()
    for position, name in zip(positions, names, strict=True):
        if position is not None:
            place = round(min(1.0, max(0.0, position)) * (width - 1))
            line[place] = "=" if place in taken else name
            taken.add(place)
    return "".join(line)


def columns(shares: Sequence[float], *, height: int, using: Letters) -> list[str]:
    """A histogram of `height` lines, three letters a column, two spaces between; the largest share is full height."""
    steps = len(using.heights)
    most = max(shares)
    tall = [0 if share <= 0 else max(1, round(share / most * height * steps)) for share in shares]
    lines = []
    for level in range(height - 1, -1, -1):
        filled = [min(steps, max(0, each - level * steps)) for each in tall]
        lines.append("  ".join((using.heights[each - 1] if each else " ") * 3 for each in filled).rstrip())
    return lines
