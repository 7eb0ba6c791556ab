"""`understudy log timeline RUN [--user ID]`."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli import options
from simulator.cli.log import choices


def timeline(
    run: options.RunFolder,
    user: choices.User = None,
    arm: choices.Arm = None,
    seed: choices.RunSeed = None,
    mind: choices.Mind = None,
    turn: Annotated[int | None, typer.Option("--turn", min=0, help="This turn alone.")] = None,
    as_json: options.AsJson = False,
) -> None:
    """One person's life, page by page; without --user, the run turn by turn.

    A life is shown in one arm (the control unless --arm says otherwise), the turns in all of them.
    """
    from simulator.cli.folders import existing_run
    from simulator.cli.output import paged, write_json
    from simulator.console import log_pages
    from simulator.evaluation.reading import timeline as reading
    from simulator.evaluation.reading.journal import Journal

    journal = Journal.open(existing_run(run))
    if user is None:
        found = reading.turns(journal, arm=arm, seed=seed, mind=mind, turn=turn)
    else:
        found = reading.life(journal, user, arm=arm, seed=seed, mind=mind, turn=turn)
    if as_json:
        write_json(found)
        return
    with paged() as console:
        (log_pages.print_turns if user is None else log_pages.print_life)(found, console)
