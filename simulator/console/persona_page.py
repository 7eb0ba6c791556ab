"""One persona as a page at a terminal: who they are, how they differ from others, what they do, how far it is known.

Bars stand for a place among people, the middle being the ordinary person; numbers are those of the file. Every text is
put into `Text` and cleaned, so that it is shown and never obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from personas.schema import Persona
from simulator.console import persona_traits, persona_words
from simulator.console.bars import Letters, columns, letters
from simulator.console.text import clean
from simulator.console.trait_table import trait_mark, trait_table

_PROSE = 96
"""Columns of a text that is good to read, at most."""
_BEGINS = re.compile(r"[QA]: |Asked |[-*•] ")
"""How lines begin that `personas.survey` and `personas.asking` write, and lists."""
_QUIET, _BARS = "dim", "cyan"


def print_persona(persona: Persona, console: Console, *, day: int | None = None) -> None:
    """The whole page; `day`: as the person is on that simulated day."""
    using = letters(console)
    here = persona if day is None else persona.as_of(day)
    for part in _page(persona, here, day, console, using):
        console.print(part)


def _page(
    persona: Persona, here: Persona, day: int | None, console: Console, using: Letters
) -> Iterator[RenderableType]:
    yield from _heading(here, day, using)
    if here.backstory:
        yield from _titled("", here, "backstory", using)
        for paragraph in _paragraphs(here.backstory):
            yield _prose(paragraph, console)
    yield from _manner(here, console, using)
    yield from _personality(here, console, using)
    yield from _behaviour(here, console, using)
    yield from _ratings(here, using)
    yield from _tastes(here, using)
    yield from _routines(here, console, using)
    yield from _instructions(here, console, using)
    yield from _timeline(persona, day or 0, console, using)
    yield from _footing(here, console, using)


def _heading(here: Persona, day: int | None, using: Letters) -> Iterator[RenderableType]:
    who = here.identity
    title = Text(clean(here.name), style="bold")
    if who.age is not None:
        title.append(f", {who.age}")
    if here.identity.name is not None:
        title.append(f"  {here.id}", style=_QUIET)
    yield title
    facts = [clean(fact) for fact in (who.occupation, who.place, who.gender, who.language) if fact]
    if facts:
        yield Text(using.between.join(facts))
    if told := persona_words.origin(here.origin("identity")):
        yield Text(told, style=_QUIET)
    if day is not None:
        yield Text(f"As of day {day}.", style="italic")


def _paragraphs(text: str) -> list[str]:
    """What stands between empty lines, each on one line; questions, answers and points begin lines of their own."""
    out: list[str] = []
    open_ = False
    for line in (" ".join(clean(line).split()) for line in text.splitlines()):
        if line and open_ and not _BEGINS.match(line):
            out[-1] += f" {line}"
        elif line:
            out.append(line)
        open_ = bool(line)
    return out


def _prose(text: str, console: Console, indent: int = 2, style: str = "") -> Padding:
    right = max(0, console.width - _PROSE - indent)
    return Padding(Text(text, style=style), (0, right, 0, indent), expand=False)


def _titled(title: str, here: Persona, path: str, using: Letters, aside: str = "") -> Iterator[Text]:
    """An empty line and a title, with what it rests on."""
    yield Text("")
    told = Text(title, style="bold")
    notes = [note for note in (aside, persona_words.origin(here.origin(path)) if path else "") if note]
    if notes:
        told.append(("  " if title else "") + using.between.join(notes), style="not bold dim")
    if told.plain:
        yield told


def _manner(here: Persona, console: Console, using: Letters) -> Iterator[RenderableType]:
    rows = [
        ("speaks", persona_words.sentence(here.speaking_style or ""), "speaking_style"),
        ("comes for", "; ".join(map(clean, here.goals)), "goals"),
        ("vulnerable to", ", ".join(flag.replace("_", " ") for flag in here.vulnerabilities), "vulnerabilities"),
    ]
    table = _grid(console)
    for name, text, path in rows:
        if text:
            told = Text(text)
            if source := persona_words.origin(here.origin(path)):
                told.append(f" ({source})", style=_QUIET)
            table.add_row(Text(f"  {name}", style=_QUIET), told)
    if table.row_count:
        yield Text("")
        yield table


def _grid(console: Console) -> Table:
    """A column of names beside one of texts."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(max_width=_PROSE, overflow="fold")
    return table


def _personality(here: Persona, console: Console, using: Letters) -> Iterator[RenderableType]:
    if shown := persona_traits.big_five(here):
        yield from _titled("Personality", here, "", using, "mean answers, 0 to 1; bars: place among people")
        yield trait_table(shown, console, using)
    if here.personality.mbti is not None:
        from personas.mbti import CAVEAT

        yield Text("")
        yield _prose(f"MBTI {here.personality.mbti}. {CAVEAT}", console, style=_QUIET)


