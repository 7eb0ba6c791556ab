"""What may be tuned: names of parameters, each with a range or a list of choices, and how they are written.

On the command line ``NAME=LOW:HIGH``, ``NAME=LOW:HIGH:log``, ``NAME=LOW:HIGH:step=S`` or ``NAME=A,B,C``; in a file the
same as a map (`space_file`). A range is of whole numbers if both its ends are and the recommender's own value is no
fraction; else of real ones. A dotted name reaches into a parameter that is itself a map, such as
``base.params.factors`` of a recommender that is made of another one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from simulator.documents.messages import shown
from simulator.documents.yaml_tree import TreeError, parse
from simulator.records import UserInputError

Number = int | float
Kind = Literal["int", "float", "choice"]
FORMS = (
    "Write NAME=LOW:HIGH, NAME=LOW:HIGH:log, NAME=LOW:HIGH:step=S, or NAME=A,B,C, such as factors=16:256:log or "
    "alpha=1,10,40"
)
MOST_CHOICES = 100


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One parameter's values: a range, both ends included, or choices."""

    name: str
    kind: Kind
    low: Number = 0
    high: Number = 0
    log: bool = False
    """Whether the range is searched by its logarithm."""
    step: Number | None = None
    choices: tuple[Any, ...] = ()

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        if self.kind == "choice":
            return {"kind": "choice", "choices": list(self.choices)}
        return {"kind": self.kind, "low": self.low, "high": self.high, "log": self.log, "step": self.step}

    @classmethod
    def from_facts(cls, name: str, facts: Mapping[str, Any]) -> Dimension:
        """The inverse of `facts`."""
        given = dict(facts)
        return cls(name=name, **given | {"choices": tuple(given.get("choices", ()))})

    def ends(self) -> tuple[Any, ...]:
        """Values at which a recommender must be possible: both ends of a range, every choice."""
        return self.choices if self.kind == "choice" else (self.low, self.high)

    def holds(self, value: Any) -> bool:
        """Whether a value lies in it."""
        if self.kind == "choice":
            return any(type(value) is type(one) and value == one for one in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.kind == "int" and value != int(value):
            return False
        if not self.low <= value <= self.high:
            return False
        if self.step is None:
            return True
        steps = (value - self.low) / self.step
        return math.isclose(steps, round(steps), abs_tol=1e-9)

    def text(self) -> str:
        """For people, as it is written on the command line."""
        if self.kind == "choice":
            return f"{self.name}={','.join(map(_written, self.choices))}"
        marks = (":log" if self.log else "") + ("" if self.step is None else f":step={self.step:g}")
        return f"{self.name}={self.low:g}:{self.high:g}{marks}"


def dimension_of(text: str) -> Dimension:
    """A dimension as written on the command line. Raises UserInputError."""
    name, equals, values = text.partition("=")
    name, where = name.strip(), f"--space {text[:80]}"
    if not equals or not name or not values.strip():
        raise UserInputError(f"{where}: this is no parameter with its values. {FORMS}")
    if ":" in values:
        low, high, *marks = (part.strip() for part in values.split(":"))
        step = None
        for mark in marks:
            if mark.startswith("step="):
                step = _scalar(mark[5:], where)
            elif mark != "log":
                raise UserInputError(f"{where}: {shown(mark)} is neither log nor step=S. {FORMS}")
        return ranged(name, _scalar(low, where), _scalar(high, where), log="log" in marks, step=step, where=where)
    return chosen(name, [_scalar(part.strip(), where) for part in values.split(",")], where=where)


def ranged(name: str, low: Any, high: Any, *, log: bool, step: Any, where: str) -> Dimension:
    """A range, checked. `where`: place for messages. Raises UserInputError."""
    for end, what in ((low, "the low end"), (high, "the high end"), (step, "the step")):
        if end is None and what == "the step":
            continue
        if isinstance(end, bool) or not isinstance(end, int | float):
            raise UserInputError(f"{where}: {what} must be a number, but is {shown(end)}. {FORMS}")
    if not low < high:
        raise UserInputError(f"{where}: the low end, {low:g}, is not below the high end, {high:g}. Exchange or widen")
    if log and low <= 0:
        raise UserInputError(f"{where}: a logarithmic range must begin above 0, but begins at {low:g}. Raise it")
    if log and step is not None:
        raise UserInputError(f"{where}: a range has a step or is logarithmic, not both. Remove one")
    if step is not None and not 0 < step <= high - low:
        raise UserInputError(f"{where}: the step must lie above 0 and within the range, but is {step:g}. Change it")
    whole = all(isinstance(end, int) for end in (low, high, *(() if step is None else (step,))))
    return Dimension(name=name, kind="int" if whole else "float", low=low, high=high, log=log, step=step)


def chosen(name: str, choices: Sequence[Any], *, where: str) -> Dimension:
    """Choices, checked. `where`: place for messages. Raises UserInputError."""
    if not 2 <= len(choices) <= MOST_CHOICES:
        raise UserInputError(f"{where}: 2 to {MOST_CHOICES} choices can be tuned, but here are {len(choices)}. {FORMS}")
    for nth, value in enumerate(choices):
        if value is not None and not isinstance(value, bool | int | float | str):
            raise UserInputError(f"{where}: a choice must be a number, a word, true or false. Write such values")
        if any(type(value) is type(other) and value == other for other in choices[:nth]):
            raise UserInputError(f"{where}: {shown(value)} is there twice. Remove one")
    return Dimension(name=name, kind="choice", choices=tuple(choices))


def fitting(dimension: Dimension, own: Any) -> Dimension:
    """The dimension with real values if the parameter's own value, `own`, is a real one."""
    if dimension.kind == "choice" and isinstance(own, float):
        return replace(dimension, choices=tuple(map(_real, dimension.choices)))
    if dimension.kind == "int" and isinstance(own, float):
        step = None if dimension.step is None else float(dimension.step)
        return replace(dimension, kind="float", low=float(dimension.low), high=float(dimension.high), step=step)
    return dimension


def with_values(params: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`params` with `values` in place; dotted names reach into maps, which are copied."""
    out = dict(params)
    for name, value in values.items():
        *above, last = name.split(".")
        here = out
        for step in above:
            here[step] = dict(here[step])
            here = here[step]
        here[last] = value
    return out


def own_value(params: Mapping[str, Any], name: str, defaults: Mapping[str, Any]) -> Any:
    """The value that a parameter has without tuning: the scenario's, else the recommender's default; None: none."""
    first, *rest = name.split(".")
    value = params.get(first, defaults.get(first))
    for step in rest:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _real(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _scalar(text: str, where: str) -> Any:
    try:
        return parse(text).value
    except TreeError as problem:
        raise UserInputError(f"{where}: {problem.what}. {FORMS}") from None


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
