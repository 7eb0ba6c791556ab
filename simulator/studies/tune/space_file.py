"""A search space in a file of its own::

    space:
      factors: {low: 16, high: 256, log: true}
      regularization: {low: 0.001, high: 1.0, log: true}
      alpha: [1, 10, 40]

Read as safely as a scenario; whatever is wrong is said with its line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from simulator.documents import yaml_tree
from simulator.documents.forms import Section
from simulator.documents.messages import Kind, dotted, explain, shown
from simulator.records import UserInputError
from simulator.studies.tune.space import Dimension, chosen, ranged

MAX_PROBLEMS = 5


def _number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("number", "must be a number")


_Number = Annotated[int | float, BeforeValidator(_number)]


class Range(Section):
    """A range, or choices."""

    low: _Number | None = Field(None, description="The lowest value.")
    high: _Number | None = Field(None, description="The highest value.")
    log: bool = Field(False, description="Whether the range is searched by its logarithm.")
    step: _Number | None = Field(None, description="Distance of neighbouring values; null: any value.")
    choices: list[Any] | None = Field(None, description="The values to choose from, in place of a range.")


def _listed(value: Any) -> Any:
    return {"choices": value} if isinstance(value, list) else value


class SpaceFile(Section):
    """A file of parameters to tune."""

    space: dict[str, Annotated[Range, BeforeValidator(_listed)]] = Field(
        description="Parameters of the recommender, each with its range or choices.", min_length=1, max_length=50
    )


_KIND = Kind(
    root=SpaceFile, missing={("space",): "Name the parameters, such as `space: {factors: {low: 8, high: 64}}`"}
)


def read_space(path: Path) -> list[Dimension]:
    """The dimensions of a file. Raises UserInputError, with the line of what is wrong."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(yaml_tree.MAX_BYTES + 1)
    except OSError as error:
        raise UserInputError(f"{path}: cannot be read ({error.strerror}). Name a file with `space:` in it") from None
    try:
        tree = yaml_tree.parse(yaml_tree.decode(raw))
    except yaml_tree.TreeError as problem:
        line = "" if problem.line is None else f":{problem.line}"
        field = f" {dotted(problem.path)}:" if problem.path else ""
        raise UserInputError(f"{path}{line}:{field} {problem.what}") from None
    if not isinstance(tree.value, dict):
        raise UserInputError(
            f"{path}: a search space is a map with the field `space:`, but this is {shown(tree.value)}"
        )
    try:
        found = SpaceFile.model_validate(tree.value)
    except ValidationError as error:
        problems = explain(error.errors(include_input=False, include_url=False), tree.value, _KIND)
        told = [f"{_place(path, tree, where)}: {dotted(where)}: {what}" for where, what in problems[:MAX_PROBLEMS]]
        raise UserInputError("\n".join(told)) from None
    return [
        _dimension(name, one, f"{_place(path, tree, ('space', name))}: {name}") for name, one in found.space.items()
    ]


def _dimension(name: str, one: Range, where: str) -> Dimension:
    if one.choices is not None:
        if one.low is not None or one.high is not None or one.log or one.step is not None:
            raise UserInputError(f"{where}: choices stand alone, without low, high, log or step. Remove either")
        return chosen(name, one.choices, where=where)
    if one.low is None or one.high is None:
        raise UserInputError(f"{where}: a range has low and high. Add what is missing, or give a list of choices")
    return ranged(name, one.low, one.high, log=one.log, step=one.step, where=where)


def _place(path: Path, tree: yaml_tree.Tree, where: yaml_tree.FieldPath) -> str:
    known = (tree.lines[where[:end]] for end in range(len(where), -1, -1) if where[:end] in tree.lines)
    line = next(known, None)
    return str(path) if line is None else f"{path}:{line}"
