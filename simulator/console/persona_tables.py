"""Personas side by side at a terminal: who is there, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from personas.differences import same
from personas.schema import Context, Instruction, Persona, RoutineAction
from personas.standing import standing
from personas.traits import to_percentile
from simulator.console import persona_traits, persona_words
from simulator.console.bars import Letters, letters, marks
from simulator.console.tables import label
from simulator.console.text import clean

_WIDE = 118
_QUIET = "dim"
_TRACK = 21


def list_entry(person: Persona) -> dict[str, Any]:
    """A person in a line, as plain values."""
    who = person.identity
    return {
        "id": person.id,
        "name": who.name,
        "age": who.age,
        "occupation": who.occupation,
        "place": who.place,
        "telling": persona_traits.telling(person),
    }


def print_list(entries: Sequence[Mapping[str, Any]], console: Console, *, place: str, count: int) -> None:
    """Everybody in a row of columns, or in two lines each where a terminal is narrow; then how many there are."""
    wide = console.width >= _WIDE
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=28)
    for _ in range(3 if wide else 1):
        table.add_column(overflow="fold")
    for one in entries:
        named = ", ".join(clean(str(one[key])) for key in ("name", "age") if one[key] is not None)
        does = [clean(one[key]) for key in ("occupation", "place") if one[key] is not None]
        telling = Text(clean(one["telling"]), style=_QUIET)
        if wide:
            table.add_row(Text(one["id"], style="bold"), Text(named), Text(", ".join(does)), telling)
        else:
            whole = Text(", ".join([named, *does] if named else does))
            table.add_row(
                Text(one["id"], style="bold"), Text("\n").join(part for part in (whole, telling) if part.plain)
            )
    console.print(table)
    if len(entries) < count:
        console.print(Text(f"\n{len(entries):,} of {count:,} in {clean(place)}. More: -n {count}", style=_QUIET))
    else:
        whom = "WHO" if place == "library" else f"{clean(place)}#ID"
        told = f"\n{count:,} people in {clean(place)}. One of them: understudy personas show {whom}"
        console.print(Text(told, style=_QUIET))


def print_differences(found: Mapping[str, Any], console: Console, *, names: tuple[str, str]) -> None:
    """The document of `personas.differences` for a person."""
    using = letters(console)
    who = [
        f"{clean(name)} ({found[side]})" if name != found[side] else found[side]
        for side, name in zip("ab", names, strict=True)
    ]
    console.print(Text.assemble("A  ", (who[0], "bold")))
    console.print(Text.assemble("B  ", (who[1], "bold")))
    if same(dict(found)):
        console.print(Text("\nThey do not differ" + ("." if found["a"] == found["b"] else ", but for the id.")))
        return
    if found["identity"]:
        console.print(Text("\nWho they are", style="bold"))
        console.print(_pairs(found["identity"]))
    _print_traits(found["traits"], console, using)
    if found["tastes"]:
        console.print(Text("\nTastes of only one of them", style="bold"))
        console.print(_tastes(found["tastes"]))
    for one in found["other"]:
        console.print(Text(f"\n{label(clean(one['part'])).capitalize()}", style="bold"))
        console.print(_other(one, using))


def _pairs(pairs: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    for _ in range(2):
        table.add_column(overflow="fold")
    for name, pair in pairs.items():
        cells = (
            Text("not said", style=_QUIET) if pair[side] is None else Text(clean(str(pair[side]))) for side in "ab"
        )
        table.add_row(Text(f"  {label(name)}", style=_QUIET), *cells)
    return table


def _print_traits(traits: Mapping[str, Mapping[str, float | None]], console: Console, using: Letters) -> None:
    """The traits that are not the same, the most different first."""
    apart = {name: pair for name, pair in traits.items() if pair["a"] != pair["b"]}
    alike = [persona_traits.label(name) for name in traits if name not in apart]
    if apart:
        console.print(
            Text("\nTraits", style="bold").append(
                "  difference: B minus A, in standard deviations of people", style="not bold dim"
            )
        )
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=_QUIET)
        table.add_column(overflow="fold", min_width=19, max_width=27)
        table.add_column(no_wrap=True)
        for heading in ("A", "B", "difference"):
            table.add_column(heading, justify="right", no_wrap=True)
        for name in sorted(apart, key=lambda name: -abs(apart[name]["sd"] or 0.0)):
            table.add_row(*_trait_row(name, apart[name], using))
        console.print(table)
    if alike:
        console.print(Padding(Text(f"The same: {', '.join(alike)}.", style=_QUIET), (0, 0, 0, 2)))


def _trait_row(name: str, pair: Mapping[str, float | None], using: Letters) -> Iterator[Text | Padding]:
    yield Padding(Text(persona_traits.label(name)), (0, 0, 0, 2))
    values = (pair["a"], pair["b"])
    places = [None if value is None else float(to_percentile(standing(name, value))) for value in values]
    picture = Text(marks(places, "AB", _TRACK, using))
    picture.highlight_regex("[AB=]", "bold cyan")
    picture.highlight_regex(rf"[{using.empty}]+", _QUIET)
    yield picture
    for value in values:
        yield Text("-" if value is None else persona_traits.shown_value(name, value))
    sd = pair["sd"]
    yield Text("" if sd is None else f"{sd:+.2f}".replace("-", using.less))


def _tastes(tastes: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for kind, sides in tastes.items():
        name = f"  {kind}"
        for which, only in sides.items():
            for side, key in (("A", "only_a"), ("B", "only_b")):
                if only[key]:
                    verb = {"liked": "likes", "disliked": "dislikes"}[which]
                    table.add_row(
                        Text(name),
                        Text(side, style="bold"),
                        Text(verb, style=_QUIET),
                        Text(", ".join(map(clean, only[key]))),
                    )
                    name = ""
    return table


def _other(one: Mapping[str, Any], using: Letters) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=96)
    for side in "ab":
        value = one[side]
        if value not in (None, [], {}, ""):
            told = (
                [_part(one["part"], each, using) for each in value]
                if isinstance(value, list)
                else [_part(one["part"], value, using)]
            )
            for nth, line in enumerate(told):
                table.add_row(Text(f"  {side.upper()}" if not nth else "", style="bold"), Text(line))
    return table


def _part(part: str, value: Any, using: Letters) -> str:
    """A part of a file in words."""
    if part == "routines":
        often = persona_words.chance(value.get("probability", 1.0))
        habit = f"{persona_words.sentence(value['when'])}: {clean(value['then'])} ({often})"
        machine = (
            persona_words.context(Context.model_validate(value.get("context", {}))),
            persona_words.action(RoutineAction.model_validate(value.get("action", {}))),
        )
        told = f" {using.arrow} ".join(words for words in machine if words)
        return f"{habit}; {told}" if told else habit
    if part == "instructions":
        instruction = Instruction.model_validate(value)
        does = persona_words.action(instruction)
        return clean(f'"{instruction.text}"{f"; {does}" if does else ""}')
    if part == "changes":
        rest = {name: inner for name, inner in value.items() if name not in ("from_day", "because")}
        because = f", {clean(value['because'])}" if "because" in value else ""
        return f"from day {value['from_day']}{because}: {_plain(rest)}"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{label(clean(str(name)))}: {_plain(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "nothing"
    return " ".join(clean(str(value)).split())
