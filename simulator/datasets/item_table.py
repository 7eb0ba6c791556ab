"""A user's own table of items: one a row, with a declared column mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulator.datasets.assemble import Audit
from simulator.datasets.declared import read_declared, unknown_name
from simulator.datasets.texttable import MISSING, encode, numbers
from simulator.records import Item, UserInputError

FIELDS = (
    "id", "title", "text", "categories", "creator", "year", "price", "duration", "headline", "image_caption", "image",
    "review_count", "review_mean", "reviews",
)  # fmt: skip
"""What a column of items can be declared as; id is needed, `duration` is in seconds."""
SETTINGS = ("path", "columns", "separator", "category_separator")

_TEXTS = ("title", "text", "creator", "headline", "image_caption", "image")
_LISTS = ("categories", "reviews")
_WHOLE = ("year", "review_count")
_ITEM_FIELD = {"duration": "duration_s"}


def read_items(settings: Mapping[str, Any]) -> tuple[list[Item], Audit, str]:
    """The items of a file, the account of its rows, and the SHA-256 of its content.

    `settings` holds ``path`` and optionally ``columns`` (field to column), ``separator`` and ``category_separator``
    (``|`` by default; splits `categories` and `reviews`). A cell that is no number leaves that fact unknown and is told
    in the audit; a row without an id, or with one that came before, is left out. Raises `UserInputError`.
    """
    where = "dataset.items"
    for name in settings:
        if name not in SETTINGS:
            raise unknown_name(name, SETTINGS, where)
    if not settings.get("path"):
        raise UserInputError(f"{where}: path is missing. Give the CSV, TSV or Parquet file of items")
    path = Path(settings["path"]).expanduser()
    table, digest = read_declared(
        path, settings.get("columns"), FIELDS, ("id",), settings.get("separator"), f"{where}.columns"
    )
    between = str(settings.get("category_separator") or "|")
    audit = Audit(table)
    codes, words = encode(table.columns["id"])
    audit.reject(codes < 0, "no item id")
    first = np.zeros(len(table), dtype=np.bool_)
    first[np.unique(codes, return_index=True)[1]] = True
    audit.reject(~first, "item id occurs more than once", table.columns["id"])
    rows = np.flatnonzero(audit.good)
    ids = [words[code] for code in codes[rows].tolist()]
    facts: dict[str, Iterable[Any]] = {}
    for name, column in table.columns.items():
        if name == "id":
            continue
        if name in _TEXTS:
            cells = column.take(rows).to_pylist()
            facts[name] = ["" if cell in MISSING else cell.strip() for cell in cells]
        elif name in _LISTS:
            facts[name] = [_parts(cell, between) for cell in column.take(rows).to_pylist()]
        else:
            values, is_number, is_empty = numbers(column)
            audit.blank(~is_number & ~is_empty, f"{name} is not a number and was left empty", column)
            facts[_ITEM_FIELD.get(name, name)] = [
                (None if value != value else round(value) if name in _WHOLE else value)
                for value in values[rows].tolist()
            ]
    audit.refuse_if_mostly_broken("Check the path, the separator and the declared columns of the items")
    return (
        [
            Item(item_id=item_id, **dict(zip(facts, values, strict=True)))
            for item_id, values in zip(
                ids, zip(*facts.values(), strict=True) if facts else ((),) * len(ids), strict=True
            )
        ],
        audit,
        digest,
    )


def _parts(cell: str, between: str) -> tuple[str, ...]:
    parts = (part.strip() for part in cell.split(between))
    return tuple(dict.fromkeys(part for part in parts if part not in MISSING))
