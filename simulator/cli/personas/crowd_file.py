"""The file that a crowd is written into: looked at before the work, so that an hour of it is not thrown away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("--out", metavar="FILE.jsonl", help="A new file, in which each line is a person.")]


def new_crowd_file(out: Path) -> Path:
    """`out`, if a crowd can be written there. Raises UserInputError."""
    from simulator.records import UserInputError

    try:
        if out.suffix != ".jsonl":
            raise UserInputError(f"--out {out}: a crowd is a file of JSON lines. Name it {out.stem or 'people'}.jsonl")
        if out.exists():
            raise UserInputError(f"--out {out}: there is already such a file. Name another")
        if not out.parent.is_dir():
            raise UserInputError(f"--out {out}: there is no folder {out.parent}. Make it, or name another place")
    except OSError as error:
        raise UserInputError(f"--out {out}: cannot be used ({error.strerror}). Name another place") from None
    return out
