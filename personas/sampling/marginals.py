"""Marginals: which share of the people is of which age, gender, occupation and place. The file that ships, or a user's.

Whatever is wrong becomes one `UserInputError`: `FILE:LINE: field: what is wrong. Cure`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.sampling.associations import GENDERS, OLDEST, YOUNGEST
from simulator.records import UserInputError

F64 = npt.NDArray[np.float64]
Text = str | int
Given = Mapping[str, Mapping[Text, float]]

FILE = Path(__file__).with_name("marginals.yaml")
VARIABLES = ("age", "gender", "occupation", "place")
ROUNDING = 0.01
"""How far shares may add up to something else than 1, as rounded ones do; they are scaled to 1."""
MOST = 100
"""Categories of one variable, at most."""
OLD = 90
"""The last age of a bracket such as 65+."""
_BRACKET = re.compile(r"(\d{1,3})(?:\s*[-–]\s*(\d{1,3})|(\+))?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Marginals:
    """Shares by category, each adding up to 1; only what is given."""

    shares: dict[str, tuple[tuple[str, ...], F64]]
    """By variable: names of the categories, and shares of the same length."""
    brackets: tuple[tuple[int, int], ...] = ()
    """First and last year of each category of age; empty where age is not given."""
    name: str
    """Of the file, for messages and evidence."""


def default_marginals() -> Marginals:
    """Those that ship."""
    return read(FILE, name="the marginals that ship")


def read(given: str | Path | Given, *, name: str | None = None) -> Marginals:
    """Marginals of a YAML file, or of a mapping of the same shape. Raises UserInputError."""
    from simulator.documents import yaml_tree
    from simulator.documents.messages import dotted

    file = name or (str(given) if isinstance(given, str | Path) else "marginals")
    lines: dict[yaml_tree.FieldPath, int] = {}
    try:
        if isinstance(given, str | Path):
            tree = yaml_tree.parse(_text(Path(given), file))
            value, lines = tree.value, tree.lines
        else:
            value = given
        return _checked(value, file)
    except yaml_tree.TreeError as error:
        line = error.line or next((lines[error.path[:end]] for end in (2, 1, 0) if error.path[:end] in lines), None)
        where = [file if line is None else f"{file}:{line}", *([dotted(error.path)] if error.path else [])]
        raise UserInputError(f"{': '.join(where)}: {error.what}") from None


def _text(path: Path, file: str) -> str:
    from simulator.documents import yaml_tree

    try:
        with path.open("rb") as stream:
            raw = stream.read(yaml_tree.MAX_BYTES + 1)
    except OSError as error:
        raise UserInputError(f"{file}: cannot be read ({error.strerror}). Give a YAML file of shares") from None
    if len(raw) > yaml_tree.MAX_BYTES:
        raise UserInputError(f"{file}: is larger than {yaml_tree.MAX_BYTES // 1024} KiB. Give fewer categories")
    return yaml_tree.decode(raw)


def _checked(value: Any, file: str) -> Marginals:
    from simulator.documents.fields import did_you_mean
    from simulator.documents.yaml_tree import TreeError

    if not isinstance(value, Mapping) or not value:
        raise TreeError(
            f"must give shares for one or more of {', '.join(VARIABLES)}, such as `gender: {{female: 0.5}}`"
        )
    shares: dict[str, tuple[tuple[str, ...], F64]] = {}
    brackets: tuple[tuple[int, int], ...] = ()
    for variable, categories in value.items():
        if variable not in VARIABLES:
            near = did_you_mean(str(variable), VARIABLES) or f" Known are {', '.join(VARIABLES)}"
            raise TreeError(f"unknown field.{near}", path=(str(variable),))
        shares[variable] = _shares(str(variable), categories)
    if "age" in shares:
        brackets = _brackets(shares["age"][0])
    if "gender" in shares:
        _genders(shares["gender"][0])
    return Marginals(shares={name: shares[name] for name in VARIABLES if name in shares}, brackets=brackets, name=file)


def _shares(variable: str, categories: Any) -> tuple[tuple[str, ...], F64]:
    from simulator.documents.messages import shown
    from simulator.documents.yaml_tree import TreeError

    if not isinstance(categories, Mapping) or not categories:
        raise TreeError(
            f"must be a map of shares, but is {shown(categories)}. Write `name: share` below it", None, (variable,)
        )
    if len(categories) > MOST:
        raise TreeError(
            f"has {len(categories)} categories, and at most {MOST} can be drawn from. Merge some", None, (variable,)
        )
    names: list[str] = []
    for name, share in categories.items():
        path = (variable, str(name))
        number = isinstance(share, int | float | np.number) and not isinstance(share, bool)
        if not number or not 0 <= share < np.inf:
            raise TreeError(f"must be a share between 0 and 1, but is {shown(share)}. Change it", None, path)
        clean = " ".join(str(name).split())
        if not clean or len(clean) > 120 or not clean.isprintable():
            raise TreeError("a category's name must have 1 to 120 printable characters. Rename it", None, path)
        if clean.casefold() in (known.casefold() for known in names):
            raise TreeError("stands there twice. Add the two shares up", None, path)
        names.append(clean)
    values = np.array([float(share) for share in categories.values()])
    total = float(values.sum())
    if abs(total - 1) > ROUNDING:
        cure = "Write 0.25 for 25 %" if abs(total - 100) <= 1 else "Change them"
        raise TreeError(f"the shares add up to {total:.4g}, and must add up to 1. {cure}", None, (variable,))
    return tuple(names), values / total


def _brackets(names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    from simulator.documents.yaml_tree import TreeError

    out: list[tuple[int, int]] = []
    for name in names:
        path = ("age", name)
        if (found := _BRACKET.fullmatch(name)) is None:
            raise TreeError("must be an age or a bracket of ages, such as 18-24 or 65+. Rename it", None, path)
        start = int(found[1])
        end = int(found[2]) if found[2] else max(OLD, min(start + 5, OLDEST)) if found[3] else start
        if not YOUNGEST <= start <= end <= OLDEST:
            raise TreeError(f"must lie within {YOUNGEST} and {OLDEST}, the lower age first. Change it", None, path)
        for other, (first, last) in zip(names, out, strict=False):
            if start <= last and first <= end:
                raise TreeError(f"shares ages with {other}. Make them not overlap", None, path)
        out.append((start, end))
    return tuple(out)


def _genders(names: tuple[str, ...]) -> None:
    from simulator.documents.yaml_tree import TreeError

    for name in names:
        if name not in GENDERS:
            raise TreeError(f"people are drawn as {', '.join(GENDERS)}. Write one of these", None, ("gender", name))
