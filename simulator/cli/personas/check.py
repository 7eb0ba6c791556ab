"""`understudy personas check [PLACE]`."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.personas.listing import Place
from simulator.console.displays import DisplayKind


class Study(StrEnum):
    """What can be asked of personas."""

    ROUND_TRIP = "round-trip"
    HETEROGENEITY = "heterogeneity"
    STEREOTYPES = "stereotypes"
    PRIVACY = "privacy"
    CONSISTENCY = "consistency"


def check(
    place: Place = "library",
    only: Annotated[list[Study] | None, typer.Option("--only", help="This study alone. Repeatable.")] = None,
    sessions: Annotated[
        int | None, typer.Option("--sessions", min=1, help="Visits that each person makes in a study.")
    ] = None,
    people: Annotated[int | None, typer.Option("--people", min=1, help="Study this many of them.")] = None,
    seed: options.Seed = None,
    display: options.Display = DisplayKind.PLAIN,
    as_json: options.AsJson = False,
    data_dir: options.DataDir = None,
) -> None:
    """Validate persona files, then let the people live and see whether they are who their files say."""
    from personas.files import load
    from simulator.cli.output import only_the_document, stdout_console, write_json
    from simulator.console.displays import display as show
    from simulator.console.tables import print_facts

    found = load(place)
    study = import_module("simulator.studies.persona_checks")
    asked: dict[str, Any] = {"sessions": sessions, "people": people, "seed": seed, "data_dir": data_dir}
    asked["only"] = None if only is None else tuple(str(study) for study in only)
    with only_the_document(as_json), show(display, turns=1) as listener:
        report = study.check(
            found, listener=listener, **{name: value for name, value in asked.items() if value is not None}
        )
    if as_json:
        write_json(report)
    else:
        print_facts(report, stdout_console(), title=f"{len(found):,} personas of {found.file}")
