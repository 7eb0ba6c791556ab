"""`understudy personas check [PLACE]`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.personas.listing import Place
from simulator.console.displays import DisplayKind


class Section(StrEnum):
    """What can be asked of personas."""

    FILES = "files"
    ROUND_TRIP = "round-trip"
    CONSISTENCY = "consistency"
    HETEROGENEITY = "heterogeneity"
    STEREOTYPES = "stereotypes"
    PRIVACY = "privacy"


def check(
    place: Place = "library",
    only: Annotated[list[Section] | None, typer.Option("--only", help="This alone. Repeatable.")] = None,
    dataset: Annotated[str, typer.Option("--data", help="The data set whose items and people they are tried on.")] = (
        "sample"
    ),
    sessions: Annotated[int, typer.Option("--sessions", min=1, help="Visits of each life.")] = 20,
    interactions: Annotated[
        int, typer.Option("--interactions", min=1, help="Choices of each person in the round trip.")
    ] = 100,
    people: Annotated[int | None, typer.Option("--people", min=1, help="Check this many of them.")] = None,
    seed: options.Seed = None,
    overrides: options.Overrides = None,
    ledger: Annotated[Path | None, typer.Option("--ledger", help="Note the calls of a model in this file.")] = None,
    display: options.Display = DisplayKind.PLAIN,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Validate persona files, then let the people live and see whether they are who their files say.

    With `--set llm.model=NAME` that model is asked too. Exit status 1: a persona gives somebody away.
    """
    from personas.files import load
    from simulator.cli.output import only_the_document, stdout_console, write_json
    from simulator.console.displays import display as show

    found = load(place)
    from simulator.studies import persona_checks as study

    with only_the_document(as_json), show(display, turns=1) as listener:
        asked: dict[str, Any] = {} if seed is None else {"seed": seed}
        if overrides:
            from simulator.studies.persona_sources import open_source

            source = open_source(dataset, overrides=overrides, with_model=True, data_dir=data_dir, listener=listener)
            asked["llm"] = source.llm
        report = study.check(
            found,
            dataset=dataset,
            sessions=sessions,
            people=people,
            interactions=interactions,
            data_dir=data_dir,
            only=tuple(str(section) for section in only or ()),
            ledger=ledger,
            listener=listener,
            **asked,
        )
    if as_json:
        write_json(report)
    else:
        from simulator.console.check_tables import print_checks

        print_checks(report, stdout_console())
    if report["errors"]:
        raise typer.Exit(1)
