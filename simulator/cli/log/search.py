"""`understudy log search RUN TEXT`."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import options
from simulator.cli.log import choices


def search(
    run: options.RunFolder,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to look for, as it stands; case does not matter.")],
    user: choices.User = None,
    arm: choices.Arm = None,
    mind: choices.Mind = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show this many hits of each kind.")] = 20,
    as_json: options.AsJson = False,
) -> None:
    """Where a text stands: in titles, people's ids, people's words, their memories."""
    from simulator.cli.folders import existing_run
    from simulator.cli.output import paged, write_json
    from simulator.console import log_pages
    from simulator.evaluation.reading import search as reading
    from simulator.evaluation.reading.journal import Journal

    found = reading.search(Journal.open(existing_run(run)), text, arm=arm, user=user, mind=mind, limit=limit)
    if as_json:
        write_json(found)
        return
    with paged() as console:
        log_pages.print_hits(found, console)
