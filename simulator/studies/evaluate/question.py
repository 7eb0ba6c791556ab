"""What is asked: a plug-in, what it is compared with, and the scenario in which people meet them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scenarios.loader import load_scenario
from scenarios.schema import Scenario
from simulator.datasets.sources import NAMES, UnknownSourceError, source_named
from simulator.documents.fields import did_you_mean
from simulator.records import UserInputError

BASE = "evaluate"
"""The shipped scenario that is taken where none is named."""
AGAINST = ("popular", "als")
"""What a plug-in is compared with where nothing else is said: the trivial row, and a usual one."""
_HERE = ("127.0.0.1", "localhost", "::1")
_TABLES = (".csv", ".tsv", ".parquet", ".csv.gz", ".tsv.gz")


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """A scenario whose arms are the baselines, the first as the control, and then the recommender that is evaluated."""

    plugin: str
    """As it was written."""
    candidate: str
    """Name of its arm."""
    baselines: tuple[str, ...]
    """Names of the other arms."""
    scenario: Scenario

    @property
    def arms(self) -> tuple[str, ...]:
        """The candidate, then the baselines."""
        return (self.candidate, *self.baselines)


def question(
    plugin: str,
    against: Sequence[str] | None = None,
    *,
    params: Mapping[str, Any] | None = None,
    python: str | None = None,
    scenario: str = BASE,
    data: str | None = None,
    columns: str | None = None,
    overrides: Sequence[str] = (),
    users: int | None = None,
    seed: int | None = None,
) -> Question:
    """The question that a command line asks.

    Args:
        plugin: whatever an arm's `recommender` may be; `params` are its parameters, and `python` is the
            interpreter that runs it.
        against: the same for the recommenders it is compared with; None: `AGAINST`, but for itself.
        scenario: a file or a shipped name; its arms are replaced.
        data: name of a data set, or a file of interactions whose `columns` are texts such as ``user=uid,item=sku``.
        overrides: texts ``path.to.field=value``, as are `users` and `seed`.

    Raises:
        UserInputError: something of it is wrong.
    """
    if against is None:
        against = [name for name in AGAINST if name != plugin]
    if not against:
        raise UserInputError("--against: name at least one recommender to compare with, such as popular")
    specs = list(dict.fromkeys(against))
    if plugin in specs:
        raise UserInputError(f"--against {plugin}: this is the recommender itself. Compare it with another one")
    names = _arm_names([*specs, plugin])
    arms: dict[str, Any] = dict(zip(names[:-1], specs, strict=True))
    own: dict[str, Any] = {"recommender": plugin, "params": dict(params or {})}
    if python is not None:
        own["python"] = os.path.abspath(os.path.expanduser(python))  # not resolved: an environment's is a link
    arms[names[-1]] = own
    chosen = _dataset(data, columns)
    loaded = load_scenario(scenario, arms=arms, overrides=[*chosen, *overrides], users=users, seed=seed)
    missing = [name for name in names if name not in loaded.arms]
    if missing or len(loaded.arms) > len(names):
        raise UserInputError("--set arms: the arms are those that --against names. Use --against")
    return Question(plugin=plugin, candidate=names[-1], baselines=tuple(names[:-1]), scenario=loaded)


def _arm_names(specs: Sequence[str]) -> list[str]:
    """Names for arms: a built-in's own, a class's, a service's host; numbered where they repeat."""
    names: list[str] = []
    for spec in specs:
        if spec.startswith(("http://", "https://")):
            url = urlsplit(spec)
            text = f"service-{url.port or 80}" if url.hostname in _HERE else url.hostname or "service"
        else:
            text = spec.rpartition(":")[2]
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:36] or "recommender"
        same = sum(name == other.partition("~")[0] for other in names)
        names.append(name if not same else f"{name}-{same + 1}")
    return names


def _dataset(data: str | None, columns: str | None) -> list[str]:
    """The overrides that name the data."""
    if data is None:
        if columns is not None:
            raise UserInputError("--columns: these are the columns of a file. Name it with --data FILE")
        return []
    if data.lower().endswith(_TABLES):
        if not Path(data).is_file():
            raise UserInputError(f"--data {data}: there is no such file (looked for {Path(data).absolute()})")
        mapping = {} if columns is None else {"columns": _columns(columns)}
        return [f"dataset={ {'source': 'table', 'path': os.path.abspath(data), **mapping}!r}"]
    if columns is not None:
        raise UserInputError(f"--columns: only a CSV or Parquet file has columns to name, and --data is {data}")
    try:
        return [f"dataset.source={source_named(data).name}"]
    except UnknownSourceError:
        near = did_you_mean(data, NAMES) or f" There are: {', '.join(NAMES)}, or a CSV or Parquet file"
        raise UserInputError(f"--data {data[:200]}: there is no such data set.{near}") from None


def _columns(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(name.strip() and equals and column.strip() for name, equals, column in pairs):
        raise UserInputError(f"--columns {text[:80]}: write field=column pairs, such as user=uid,item=sku,time=ts")
    return {name.strip(): column.strip() for name, _, column in pairs}
