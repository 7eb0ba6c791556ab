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
    from simulator.cli.output import close_run, only_the_document, tell_interrupted
    from simulator.console.displays import display as show
    from simulator.experiment.stopping import terminated_like_ctrl_c

    loaded = load_scenario(scenario, overrides=overrides or (), users=users, seed=seed)
    folder = new_run_folder(out, scenario)
    from simulator.studies import ab

    try:
        with terminated_like_ctrl_c(), only_the_document(as_json), show(display, turns=loaded.world.turns) as listener:
            outcome = ab.run(loaded, folder, workers=workers, listener=listener, command=sys.argv, data_dir=data_dir)
    except KeyboardInterrupt:
        tell_interrupted(folder)
        raise typer.Exit(130) from None
    close_run(outcome, as_json=as_json)
