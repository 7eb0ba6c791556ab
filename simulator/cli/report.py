"""`understudy report RUN`."""

from __future__ import annotations

import typer

from simulator.cli import options


def report(run: options.RunFolder, as_json: options.AsJson = False) -> None:
    """Write the report of a finished run again."""
    from simulator.cli.folders import existing_run
    from simulator.cli.output import write_json
    from simulator.report.html import write_report

    path = write_report(existing_run(run))
    if as_json:
        write_json({"report": str(path)})
    else:
        typer.echo(f"Report: {path}")
