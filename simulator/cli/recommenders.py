"""`understudy recommenders`: what can be put before the people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.cli import options
from simulator.cli.parameters import Params, params_of

if TYPE_CHECKING:
    from simulator.records import Catalog, InteractionLog

app = typer.Typer(
    name="recommenders", help="Which there are, and whether they work.", no_args_is_help=True, rich_markup_mode=None
)


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
    from simulator.cli.output import only_the_document, stdout_console

    with only_the_document(as_json):  # installed packages are imported, and may print
        found = describe_all()
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False, default=str))
        return
    from simulator.console.recommender_pages import print_recommenders

    print_recommenders(found, stdout_console())


@app.command("check")
def check_recommender(
    plugin: Annotated[
        str,
        typer.Argument(metavar="PLUGIN", help="What a scenario says: a name, module:Class, file.py:Class or a URL."),
    ],
    params: Params = None,
    python: Annotated[
        str | None, typer.Option("--python", metavar="INTERPRETER", help="Run the plug-in in this interpreter.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="DATASET", help="Check pages and costs on this data set or table of yours too."),
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="What one call may take.")] = 60.0,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Try a recommender against every line of the contract; exit status 1 if it breaks one."""
    from recommenders.conformance import check
    from simulator.cli.output import only_the_document, write_json

    with only_the_document(as_json):
        on = None if data is None else _data_of(data, data_dir)
        report = check(plugin, params=params_of(params), python=python, timeout_s=timeout, data=on)
    if as_json:
        write_json(report.as_dict())
    else:
        from simulator.cli.output import stdout_console
        from simulator.console.recommender_pages import print_conformance

        print_conformance(report, stdout_console())
    if not report.passed:
        raise typer.Exit(1)


def _data_of(name: str, data_dir: Path | None) -> tuple[str, Catalog, InteractionLog]:
    """A data set by the name of its source, or a table by its path."""
    from simulator.datasets import load

    path = Path(name).expanduser()
    read = load("table", path=path) if path.is_file() else load(name, data_dir=data_dir)
    return path.name, read.catalog, read.log


@app.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI document of the protocol that recommenders behind a URL speak."""
    from importlib.resources import files

    typer.echo(files("recommenders.remote").joinpath("openapi.json").read_text(encoding="utf-8"), nl=False)