def _behaviour(here: Persona, console: Console, using: Letters) -> Iterator[RenderableType]:
    if shown := persona_traits.behavioural(here):
        yield from _titled(
            "Behaviour", here, "", using, "share of people who have less of it; activity in visits a day"
        )
        yield trait_table(shown, console, using)
    if missing := persona_traits.drawn(here):
        yield _prose(f"Not known, drawn by lot: {', '.join(missing)}.", console, style=_QUIET)


def _ratings(here: Persona, using: Letters) -> Iterator[RenderableType]:
    ratings = here.ratings
    facts = [f"mean {ratings.mean:.2f}"] if ratings.mean is not None else []
    facts += [f"spread {ratings.spread:.2f}"] if ratings.spread is not None else []
    if not facts and ratings.shares is None:
        return
    yield from _titled("How they rate", here, "ratings", using, ", ".join(facts))
    if ratings.shares is not None:
        for line in columns(ratings.shares, height=4, using=using):
            yield Text(f"   {line}", style=_BARS)
        yield Text("   " + "  ".join(f"{level:^3}" for level in range(1, 6)).rstrip())
        yield Text("  " + " ".join(f"{share:>4.0%}" for share in ratings.shares), style=_QUIET)


def _tastes(here: Persona, using: Letters) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(max_width=_PROSE, overflow="fold")
    for kind, likes in here.tastes.each():
        name = f"  {kind}"
        for which, names in (("likes", likes.liked), ("dislikes", likes.disliked)):
            if names:
                told = Text(", ".join(map(clean, names)))
                own = here.origin(f"tastes.{kind}")
                if own != here.origin("tastes") and (source := persona_words.origin(own)):
                    told.append(f" ({source})", style=_QUIET)
                table.add_row(Text(name), Text(which, style=_QUIET), told)
                name = ""
    if table.row_count:
        yield from _titled("Tastes", here, "tastes", using)
        yield table


def _routines(here: Persona, console: Console, using: Letters) -> Iterator[RenderableType]:
    if here.routines:
        yield from _titled("Routines", here, "routines", using)
    for routine in here.routines:
        when, then = persona_words.sentence(routine.when), clean(routine.then).rstrip(".")
        yield _prose(f"{when}: {then} ({persona_words.chance(routine.probability)}).", console)
        machine = [
            words for words in (persona_words.context(routine.context), persona_words.action(routine.action)) if words
        ]
        if machine:
            yield _prose(f" {using.arrow} ".join(machine), console, indent=4, style=_QUIET)


def _instructions(here: Persona, console: Console, using: Letters) -> Iterator[RenderableType]:
    if here.instructions:
        yield from _titled("Has told the service", here, "instructions", using)
    for instruction in here.instructions:
        yield _prose(f'"{" ".join(clean(instruction.text).split())}"', console)
        if does := persona_words.action(instruction):
            yield _prose(does, console, indent=4, style=_QUIET)


def _timeline(persona: Persona, day: int, console: Console, using: Letters) -> Iterator[RenderableType]:
    """All changes, those that have come to pass by `day` marked as done."""
    if not persona.changes:
        return
    yield from _titled("Changes", persona, "changes", using)
    width = max(len(str(change.from_day)) for change in persona.changes)
    for nth, change in enumerate(persona.changes):
        before = persona.as_of(change.from_day - 1)
        told = [persona_words.sentence(change.because)] if change.because else []
        told += persona_words.changed(before, change, using)
        last = nth == len(persona.changes) - 1
        first = True
        for what in told:
            for line in Text(what).wrap(console, max(20, min(_PROSE, console.width - width - 10))):
                margin = f"  day {change.from_day:>{width}} " if first else " " * (width + 7)
                mark = (using.done if change.from_day <= day else using.ahead) if first else " " if last else using.line
                yield Text.assemble(
                    (margin, "" if first else _QUIET), f"{mark} ", (line.plain.rstrip(), "" if first else _QUIET)
                )
                first = False


def _footing(here: Persona, console: Console, using: Letters) -> Iterator[RenderableType]:
    """What the marks mean, and what each origin rests on."""
    sections = {"the Big Five": persona_traits.big_five(here), "behaviour": persona_traits.behavioural(here)}
    shown = [trait for traits in sections.values() for trait in traits]
    meanings = {
        using.approximately: "inferred, with its reliability",
        "*": "sampled",
        using.derived: "what is expected of such a personality and age",
        "MBTI": "what the type stands for",
    }
    used = {trait_mark(trait, using).rstrip("0123456789.") for trait in shown}
    legend = [f"{mark} {meaning}" for mark, meaning in meanings.items() if mark in used]
    if not legend:
        return
    legend += ["unmarked: stated"] if "" in used else []
    yield Text("")
    yield _prose(using.between.join(legend), console, style=_QUIET)
    for section, traits in sections.items():
        given = [trait for trait in traits if trait.source == "given"]
        by_evidence: dict[str, list[str]] = {}
        for trait in given:
            if trait.origin.evidence is not None:
                by_evidence.setdefault(trait.origin.evidence, []).append(trait.label)
        for evidence, names in by_evidence.items():
            whom = section if len(names) == len(given) > 1 else ", ".join(names)
            yield _prose(f"{whom}: {clean(evidence)}", console, style=_QUIET)
