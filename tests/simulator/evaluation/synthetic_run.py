"""A made run folder whose truth is known, in the layout that an experiment leaves behind.

Every person has a taste logit for every item; held-out choices V are drawn from it, so that the named mind is
calibrated by construction. An arm of quality q fills each place with the best of q random items: higher is better.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.journal.schema import SCHEMA

MINDS = (
    "statistical",
    *(f"without_{family}" for family in ("linear", "factor", "neighbour", "content", "popularity")),
    "refit_1",
    "refit_2",
)
CATEGORIES = ("Drama", "Comedy", "War", "Crime", "Music", "Noir")


@dataclass(frozen=True, kw_only=True)
class Made:
    """What to make. `arms` maps a name to its quality; `bias` adds a mind's own logit to everything an arm shows."""

    arms: Mapping[str, int] = field(default_factory=lambda: {"control": 1, "treatment": 3})
    minds: Sequence[str] = ("statistical",)
    families: Mapping[str, str | None] = field(default_factory=dict)
    bias: Mapping[tuple[str, str], float] = field(default_factory=dict)
    seeds: Sequence[int] = (7,)
    people: int = 120
    clones: int = 0
    ensemble: int = 40
    items: int = 60
    turns: int = 6
    slate: int = 5
    taste: bool = True
    block: int = 1024
    world: int = 0
    run: str = "made"
    extra: Mapping[str, Any] = field(default_factory=dict)


