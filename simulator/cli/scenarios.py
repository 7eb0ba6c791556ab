"""`understudy scenarios list | show | copy | schema`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import options

app = typer.Typer(help="See and copy the scenarios that ship.", no_args_is_help=True)

ShippedName = Annotated[str, typer.Argument(metavar="NAME", help="The name of a scenario that ships.")]


@app.command("list")
def list_scenarios(as_json: options.AsJson = False) -> None:
    """Which scenarios ship with the project."""
    from scenarios.loader import load_scenario, shipped_scenarios
    from simulator.cli.output import write_json

    loaded = {name: load_scenario(name) for name in shipped_scenarios()}
    if as_json:
        write_json([{"name": name, "question": one.name, "arms": list(one.arms)} for name, one in loaded.items()])
        return
    width = max(map(len, loaded))
    for name, one in loaded.items():
        typer.echo(f"{name:<{width}}  {one.name} ({', '.join(one.arms)})")


@app.command("show")
def show(name: ShippedName) -> None:
    """Print a scenario that ships."""
    sys.stdout.write(_shipped(name).read_text(encoding="utf-8"))


@app.command("copy")
def copy(
    name: ShippedName,
    to: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to [NAME.yaml, here].")] = None,
) -> None:
    """Copy a scenario that ships, as the start of one of your own."""
    from simulator.records import UserInputError

    source = _shipped(name)
    target = Path(f"{name}.yaml") if to is None else to / f"{name}.yaml" if to.is_dir() else to
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(source.read_text(encoding="utf-8"))
    except FileExistsError:
        raise UserInputError(f"{target}: there is already such a file. Name another") from None
    except OSError as error:
        raise UserInputError(f"{target}: cannot be written ({error.strerror}). Name another place") from None
    typer.echo(f"Copied to {target}. Run it with: understudy run {target}")


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from scenarios.json_schema import json_schema

    sys.stdout.write(json_schema())


def _shipped(name: str) -> Path:
    from scenarios.loader import shipped_scenarios
    from simulator.documents.fields import did_you_mean
    from simulator.records import UserInputError

    shipped = shipped_scenarios()
    if name not in shipped:
        near = did_you_mean(name, shipped) or f" Shipped: {', '.join(shipped)}"
        raise UserInputError(f"no scenario named {name[:80]!r} ships.{near}")
    return shipped[name]
