"""`understudy personas diff A B`."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import options
from simulator.cli.personas.show import Who


def diff(
    a: Who,
    b: Annotated[str, typer.Argument(metavar="WHO", help="Somebody else, named in the same way.")],
    as_json: options.AsJson = False,
) -> None:
    """What differs between two people, part by part; differences of traits are in standard deviations of people."""
    from personas.differences import differences
    from personas.files import load_one
    from simulator.cli.output import stdout_console, write_json
    from simulator.console.persona_tables import print_differences

    one, other = load_one(a), load_one(b)
    found = differences(one, other)
    if as_json:
        write_json(found)
    else:
        print_differences(found, stdout_console(), names=(one.name, other.name))
