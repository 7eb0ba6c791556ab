"""`understudy log memories RUN --user ID`."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import options
from simulator.cli.log import choices


def memories(
    run: options.RunFolder,
    user: Annotated[str, typer.Option("--user", metavar="ID", help="This person.")],
    arm: choices.Arm = None,
    seed: choices.RunSeed = None,
    mind: choices.Mind = None,
    as_json: options.AsJson = False,
) -> None:
    """What somebody remembers in each arm: episodes and beliefs, oldest first."""
    from simulator.cli.folders import existing_run
    from simulator.cli.output import paged, write_json
    from simulator.console import log_pages
    from simulator.evaluation.reading.journal import Journal
    from simulator.evaluation.reading.remembered import remembered

    found = remembered(Journal.open(existing_run(run)), user, arm=arm, seed=seed, mind=mind)
    if as_json:
        write_json(found)
        return
    with paged() as console:
        log_pages.print_memories(found, console)
