"""`understudy personas sample -n N --out FILE.jsonl`."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from simulator.cli import options
from simulator.cli.personas.crowd_file import Out


def sample(
    out: Out,
    n: Annotated[int, typer.Option("-n", min=1, help="How many people.")],
    seed: options.Seed = None,
    marginals: Annotated[
        Path | None,
        typer.Option("--marginals", metavar="FILE.yaml", help="Shares by age, gender, occupation and place."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", metavar="DATASET", help="Take genres from its people, or a scenario's."),
    ] = None,
    data_dir: options.DataDir = None,
    as_json: options.AsJson = False,
) -> None:
    """People drawn at random but plausible, beside what they were drawn from."""
    from personas.files import write_jsonl
    from personas.sampling import sample as draw
    from simulator.cli.output import stdout_console, write_json
    from simulator.cli.personas.crowd_file import new_crowd_file

    new_crowd_file(out)
    tastes = None
    if data is not None:
        from simulator.studies.persona_sources import open_source, taste_source

        tastes = taste_source(open_source(data, data_dir=data_dir, runs=False))
    began = perf_counter()
    crowd = draw(n, marginals=marginals, tastes=tastes, **({} if seed is None else {"seed": seed}))
    write_jsonl(crowd, out)
    report = {"file": str(out), "seconds": round(perf_counter() - began, 3), **crowd.report}
    if as_json:
        write_json(report)
    else:
        from simulator.console.crowd_tables import print_sample

        print_sample(report, stdout_console())
