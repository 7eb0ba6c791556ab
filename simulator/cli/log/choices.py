"""The options by which the verbs choose worlds and people of a run."""

from __future__ import annotations

from typing import Annotated

import typer

Arm = Annotated[str | None, typer.Option("--arm", help="This arm.")]
RunSeed = Annotated[int | None, typer.Option("--seed", help="The world of this seed.")]
Mind = Annotated[str | None, typer.Option("--mind", help="The world of this mind [the named one].")]
User = Annotated[str | None, typer.Option("--user", metavar="ID", help="This person.")]
