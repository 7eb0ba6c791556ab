"""`understudy evaluate PLUGIN`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli import options
from simulator.cli.parameters import Params, params_of
from simulator.console.displays import DisplayKind


class Split(StrEnum):
    """What is held out."""

    PER_USER = "per-user"
    GLOBAL_TIME = "global-time"


def evaluate(
    plugin: Annotated[
        str,
        typer.Argument(
            metavar="PLUGIN", help="A recommender: module:Class, path/file.py:Class, a URL, or an installed one's name."
        ),
    ],
    against: Annotated[
        list[str] | None,
        typer.Option("--against", metavar="NAME", help="Compare with it. Repeatable. [popular and als]"),
    ] = None,
    params: Params = None,
    python: Annotated[
        str | None, typer.Option("--python", metavar="PATH", help="The interpreter that runs the plug-in.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="DATA", help="A data set's name, or a CSV or Parquet file of interactions."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="FIELD=COLUMN,…", help="The file's columns: user=uid,item=sku,time=ts."),
    ] = None,
    scenario: Annotated[
        str, typer.Option("--scenario", metavar="SCENARIO", help="In which world; its arms are replaced.")
    ] = "evaluate",
    split: Annotated[
        Split, typer.Option("--split", help="What is held out: each person's last choices, or all after one moment.")
    ] = Split.PER_USER,
    overrides: options.Overrides = None,
    users: options.Users = None,
    seed: options.Seed = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the answer, or of a half-finished one [runs/evaluate-PLUGIN-TIME]."),
    ] = None,
    workers: options.Workers = 1,
    display: options.Display = DisplayKind.LIVE,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Say how good a recommender is: on held-out choices, before simulated people, and what it costs."""
    from simulator.cli.folders import new_run_folder
    from simulator.cli.output import interruptible, only_the_document, stdout_console, write_json
    from simulator.console.displays import display as show
    from simulator.console.text import clean_lines
    from simulator.studies.evaluate.evaluating import evaluate as answer
    from simulator.studies.evaluate.question import question

    asked = question(
        plugin,
        against,
        params=params_of(params),
        python=python,
        scenario=scenario,
        data=data,
        columns=columns,
        overrides=overrides or (),
        users=users,
        seed=seed,
    )
    begun = out is not None and (out / "question.json").exists()
    folder = out if begun and out is not None else new_run_folder(out, f"evaluate-{asked.candidate}")
    with (
        interruptible(lambda: f"Interrupted. Nothing is lost; go on with the same command and --out {folder}"),
        only_the_document(as_json),
        show(display, turns=asked.scenario.world.turns) as listener,
    ):
        ended = answer(
            asked,
            folder,
            scheme="per_user" if split is Split.PER_USER else "global_time",
            workers=workers,
            listener=listener,
            command=sys.argv,
            data_dir=data_dir,
        )
    if ended.document is not None and as_json:
        write_json(ended.document)
    elif ended.document is not None:
        from simulator.console.evaluation_page import print_evaluation

        print_evaluation(ended.document, stdout_console())
        typer.echo(f"Report: {folder / 'report.html'}")
    if ended.message:
        typer.echo(f"Error: {clean_lines(ended.message)}", err=True)
    raise typer.Exit(ended.status)
