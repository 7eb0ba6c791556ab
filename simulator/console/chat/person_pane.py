"""The person as a pane: how they are, what changed since the last page, what they are here for, what they remember."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from simulator.console.bars import BLOCKS, bar
from simulator.console.chat.words import NO_INTENT, moment
from simulator.console.text import clean

if TYPE_CHECKING:
    from simulator.console.chat.portrait import Portrait
    from simulator.studies.solo.lived import Condition

_BAR = 15
"""Letters of a bar; odd, so that it has a middle."""
_LEAST = 0.005
"""Changes below this are none: two decimals are shown."""


class PersonPane(VerticalScroll):
    """Who they are, in numbers and words."""

    BORDER_TITLE = "Person"
    can_focus = False

    def compose(self) -> ComposeResult:
        yield Static("", id="condition", markup=False)
        yield Static("", id="about", markup=False)

    def show(self, who: Portrait) -> None:
        """Draws the person as they are now."""
        self.query_one("#condition", Static).update(condition(who))
        self.query_one("#about", Static).update(about(who))


def condition(who: Portrait) -> Text:
    """Mood, tiredness and satisfaction: a bar, a number, what changed since before the last page."""
    now, before = who.now, who.before
    lines = [Text(clean(who.name), style="bold")]
    for name, letters, value, change in _measures(now, before):
        lines.append(Text.assemble(f"{name:<10}", (letters, ""), f" {value:>5} ", _arrow(change)))
    visit = f"visit {now.session + 1}, page {now.page}" if now.session >= 0 else "has not come yet"
    there = "" if now.in_session or now.session < 0 else ", has left"
    lines.append(Text(f"{visit}{there}, chose {now.chosen}"))
    lines.append(Text(f"{moment(now.clock_s)}, branch {clean(who.branch)}", style="dim"))
    return Text("\n").join(lines)


def about(who: Portrait) -> Text:
    """Intent, strongest memories, traits."""
    here_for = "\n".join(map(clean, who.intent.splitlines())) or NO_INTENT
    lines: list[str | tuple[str, str]] = ["\n", ("Here for", "bold"), f"\n{here_for}\n"]
    lines.append(("\nRemembers\n", "bold"))
    lines += [f"{strength:.2f} {clean(memory)}\n" for memory, strength in who.memories] or ["nothing yet\n"]
    lines.append(("\nTraits ", "bold"))
    lines.append(("(sd from the average person)\n", "dim"))
    for name, value in who.traits.items():
        was = who.first_traits.get(name, value)
        lines.append(f"{value:+.2f} {name}" + (f" (was {was:+.2f})\n" if was != value else "\n"))
    return Text.assemble(*lines)


def in_a_line(who: Portrait) -> Text:
    """The person in a status line."""
    now, before = who.now, who.before
    name = clean(who.name)
    told: list[str | tuple[str, str]] = [(name if len(name) <= _NAME else name[: _NAME - 1] + "…", "bold")]
    for name, value, change in (
        ("mood", f"{now.mood:+.2f}", now.mood - before.mood),
        ("tired", f"{now.fatigue:.2f}", now.fatigue - before.fatigue),
        ("satisfied", f"{now.satisfaction:.2f}", now.satisfaction - before.satisfaction),
    ):
        told += [f"  {name} {value}", _arrow(change)]
    if now.session >= 0:
        told.append(f"  visit {now.session + 1}.{now.page}" if now.in_session else "  has left")
    return Text.assemble(*told)


_NAME = 12
"""Letters of a name in the status line."""


def _measures(now: Condition, before: Condition) -> Iterator[tuple[str, str, str, float]]:
    yield "mood", bar((now.mood + 1) / 2, _BAR, BLOCKS), f"{now.mood:+.2f}", now.mood - before.mood
    yield "tired", _full(now.fatigue), f"{now.fatigue:.2f}", now.fatigue - before.fatigue
    level = (now.satisfaction - 1) / 4
    yield "satisfied", _full(level), f"{now.satisfaction:.2f}", now.satisfaction - before.satisfaction


def _full(share: float) -> str:
    """A bar from the left."""
    cells = round(min(1.0, max(0.0, share)) * _BAR)
    return BLOCKS.full * cells + BLOCKS.empty * (_BAR - cells)


def _arrow(change: float) -> tuple[str, str]:
    """`▲0.12`, `▼0.30`, or nothing where nothing changed to speak of."""
    if abs(change) < _LEAST:
        return "", ""
    return f"{'▲' if change > 0 else '▼'}{abs(change):.2f}", "bold"
