"""`understudy personas survey ANSWERS --codebook FILE --out FILE.jsonl`."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.personas.crowd_file import Out


def survey(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="A table, one row a person: CSV, TSV or Parquet.")],
    codebook: Annotated[
        Path, typer.Option("--codebook", metavar="FILE.yaml", help="What its columns mean; or one that ships, by name.")
    ],
    out: Out,
    n: Annotated[int | None, typer.Option("-n", min=1, help="This many of the people [everybody].")] = None,
    hold_out: Annotated[
        list[str] | None,
        typer.Option("--hold-out", metavar="QUESTION", help="Keep this question from the personas, too. Repeatable."),
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Judge the personas by the answers that were held out.")
    ] = False,
    seed: options.Seed = None,
    as_json: options.AsJson = False,
) -> None:
    """Personas of the people who answered a survey."""
    from personas.files import write_jsonl
    from personas.survey.importing import from_survey
    from personas.survey.validating import validate
    from simulator.cli.output import stdout_console, write_json
    from simulator.cli.personas.crowd_file import new_crowd_file

    new_crowd_file(out)
    luck: dict[str, Any] = {} if seed is None else {"seed": seed}
    began = perf_counter()
    found = from_survey(answers, codebook, n=n, hold_out=tuple(hold_out or ()), **luck)
    judged = validate(found, **luck) if held_out else None
    write_jsonl(found.personas, out)
    report = {"file": str(out), "seconds": round(perf_counter() - began, 3), **found.report, "validation": judged}
    if as_json:
        write_json(report)
    else:
        from simulator.console.crowd_tables import print_survey

        print_survey(report, stdout_console())
