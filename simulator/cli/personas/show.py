"""`understudy personas show WHO`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import options

Who = Annotated[str, typer.Argument(metavar="WHO", help="An id of the library, a file, or people.jsonl#ID.")]


def show(
    who: Who,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the file, as the start of one of your own.")] = False,
    day: Annotated[
        int | None, typer.Option("--day", min=0, help="The person as of this simulated day; the first is 0.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Who somebody is: a page for people, or the record itself."""
    from personas.files import load_one, plain, to_yaml
    from simulator.cli.output import stdout_console, write_json
    from simulator.console.persona_page import print_persona
    from simulator.records import UserInputError

    if as_yaml and as_json:
        raise UserInputError("personas show: --yaml and --json are two forms of the same. Choose one")
    persona = load_one(who)
    here = persona if day is None else persona.as_of(day)
    if as_json:
        write_json(plain(here))
    elif as_yaml:
        sys.stdout.write((_shipped(who) if day is None else None) or to_yaml(here))
    else:
        print_persona(persona, stdout_console(), day=day)


def _shipped(who: str) -> str | None:
    """The file of somebody in the library as it was written, with its comments."""
    from personas.files import LIBRARY

    file = LIBRARY / f"{who}.yaml"
    return file.read_text(encoding="utf-8") if file.is_file() and not Path(who).exists() else None
