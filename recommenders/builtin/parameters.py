"""Checks of constructor parameters, each with a message that names the parameter and what it may be."""

from __future__ import annotations

import math
from numbers import Integral, Real

from simulator.records import UserInputError


def whole(name: str, value: object, *, at_least: int, at_most: int | None = None) -> int:
    """`value` as an integer of the given range. Raises UserInputError."""
    allowed = f"a whole number of at least {at_least}" + ("" if at_most is None else f" and at most {at_most}")
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UserInputError(f"{name} must be {allowed}, not {value!r}")
    number = int(value)
    if number < at_least or (at_most is not None and number > at_most):
        raise UserInputError(f"{name} must be {allowed}, not {number}")
    return number


def real(
    name: str,
    value: object,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> float:
    """`value` as a finite number of the given range. Raises UserInputError."""
    limits = {"of at least": at_least, "above": above, "at most": at_most}
    bounds = [f"{word} {limit:g}" for word, limit in limits.items() if limit is not None]
    allowed = " ".join(["a number", " and ".join(bounds)]).strip()
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise UserInputError(f"{name} must be {allowed}, not {value!r}")
    number = float(value)
    too_low = (at_least is not None and number < at_least) or (above is not None and number <= above)
    if too_low or (at_most is not None and number > at_most):
        raise UserInputError(f"{name} must be {allowed}, not {value}")
    return number


def flag(name: str, value: object) -> bool:
    """`value` as true or false. Raises UserInputError."""
    if not isinstance(value, bool):
        raise UserInputError(f"{name} must be true or false, not {value!r}")
    return value
