"""The options that several verbs share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.console.displays import DisplayKind

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of one that ships.")
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Set a field, such as world.turns=5. Repeatable."),
]
Seed = Annotated[int | None, typer.Option("--seed", help="Use this seed.")]
Users = Annotated[int | None, typer.Option("--users", help="Simulate this many people.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes; the result does not depend on it.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where data sets lie (else UNDERSTUDY_DATA_DIR, else the user's cache)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Display = Annotated[
    DisplayKind, typer.Option("--display", help="How progress is shown, on standard error; live needs a terminal.")
]
