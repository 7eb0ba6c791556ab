"""`understudy run SCENARIO`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import options
from simulator.console.displays import DisplayKind


def run(
    scenario: options.ScenarioName,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the run [runs/SCENARIO-TIME].")] = None,
    seed: options.Seed = None,
    overrides: options.Overrides = None,
    users: options.Users = None,
    workers: options.Workers = 1,
    display: options.Display = DisplayKind.LIVE,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Answer an A/B question with simulated people."""
    from scenarios.loader import load_scenario
    from simulator.cli.folders import new_run_folder
    from simulator.cli.output import close_run, how_to_resume, interruptible, only_the_document
    from simulator.console.displays import display as show

    loaded = load_scenario(scenario, overrides=overrides or (), users=users, seed=seed)
    folder = new_run_folder(out, scenario)
    from simulator.studies import ab

    with (
        interruptible(lambda: how_to_resume(folder)),
        only_the_document(as_json),
        show(display, turns=loaded.world.turns) as listener,
    ):
        outcome = ab.run(loaded, folder, workers=workers, listener=listener, command=sys.argv, data_dir=data_dir)
    close_run(outcome, as_json=as_json)
