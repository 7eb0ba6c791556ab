"""`understudy log export RUN --to FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import options
from simulator.cli.log import choices


def export(
    run: options.RunFolder,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="A new .csv, .parquet or .jsonl.")],
    columns: Annotated[
        list[str] | None, typer.Option("--columns", metavar="A,B", help="These columns, in this order. Repeatable.")
    ] = None,
    arm: choices.Arm = None,
    mind: Annotated[str | None, typer.Option("--mind", help="Rows of this mind [the named one]; all: of each.")] = None,
    observable: Annotated[
        bool, typer.Option("--observable", help="Only the columns that a platform's log would have.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Write the rows of the journal, one an impression, to a file for other tools."""
    from simulator.cli.folders import existing_run
    from simulator.cli.output import stdout_console, write_json
    from simulator.console import log_pages
    from simulator.evaluation.reading.export import export as write
    from simulator.evaluation.reading.journal import Journal

    named = [name.strip() for text in columns or () for name in text.split(",") if name.strip()]
    found = write(Journal.open(existing_run(run)), to, columns=named, arm=arm, mind=mind, observable=observable)
    if as_json:
        write_json(found)
    else:
        log_pages.print_export(found, stdout_console())
