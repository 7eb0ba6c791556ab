"""`understudy tune SCENARIO`, and `understudy tune FOLDER` to go on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.cli import options
from simulator.console.displays import DisplayKind


def tune(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO|FOLDER", help="A scenario, or the folder of a study to go on with.")
    ],
    arm: Annotated[str | None, typer.Option("--arm", help="The arm to tune [the one that is not the control].")] = None,
    space: Annotated[
        list[str] | None,
        typer.Option(
            "--space", metavar="NAME=VALUES", help="factors=16:256:log, lr=0:1:step=0.1, or alpha=1,10,40. Repeatable."
        ),
    ] = None,
    space_file: Annotated[
        Path | None, typer.Option("--space-file", metavar="FILE", help="A YAML file with the search space.")
    ] = None,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="Sets of parameters to try [30].")] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="What to tune for [the scenario's primary metric].")
    ] = None,
    people: Annotated[
        int | None, typer.Option("--people", min=2, help="People who tune [the scenario's, at most half of all].")
    ] = None,
    fresh: Annotated[
        int | None, typer.Option("--fresh", min=2, help="Other people, who judge [as many, at least 1,000].")
    ] = None,
    turns: Annotated[int | None, typer.Option("--turns", min=1, help="Turns of each trial [the scenario's].")] = None,
    hold_back: Annotated[
        str | None,
        typer.Option(
            "--hold-back", metavar="FAMILY", help="Evidence that the tuning mind is without [the recommender's own]."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the study [runs/SCENARIO-tune-TIME].")] = None,
    seed: options.Seed = None,
    overrides: options.Overrides = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that judge the winner.")] = 1,
    display: options.Display = DisplayKind.LIVE,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Find a recommender's parameters by simulated A/B, and try the winner on fresh people."""
    from simulator.cli.output import interruptible, only_the_document
    from simulator.console.displays import display as show

    given: dict[str, Any] = {
        "--arm": arm, "--space": space, "--space-file": space_file, "--metric": metric, "--people": people,
        "--fresh": fresh, "--turns": turns, "--hold-back": hold_back, "--out": out, "--seed": seed, "--set": overrides,
        "--data-dir": data_dir,
    }  # fmt: skip
    from simulator.studies.tune.proposals import require_optuna
    from simulator.studies.tune.study import is_study, resume
    from simulator.studies.tune.study import tune as start

    if is_study(Path(scenario)):
        _refuse_another_question(scenario, given)
        folder, loaded, asked = Path(scenario), None, None
        turns_shown = _turns_of(folder)
    else:
        from scenarios.loader import load_scenario
        from simulator.studies.tune.question import TRIALS, question
        from simulator.studies.tune.space import dimension_of
        from simulator.studies.tune.space_file import read_space

        require_optuna()
        more = [] if turns is None else [f"world.turns={turns}"]
        loaded = load_scenario(scenario, overrides=[*(overrides or ()), *more], seed=seed)
        dimensions = [*([] if space_file is None else read_space(space_file)), *map(dimension_of, space or ())]
        asked = question(
            loaded, arm=arm, space=dimensions, metric=metric, trials=trials or TRIALS, people=people, fresh=fresh,
            held_back=hold_back,
        )  # fmt: skip
        folder, turns_shown = _new_folder(out, scenario), loaded.world.turns
    with (
        interruptible(lambda: f"Interrupted. No finished trial is lost; go on with: understudy tune {folder}"),
        only_the_document(as_json),
        show(display, turns=turns_shown) as listener,
    ):
        if loaded is not None and asked is not None:
            outcome = start(loaded, asked, folder, workers=workers, listener=listener, data_dir=data_dir)
        else:
            outcome = resume(folder, trials=trials, workers=workers, listener=listener)
    _close(outcome, as_json=as_json)


def _close(outcome: Any, *, as_json: bool) -> None:
    """Shows how a study ended, and exits with its status."""
    from simulator.cli.output import stdout_console, write_json
    from simulator.console.text import clean_lines
    from simulator.console.tune_tables import print_study

    if outcome.answer is not None and as_json:
        write_json(outcome.answer)
    elif outcome.answer is not None:
        print_study(outcome.answer, stdout_console())
        typer.echo(f"Scenario: {outcome.folder / 'best.yaml'}")
        typer.echo(f"Report: {outcome.folder / 'judged' / 'report.html'}")
    if outcome.message:
        message = clean_lines(outcome.message)
        typer.echo(message if outcome.status == 0 else f"Error: {message}", err=True)
    raise typer.Exit(outcome.status)


def _new_folder(out: Path | None, scenario: str) -> Path:
    from simulator.cli.folders import new_run_folder
    from simulator.records import UserInputError
    from simulator.studies.tune.study import is_study

    if out is not None and is_study(out):
        raise UserInputError(
            f"--out {out}: a study lies here. Go on with it by `understudy tune {out}`, or choose another --out"
        )
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", Path(scenario).stem)[:35] or "study"
    return new_run_folder(out, f"{stem}-tune")


def _turns_of(folder: Path) -> int:
    from scenarios.loader import load_scenario

    return load_scenario(str(folder / "scenario.yaml")).world.turns


def _refuse_another_question(folder: str, given: dict[str, Any]) -> None:
    from simulator.records import UserInputError

    if named := [name for name, value in given.items() if value is not None]:
        raise UserInputError(
            f"{folder}: a study keeps its question, so {', '.join(named)} cannot be given when it goes on. Remove "
            "it, or start a new study from a scenario; --trials may ask for more"
        )
