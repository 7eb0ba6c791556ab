"""`understudy compare RUN [RUN…]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import options


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of one or more runs.")],
    as_json: options.AsJson = False,
) -> None:
    """Compare the arms of one run, or of several."""
    from simulator.cli.folders import existing_run
    from simulator.cli.output import stdout_console, write_json
    from simulator.console.tables import print_comparison, print_notes
    from simulator.evaluation.compare import compare as compare_runs

    found = compare_runs([existing_run(run) for run in runs])
    if as_json:
        write_json(found)
    else:
        console = stdout_console()
        print_comparison(found, console)
        print_notes(found, console)
