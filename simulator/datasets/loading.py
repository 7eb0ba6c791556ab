"""`load`: a dataset by the name of its source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.datasets.dataset import Dataset
from simulator.datasets.locate import data_dirs, find, find_in, how_to_get
from simulator.datasets.sources import Source, UnknownSourceError, source_named
from simulator.records import UserInputError


def load(
    source: str,
    *,
    path: Path | str | None = None,
    data_dir: Path | str | None = None,
    columns: Mapping[str, str] | None = None,
    items: Mapping[str, Any] | None = None,
    separator: str | None = None,
    rating_range: tuple[float, float] | None = None,
) -> Dataset:
    """Read a dataset.

    `source` is ``sample``, ``movielens-1m``, ``movielens-100k``, ``movielens-latest-small`` or ``table``. `path` is the
    folder or zip of a MovieLens set (None: it is looked for, see `locate`), or the file of a table. `columns`, `items`,
    `separator` and `rating_range` are for tables: see `table.read`. Raises `UserInputError` naming file and cure.
    """
    found = _source_of(source)
    place = None if path is None else Path(path).expanduser()
    if found.name != "table":
        for name, value in (
            ("columns", columns),
            ("items", items),
            ("separator", separator),
            ("rating_range", rating_range),
        ):
            if value is not None:
                raise UserInputError(f"dataset: {name} is for source: table, and this is {found.name}. Remove {name}")
    if found.name == "table":
        from simulator.datasets import table

        if place is None:
            raise UserInputError("dataset: source table needs a path: the CSV, TSV or Parquet file of interactions")
        return table.read(place, columns=columns, items=items, separator=separator, rating_range=rating_range)
    if found.name == "sample":
        from simulator.datasets import embedded

        if place is not None:
            raise UserInputError("dataset: the sample is embedded and takes no path. Remove path")
        return embedded.read()
    from simulator.datasets import movielens

    return movielens.read(found.name, _place_of(found, place, None if data_dir is None else Path(data_dir)))


def _source_of(name: str) -> Source:
    try:
        return source_named(name)
    except UnknownSourceError as error:
        raise UserInputError(f"dataset: {error}") from None


def _place_of(source: Source, path: Path | None, data_dir: Path | None) -> Path:
    if path is None:
        place = find(source, data_dir)
        if place is None:
            raise UserInputError(how_to_get(source, data_dirs(data_dir)))
        return place
    if path.is_file():
        return path
    place = find_in(source, path)
    if place is None:
        raise UserInputError(how_to_get(source, (path,)))
    return place
