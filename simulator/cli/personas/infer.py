"""`understudy personas infer SOURCE --out FILE.jsonl`."""

from __future__ import annotations

from enum import StrEnum
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli import options
from simulator.cli.personas.crowd_file import Out
from simulator.console.displays import DisplayKind

if TYPE_CHECKING:
    from simulator.studies.persona_asking import Asked

DEFAULT_SEED = 7
STATUS = {"done": 0, "unreliable": 1, "out of budget": 3}
"""Exit status by how asking ended."""


class Ask(StrEnum):
    """What a model is asked for."""

    MATCH = "match"
    BACKSTORY = "backstory"
    INTERVIEW = "interview"
    TOURNAMENT = "tournament"


def infer(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A dataset, such as movielens-1m; a scenario; or the folder of a run."),
    ],
    out: Out,
    n: Annotated[int | None, typer.Option("-n", min=1, help="This many of the people [everybody].")] = None,
    seed: options.Seed = None,
    arm: Annotated[str | None, typer.Option("--arm", metavar="NAME", help="Which arm's people, of a run.")] = None,
    salt: Annotated[
        str,
        typer.Option(
            "--salt", envvar="UNDERSTUDY_PERSONA_SALT", help="A secret that ids are made with.", show_default=False
        ),
    ] = "",
    with_model: Annotated[
        Ask | None, typer.Option("--with-model", help="Also ask a language model about each of them.")
    ] = None,
    overrides: options.Overrides = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the model would take; ask nothing, write nothing.")
    ] = False,
    display: options.Display = DisplayKind.PLAIN,
    data_dir: options.DataDir = None,
    as_json: options.AsJson = False,
) -> None:
    """Personas of the people of a log: what it tells of each, how surely, and from what."""
    from personas.files import write_jsonl
    from personas.known import what_is_known
    from simulator.cli.output import only_the_document, stdout_console, write_json
    from simulator.cli.personas.crowd_file import new_crowd_file
    from simulator.console.displays import display as show
    from simulator.records import UserInputError

    if dry_run and with_model is None:
        raise UserInputError(
            "personas infer: --dry-run says what a model would take. Name --with-model, or leave it out"
        )
    new_crowd_file(out)
    from simulator.studies import persona_inference as study
    from simulator.studies.persona_sources import open_source

    luck = DEFAULT_SEED if seed is None else seed
    with only_the_document(as_json), show(display, turns=1) as listener:
        log = open_source(
            source,
            arm=arm,
            overrides=overrides or (),
            with_model=with_model is not None,
            data_dir=data_dir,
            listener=listener,
        )
        began = perf_counter()
        found = study.inferred(log, n=n, seed=luck, salt=salt)
        price, asked = None, None
        if with_model is not None and dry_run:
            price = study.price_of(found, log, with_model.value, seed=luck)
        elif with_model is not None:
            asked = _asked(found, log, with_model, luck, listener)
    if price is not None:
        write_json(price.facts()) if as_json else typer.echo(price.text)
        return
    people = found.people if asked is None else asked.personas
    write_jsonl(people, out)
    report: dict[str, Any] = {
        "source": log.name,
        "file": str(out),
        "people": len(people),
        "seconds": round(perf_counter() - began, 3),
        "traits": what_is_known(people),
        "asked": None if asked is None else asked.facts(),
        "notes": list(log.notes),
    }
    if as_json:
        write_json(report)
    else:
        from simulator.console.crowd_tables import print_inferred

        print_inferred(report, stdout_console())
    if asked is not None and asked.stopped is not None:
        typer.echo(f"Error: {asked.stopped}. {out} holds what there is", err=True)
        raise typer.Exit(STATUS[asked.status])


def _asked(found: Any, log: Any, wanted: Ask, seed: int, listener: Any) -> Asked:
    """What came of asking; an endpoint that cannot be used ends the command with status 1."""
    from simulator.console.text import clean_lines
    from simulator.llm.port import EndpointError
    from simulator.studies import persona_inference as study

    try:
        return study.asked(found, log, wanted.value, seed=seed, listener=listener)
    except EndpointError as error:
        typer.echo(f"Error: {clean_lines(str(error))}", err=True)
        raise typer.Exit(1) from None
