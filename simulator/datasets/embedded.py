"""The embedded default: invented films and people, made by `make_sample` and shipped with the package.

Two files of JSON lines. ``films.jsonl``: one film a line, with the fields of `Item`. ``histories.jsonl``: one person a
line; `films` are 1-based line numbers of films in the order in which they were rated, `ratings` one digit each, and
`minutes` the time since the rating before (the first: since 1970).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from simulator.datasets.bundle import Bundle
from simulator.datasets.dataset import Dataset, ReadReport
from simulator.records import Catalog, InteractionLog, Item

FOLDER = Path(__file__).parent / "sample"
FILMS, HISTORIES = "films.jsonl", "histories.jsonl"
FACTS = ("gender", "age", "occupation")


def read() -> Dataset:
    """The sample, with complete ratings and times."""
    bundle = Bundle(FOLDER)
    films, people = (_lines(bundle.read(name)) for name in (FILMS, HISTORIES))
    catalog = Catalog(
        tuple(
            Item(**{**film, "categories": tuple(film["categories"]), "reviews": tuple(film["reviews"])})
            for film in films
        )
    )
    user = np.repeat(np.arange(len(people), dtype=np.int32), [len(person["films"]) for person in people])
    item = np.concatenate([np.array(person["films"], dtype=np.int32) - 1 for person in people])
    rating = np.frombuffer("".join(person["ratings"] for person in people).encode(), dtype=np.uint8) - ord("0")
    time = np.concatenate([np.cumsum(np.array(person["minutes"], dtype=np.int64)) * 60 for person in people])
    order = np.lexsort((item, time, user))
    n = user.size
    log = InteractionLog(
        catalog=catalog,
        user_ids=np.array([person["user_id"] for person in people], dtype=np.str_),
        user=user[order],
        item=item[order],
        rating=rating[order].astype(np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=time[order],
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
        demographics={fact: np.array([person[fact] for person in people], dtype=np.str_) for fact in FACTS},
    )
    notes = ("invented films and people: made to try things out, not to learn about anybody",)
    return Dataset("sample", log, ReadReport(n, 0, notes=notes), bundle.fingerprint())


def _lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]
