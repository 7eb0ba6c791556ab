"""A recommender's parameters on a command line: `--params factors=64`, or all of them as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

Params = Annotated[
    list[str] | None,
    typer.Option("--params", metavar="NAME=VALUE|JSON", help="A parameter, or all of them as JSON. Repeatable."),
]


def params_of(texts: Sequence[str] | None) -> dict[str, Any]:
    """Parameters as they were typed; values are read as in a scenario file. Raises UserInputError."""
    from simulator.documents.yaml_tree import TreeError, parse
    from simulator.records import UserInputError

    params: dict[str, Any] = {}
    for text in texts or ():
        whole = text.lstrip().startswith("{")
        name, equals, value = ("", "", text) if whole else text.partition("=")
        try:
            if not whole and not (equals and name.strip()):
                raise TreeError("this is neither NAME=VALUE, such as factors=64, nor a JSON object")
            read = parse(value).value
        except TreeError as problem:
            raise UserInputError(f"--params {text[:80]}: {problem.what}") from None
        params |= read if whole else {name.strip(): read}
    return params