def make_run(folder: Path, made: Made) -> Path:
    """Write manifest, people, history, catalogue and events of `made` into `folder`."""
    events = folder / "events"
    events.mkdir(parents=True)
    rng = np.random.default_rng(1000 + made.world)
    item_ids = np.array([f"i{row}" for row in range(made.items)])
    popularity = np.maximum(0, (300 / (1 + np.arange(made.items)) - 3)).astype(int)
    belongs = rng.random((made.items, len(CATEGORIES))) < 0.3
    categories = [[CATEGORIES[c] for c in np.flatnonzero(row)] for row in belongs]
    catalog = {"item_id": item_ids, "title": [f"Film {i}" for i in item_ids], "categories": categories}
    pq.write_table(pa.table({**catalog, "popularity": popularity}), folder / "catalog.parquet")

    source = np.concatenate([np.arange(made.people), np.arange(made.clones)])
    user_ids = np.array([f"u{s}" if n < made.people else f"u{s}~2" for n, s in enumerate(source)])
    table = {
        "user_id": user_ids,
        "cluster_id": np.array([f"u{s}" for s in source]),
        "block": np.arange(source.size) // made.block,
        "ensemble": np.arange(source.size) < made.ensemble,
    }
    pq.write_table(pa.table(table), folder / "people.parquet")

    taste = rng.normal(-2.0, 1.0, (made.people, made.items)).astype(np.float32)
    held_out = rng.random(taste.shape) < 1 / (1 + np.exp(-taste))
    person, item = np.nonzero(held_out)
    history = {"user_id": np.array([f"u{p}" for p in person]), "item_id": item_ids[item], "part": ["V"] * person.size}
    pq.write_table(pa.table(history), folder / "history.parquet")

    for seed in made.seeds:
        for arm, quality in made.arms.items():
            for mind in made.minds:
                rows = np.arange(source.size if mind == made.minds[0] else made.ensemble)
                luck = np.random.default_rng([seed, made.world, 5])
                slates = _slates(luck, taste[source], quality, made)[rows]
                logit = np.take_along_axis(taste[source[rows]], slates.reshape(rows.size, -1), 1).reshape(slates.shape)
                logit = logit + np.float32(made.bias.get((mind, arm), 0.0))
                for block in np.unique(rows // made.block):
                    at = rows // made.block == block
                    table_ = _events(luck, made, (arm, seed, mind), user_ids[rows[at]], slates[at], logit[at], item_ids)
                    pq.write_table(table_, events / f"{_slug(arm)}-{seed}-{_slug(mind)}-{block}.parquet")

    manifest = {
        "run": made.run,
        "scenario_hash": "5ce0",
        "versions": {"understudy": "0.1.0"},
        "seeds": list(made.seeds),
        "arms": list(made.arms),
        "control": next(iter(made.arms)),
        "minds": list(made.minds),
        "mind": made.minds[0],
        "primary": "auto",
        "confidence": 0.95,
        "catalog_size": made.items,
        "families": dict(made.families),
        **made.extra,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _slates(luck: np.random.Generator, taste: np.ndarray, quality: int, made: Made) -> np.ndarray:
    """The best of `quality` random items at each place; several places may hold the same item. (n, turns, k)."""
    n = taste.shape[0]
    drawn = luck.integers(0, made.items, (n, made.turns * made.slate, max(3, quality)))[:, :, :quality]
    wanted = np.take_along_axis(taste[:, None, :], drawn, 2)
    best = np.take_along_axis(drawn, wanted.argmax(2)[:, :, None], 2)[:, :, 0]
    return best.reshape(n, made.turns, made.slate)


def _events(
    luck: np.random.Generator,
    made: Made,
    cell: tuple[str, int, str],
    user_ids: np.ndarray,
    slates: np.ndarray,
    logit: np.ndarray,
    item_ids: np.ndarray,
) -> pa.Table:
    """Rows of one block: two sessions of equal length, the first of which everybody leaves. Ordered by turn, person."""
    n, turns, k = slates.shape
    half = max(1, turns // 2)
    order = (1, 0, 2)
    turn, person, position = (a.ravel() for a in np.meshgrid(range(turns), range(n), range(k), indexing="ij"))
    want = logit.transpose(order).ravel()
    examined = luck.random(want.size) < 0.9 / (1 + 0.3 * position)
    clicked = examined & (luck.random(want.size) < 1 / (1 + np.exp(-want)))
    satisfaction = np.clip(3 + logit.mean(2) * 0.5, 1, 5).T.ravel().repeat(k)
    left = turn == half - 1
    gap = np.where(left, luck.exponential(86400, (turns, n)).ravel().repeat(k), np.nan)
    page = turn % half
    rated = clicked & ((turn + person) % 2 == 0)
    rating = np.where(rated, 1 + (7 * position + turn + 3 * person) % 5, np.nan)
    arm, seed, mind = cell
    columns: dict[str, Any] = {
        "run": _word(made.run, want.size),
        "arm": _word(arm, want.size),
        "seed": np.full(want.size, seed),
        "mind": _word(mind, want.size),
        "user_id": pa.DictionaryArray.from_arrays(pa.array(person.astype(np.int32)), pa.array(user_ids)),
        "session": (turn // half).astype(np.int32),
        "turn": turn.astype(np.int32),
        "page": page.astype(np.int32),
        "position": position.astype(np.int16),
        "item_id": pa.DictionaryArray.from_arrays(
            pa.array(slates.transpose(order).ravel().astype(np.int32)), pa.array(item_ids)
        ),
        "noticed": examined,
        "examined": examined,
        "clicked": clicked,
        "dwell_s": np.where(clicked, 60.0, 0.0).astype(np.float32),
        "rating": pa.array(rating.astype(np.float32), from_pandas=True),
        "satisfaction": satisfaction.astype(np.float32),
        "fatigue": (0.1 * page).astype(np.float32),
        "mood": np.zeros(want.size, np.float32),
        "left": left,
        "want": want,
        "taste": pa.array(want) if made.taste else pa.nulls(want.size, pa.float32()),
        "return_gap_s": pa.array(gap.astype(np.float32), from_pandas=True),
    }
    arrays = [columns.get(f.name) for f in SCHEMA]
    filled = [
        pa.nulls(want.size, f.type) if a is None else a if isinstance(a, pa.Array) else pa.array(a, f.type)
        for f, a in zip(SCHEMA, arrays, strict=True)
    ]
    return pa.Table.from_arrays(filled, schema=SCHEMA)


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name)


def _word(text: str, n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([text]))
