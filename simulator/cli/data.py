"""`understudy data list|info|get|path`: which datasets there are, where they lie, and how to get them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options

if TYPE_CHECKING:
    from simulator.datasets.locate import Description

app = typer.Typer(
    help="Which datasets there are, where they lie, and how to get them.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A dataset, such as movielens-1m.")]


@app.command("list")
def list_datasets(data_dir: options.DataDir = None, as_json: options.AsJson = False) -> None:
    """All datasets that a scenario can name."""
    from simulator.cli.output import stdout_console, write_json
    from simulator.datasets import available

    found = available(data_dir)
    if as_json:
        write_json([each.as_dict() for each in found])
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "what it is", "where it lies"):
        table.add_column(column, overflow="fold")
    for each in found:
        table.add_row(*(Text(cell) for cell in (each.source.name, each.source.what, _where(each))))
    stdout_console().print(table)


@app.command()
def info(name: Name, data_dir: options.DataDir = None, as_json: options.AsJson = False) -> None:
    """What a dataset is and its terms; if it is here, it is read and counted."""
    from simulator.cli.output import stdout_console, write_json

    each = _described(name, data_dir)
    facts: dict[str, Any] = each.as_dict()
    if each.ready and each.source.name != "table":
        facts["read"] = _counted(each, data_dir)
    if as_json:
        write_json(facts)
        return
    from rich.text import Text

    read = facts.pop("read", {})
    lines = [f"{fact}: {value}" for fact, value in {**facts, **read}.items() if value not in (None, [], "")]
    stdout_console().print(Text("\n".join(lines)), soft_wrap=True)


@app.command()
def path(name: Name, data_dir: options.DataDir = None, as_json: options.AsJson = False) -> None:
    """Where a dataset lies."""
    from simulator.cli.output import write_json
    from simulator.datasets.embedded import FOLDER
    from simulator.datasets.locate import data_dirs, how_to_get
    from simulator.records import UserInputError

    each = _described(name, data_dir)
    found = FOLDER if each.source.name == "sample" else each.found
    if found is None and not each.source.downloadable:
        raise UserInputError("data path: a table lies where you say: its path stands in the scenario (dataset.path)")
    if found is None:
        raise UserInputError(how_to_get(each.source, data_dirs(data_dir)))
    if as_json:
        write_json({"name": each.source.name, "path": str(found)})
    else:
        typer.echo(found)


@app.command()
def get(
    name: Name,
    accept_terms: Annotated[
        bool, typer.Option("--accept-terms", help="Accept the publisher's terms without being asked.")
    ] = False,
    data_dir: options.DataDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Download a dataset from its publisher, after showing the terms."""
    from simulator.cli.output import write_json
    from simulator.datasets.download import DownloadError, fetch

    source = _described(name, data_dir).source
    if not source.downloadable:
        typer.echo(f"{source.title} needs no download.", err=True)
        if as_json:
            write_json({"name": source.name, "path": None, "already_there": True})
        return
    typer.echo(f"{source.title}: {source.what}\n{source.terms}\nThe full terms: {source.terms_url}", err=True)
    if not accept_terms:
        _ask_to_accept()
    try:
        fetched = _with_bar(lambda progress: fetch(source, data_dir, progress))
    except DownloadError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        write_json({"name": source.name, "path": str(fetched.path), "already_there": fetched.already_there})
    else:
        typer.echo(f"{source.title} {'was already there' if fetched.already_there else 'is here'}: {fetched.path}")


def _described(name: str, data_dir: Path | None) -> Description:
    from simulator.datasets.locate import Description, find
    from simulator.datasets.sources import UnknownSourceError, source_named
    from simulator.records import UserInputError

    try:
        source = source_named(name)
    except UnknownSourceError as error:
        raise UserInputError(f"data: {error}") from None
    return Description(source, find(source, data_dir))


def _where(each: Description) -> str:
    if each.found is not None:
        return str(each.found)
    if each.source.downloadable:
        return f"not here: understudy data get {each.source.name} ({each.source.archive_bytes / 1e6:.1f} MB)"
    return "comes with Understudy" if each.source.name == "sample" else "where you say"


def _counted(each: Description, data_dir: Path | None) -> dict[str, Any]:
    from simulator.datasets import load

    dataset = load(each.source.name, data_dir=data_dir)
    return {
        "people": dataset.log.n_users,
        "items": len(dataset.catalog),
        "interactions": len(dataset.log),
        "rows_read": dataset.report.rows_read,
        "rows_skipped": dataset.report.rows_skipped,
        "reasons": [str(reason) for reason in dataset.report.reasons],
        "notes": list(dataset.report.notes),
        "fingerprint": dataset.fingerprint,
    }


def _ask_to_accept() -> None:
    from simulator.records import UserInputError

    try:
        agreed = typer.confirm("Do you accept these terms?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise UserInputError("data get: the terms were not accepted, so nothing was downloaded. Accept: --accept-terms")


def _with_bar(work: Any) -> Any:
    """Run `work(progress)` with a bar on standard error if that is a terminal."""
    import sys

    if not sys.stderr.isatty():
        return work(None)
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    with Progress(BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        return work(lambda done, total: bar.update(task, completed=done, total=total or None))
