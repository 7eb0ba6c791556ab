"""What an address asks for: all that a view depends on stands in its query, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from simulator.records import UserInputError

MAX_NUMBER = 2**31 - 1


class NotHereError(UserInputError):
    """A link to what the runs do not hold (404). The message says what, and where to go on."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A path and the values of its query; empty ones are as if they were not there."""

    path: str
    values: Mapping[str, str]

    @classmethod
    def of(cls, path: str, pairs: Iterable[tuple[str, str]]) -> Asked:
        """From a request; of a name that is given twice, the last counts."""
        return cls(path=path, values={name: value for name, value in pairs if value})

    def text(self, name: str) -> str | None:
        """The value of that name, None where there is none."""
        return self.values.get(name)

    def flag(self, name: str) -> bool:
        """Whether the name is set to something."""
        return self.values.get(name, "0") not in ("0", "no")

    def number(self, name: str, default: int | None = None, *, least: int = -MAX_NUMBER) -> int | None:
        """A whole number. Raises NotHereError for anything else."""
        value = self.values.get(name)
        if value is None:
            return default
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 19):
            raise NotHereError(f"{name}: {value[:40]!r} is no whole number. Correct the address")
        if int(value) < least:
            raise NotHereError(f"{name}: {value} is too small. Correct the address")
        return int(value)

    def one_of(self, name: str, known: Iterable[str], default: str) -> str:
        """One of the known values; the default for anything else, as for a link of a later version."""
        value = self.values.get(name, default)
        return value if value in set(known) else default

    def link(self, **changes: object) -> str:
        """This address with other values; None takes one out."""
        return link(self.path, {**self.values, **changes})


def link(path: str, values: Mapping[str, object]) -> str:
    """A path with a query; values that are None or empty are left out."""
    kept = {name: str(value) for name, value in values.items() if value is not None and str(value) != ""}
    return f"{path}?{urlencode(kept, errors='replace')}" if kept else path
