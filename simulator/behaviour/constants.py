"""Constants of the behaviour laws: each carries its unit, range, source, grade and uncertainty.

A law is a frozen dataclass whose fields are made by `constant`. The grade says how far to believe a value: `fitted`
(estimated on data of the kind that is simulated), `transferred` (estimated elsewhere) or `assumed` (chosen).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

Grade = Literal["fitted", "transferred", "assumed"]

_RELATIVE_SPREAD: dict[Grade, float] = {"fitted": 0.05, "transferred": 0.25, "assumed": 0.5}


@dataclass(frozen=True, slots=True)
class Constant:
    """What is known of one constant of one law."""

    default: float
    unit: str
    grade: Grade
    source: str
    low: float
    high: float
    spread: float
    """Standard deviation of what the value may really be, in its own unit."""

    def moved(self, value: float, deviations: float) -> float:
        """`value` moved by that many standard deviations, kept inside the range."""
        return min(self.high, max(self.low, value + deviations * self.spread))


@dataclass(frozen=True, slots=True)
class LawRecord:
    """One row of the table of constants that a report prints."""

    law: str
    constant: str
    value: float
    unit: str
    grade: Grade
    source: str


def constant(
    default: float,
    *,
    unit: str,
    grade: Grade,
    source: str,
    low: float,
    high: float,
    spread: float | None = None,
) -> Any:
    """A field of a law. `spread` defaults to 5 % of the value if fitted, 25 % if transferred, 50 % if assumed."""
    if not low <= default <= high:
        raise ValueError(f"the default {default} is outside [{low}, {high}]")
    width = _RELATIVE_SPREAD[grade] * abs(default) if spread is None else spread
    about = Constant(default, unit, grade, source, low, high, width)
    return field(default=default, metadata={"constant": about})


def constants_of(law: type[Any] | Any) -> dict[str, Constant]:
    """The constants of a law (its class or an instance) by name, in the order of declaration."""
    return {f.name: f.metadata["constant"] for f in fields(law) if "constant" in f.metadata}
