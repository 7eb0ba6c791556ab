"""The best items of a fitted recommender for many people, asked for as in a run: through the host, in batches."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommenders.contract import RequestBatch
from recommenders.host import Host
from recommenders.platform import PlatformView
from simulator.evaluation.offline.splits import Holdout
from simulator.randomness import U64, Stream, keys_of
from simulator.records import I32, InteractionLog, UserInputError

BATCH = 1_024
"""People in one call: what a block of a run has, and enough for libraries to be at their fastest."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Rankings:
    """What a recommender would show first to each of the people who are judged."""

    name: str
    people: I32
    """Rows of the log's `user_ids`. (n,)."""
    items: I32
    """Catalogue rows, best first, -1 where the eligible items ran out. (n, k)."""
    seconds: npt.NDArray[np.float64]
    """Wall time of each batch. (n_batches,)."""


def rank(host: Host, holdout: Holdout, k: int, *, seed: int = 0, keys: U64 | None = None) -> Rankings:
    """The `k` best items for everybody who is judged, without what they chose in `holdout.train`.

    `host.fit` must have been called with `holdout.train`. A recommender that draws at random draws by `seed` and by
    the person's key, `keys` (n,) or else that of the id. Raises PluginError for a breach of the contract.
    """
    if k < 1:
        raise UserInputError(f"rank: k must be at least 1, not {k}")
    stream = Stream.of(seed, "luck", "recommender")
    items = np.full((holdout.people.size, k), -1, dtype=np.int32)
    seconds = []
    log = by_person(holdout.train)
    if keys is None:
        keys = keys_of(log.user_ids[holdout.people].tolist())
    for start in range(0, holdout.people.size, BATCH):
        block = slice(start, start + BATCH)
        batch = requests(log, holdout.people[block], keys[block], stream)
        began = time.perf_counter()
        slates = host.recommend(batch, k)
        seconds.append(time.perf_counter() - began)
        items[block] = slates.items
    return Rankings(name=host.name, people=holdout.people, items=items, seconds=np.array(seconds, dtype=np.float64))


def by_person(log: InteractionLog) -> InteractionLog:
    """The choices in `log`, person by person and as before within each: then views of few people are made quickly."""
    chosen = log.positives()
    return chosen.select(np.argsort(chosen.user, kind="stable"))


def requests(log: InteractionLog, people: I32, keys: U64, stream: Stream) -> RequestBatch:
    """One request of a first page for each of `people`, whose histories are the choices in `log`, by person."""
    view = PlatformView.of(log, people, log.user_ids[people], keys)
    rows = np.arange(people.size, dtype=np.int32)
    return RequestBatch(view, rows, np.zeros_like(rows), 0, stream)
