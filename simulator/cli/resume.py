"""`understudy resume RUN`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from simulator.cli import options
from simulator.console.displays import DisplayKind


def resume(
    run: options.RunFolder,
    workers: options.Workers = 1,
    display: options.Display = DisplayKind.LIVE,
    as_json: options.AsJson = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Change endpoint, concurrency, failure rate or budget, and no more."
        ),
    ] = None,
) -> None:
    """Go on with an interrupted run."""
    from scenarios.loader import load_scenario
    from simulator.cli.folders import existing_run
    from simulator.cli.output import close_run, how_to_resume, interruptible, only_the_document
    from simulator.console.displays import display as show

    folder = existing_run(run)
    turns = load_scenario(str(folder / "scenario.yaml")).world.turns
    from simulator.studies import ab

    with (
        interruptible(lambda: how_to_resume(folder)),
        only_the_document(as_json),
        show(display, turns=turns) as listener,
    ):
        outcome = ab.resume(folder, workers=workers, listener=listener, command=sys.argv, overrides=overrides or ())
    close_run(outcome, as_json=as_json)
