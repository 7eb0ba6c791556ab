"""`understudy personas list [PLACE]`."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import options

FIRST = 50
"""People of a crowd who are shown unless more are asked for."""


Place = Annotated[
    str, typer.Argument(metavar="PLACE", help="A file, a folder, or JSON lines [library].", show_default=False)
]


def list_personas(
    place: Place = "library",
    n: Annotated[
        int | None, typer.Option("-n", min=1, help=f"Show this many [{FIRST}; with --json, everybody].")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Who is there, in a line or two each."""
    from personas.files import load
    from simulator.cli.output import stdout_console, write_json
    from simulator.console.persona_tables import list_entry, print_list

    people = load(place)
    shown = people[: (None if as_json else FIRST) if n is None else n]
    entries = [list_entry(person) for person in shown]
    if as_json:
        write_json({"place": people.file, "count": len(people), "people": entries})
    else:
        print_list(entries, stdout_console(), place=people.file, count=len(people))
