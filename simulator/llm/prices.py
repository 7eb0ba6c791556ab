"""What tokens cost. An unknown price is None and never 0: a server of one's own costs something too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.llm.endpoint import base_url_of
from simulator.llm.port import Usage
from simulator.llm.settings import LLMSettings
from simulator.records import UserInputError

SHIPPED = Path(__file__).with_name("prices.yaml")
_MILLION = 1_000_000

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """USD per million tokens."""

    usd_in: float
    usd_out: float
    usd_cached_in: float | None = None
    """For input whose beginning the endpoint has cached; None: not known, taken as `usd_in`."""
    as_of: date | None = None
    source: str = ""

    def usd(self, usage: Usage, *, cached_in: int = 0) -> float:
        """What a usage costs, of whose input `cached_in` tokens were cached by the endpoint."""
        cached_price = self.usd_in if self.usd_cached_in is None else self.usd_cached_in
        paid_in = (usage.tokens_in - cached_in) * self.usd_in + cached_in * cached_price
        return (paid_in + usage.tokens_out * self.usd_out) / _MILLION


FREE = Price(usd_in=0.0, usd_out=0.0, source="rules of this program: nobody is asked")
"""The scripted models'."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    models: Annotated[list[str], Field(min_length=1)]
    host: str | None = None
    usd_in: Dollars = Field(alias="in")
    usd_out: Dollars = Field(alias="out")
    cached_in: Dollars | None = None
    as_of: date | None = None
    source: str = ""

    def matches(self, model: str, host: str) -> bool:
        known_there = self.host is None or self.host == host
        return known_there and any(fnmatchcase(model, pattern) for pattern in self.models)

    @property
    def price(self) -> Price:
        return Price(
            usd_in=self.usd_in,
            usd_out=self.usd_out,
            usd_cached_in=self.cached_in,
            as_of=self.as_of,
            source=self.source,
        )


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    prices: list[_Entry]


def price_of(settings: LLMSettings) -> Price | None:
    """The price of the settings' model at its endpoint: `llm.price`, else the user's table, else the shipped one.

    None where nobody says. Raises UserInputError for a table that cannot be read.
    """
    if settings.scripted:
        return FREE
    if settings.price is not None:
        return Price(usd_in=settings.price[0], usd_out=settings.price[1], source="llm.price")
    host = urlsplit(base_url_of(settings)).hostname or ""
    tables = ([] if settings.prices is None else [settings.prices]) + [SHIPPED]
    entries = (entry for table in tables for entry in _entries(table))
    return next((entry.price for entry in entries if entry.matches(settings.model, host)), None)


def cost(usage: Usage, price: Price | None) -> float | None:
    """USD that a usage costs; None where the price is not known. Nothing used costs 0 at any price."""
    if usage.tokens_in == usage.tokens_out == 0:
        return 0.0
    return None if price is None else price.usd(usage)


def _entries(path: Path) -> Sequence[_Entry]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        told: Any = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        return _Table.model_validate(told).prices
    except OSError as error:
        raise UserInputError(f"llm.prices: {path} cannot be read ({error.strerror}). Name a YAML file") from None
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise UserInputError(
            f"llm.prices: {path} is no price table: {_first(error)}. Write it as YAML, in USD per million tokens: "
            "prices: [{models: [my-model*], in: 0.1, out: 0.4}]"
        ) from None


def _first(error: Exception) -> str:
    """The first thing that is wrong, on one line, without what the file holds there."""
    if isinstance(error, ValidationError):
        found = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, found['loc'])) or 'the whole'}: {found['msg'].lower()}"
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be parsed"
    return f"line {mark.line + 1}: {problem}" if mark else problem
