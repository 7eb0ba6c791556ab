"""`understudy recommenders`: what can be put before the people."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(name="recommenders", help="What can be put before the people.", no_args_is_help=True)


@app.callback()
def recommenders() -> None:
    """What can be put before the people."""


@app.command("list")
def list_recommenders(
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document instead of a table.")] = False,
) -> None:
    """The recommenders that come with Understudy and those that installed packages bring."""
    from dataclasses import asdict

    from recommenders.loading import describe_all

    found = describe_all()
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False, default=str))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "parameters", "what it does", "from"):
        table.add_column(column, overflow="fold")
    for each in found:
        parameters = "\n".join(f"{name}: {_word(default)}" for name, default in each.parameters.items())
        table.add_row(*(Text(cell) for cell in (each.name, parameters, each.summary, each.origin)))
    console = Console()
    console.print(table)
    console.print(Text("\nIn a scenario: recommender: NAME, module:Class or path/file.py:Class, with params: {…}"))


def _word(value: object) -> str:
    """A default as YAML writes it."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
