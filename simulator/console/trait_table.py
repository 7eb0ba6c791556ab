"""Traits as bars around the ordinary person, with words, numbers and a mark for where each comes from."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simulator.console.bars import Letters, bar
from simulator.console.persona_traits import MIDDLE, ShownTrait

WIDE = 118
"""Columns from which both ends of every trait are told."""
_LABEL, _BAR, _VALUE, _MARK, _ENDS = 19, 13, 4, 5, 34
_GIVEN, _GUESSED, _QUIET = "cyan", "blue", "dim"


def trait_table(shown: Sequence[ShownTrait], console: Console, using: Letters) -> Table:
    """A line a trait: a bar from the middle, the words of the end to which it leans (of both, where there is room)."""
    wide = console.width >= WIDE
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=_LABEL + 2)
    if wide:
        table.add_column(justify="right", width=_ENDS)
    table.add_column(no_wrap=True)
    if wide:
        table.add_column(width=_ENDS)
    table.add_column(justify="right", width=_VALUE, no_wrap=True)
    table.add_column(width=_MARK, no_wrap=True)
    if not wide:
        table.add_column()
    for trait in shown:
        name = Padding(Text(trait.label), (0, 0, 0, 2))
        picture = _picture(bar(trait.percentile, _BAR, using), trait, using)
        value, mark = Text(trait.value), Text(trait_mark(trait, using), style=_QUIET)
        if wide:
            low = Text(trait.low, style="" if trait.percentile < MIDDLE[0] else _QUIET)
            high = Text(trait.high, style="" if trait.percentile > MIDDLE[1] else _QUIET)
            table.add_row(name, low, picture, high, value, mark)
        else:
            table.add_row(name, picture, value, mark, Text(trait.words))
    return table


def _picture(drawn: str, trait: ShownTrait, using: Letters) -> Text:
    picture = Text(drawn)
    picture.highlight_regex(rf"[^{using.empty}{using.middle}]+", _GIVEN if trait.source == "given" else _GUESSED)
    picture.highlight_regex(rf"[{using.empty}]+", _QUIET)
    return picture


def trait_mark(trait: ShownTrait, using: Letters) -> str:
    """Where it comes from, in at most five letters; nothing for what was stated."""
    if trait.source == "derived":
        return using.derived
    if trait.source == "mbti":
        return "MBTI"
    if trait.origin.how == "sampled":
        return "*"
    if trait.origin.how == "inferred":
        sure = trait.origin.confidence
        return using.approximately + ("" if sure is None else f"{sure:.2f}")
    return ""
