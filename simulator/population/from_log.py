"""The people of a log, from what they know (P and M, never V)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from personas import estimation
from personas.estimation.pickiness import effects, pickiness_by_ratings
from personas.traits import sd_to_activity
from simulator.population.drawing import factor, normal
from simulator.population.people import Population
from simulator.randomness import Stream, keys_of
from simulator.records import I32, Ids, InteractionLog, SplitLog, UserInputError

UNTOLD = (
    "impulsivity",
    "price_sensitivity",
    "trust_in_reviews",
    "trust_in_popularity",
    "headline_susceptibility",
    "thumbnail_susceptibility",
)
"""Traits of which no log of choices tells anything. Drawn from N(0, 1), assumed."""


def from_log(split: SplitLog, *, size: int | None = None, seed: int) -> Population:
    """The people of a log, estimated from what they know.

    `size` None: all of them. Smaller: those with the smallest keyed hash, in the order of the log, so that a
    smaller population is part of a bigger one. Bigger: everyone, then clones "ID~2", "ID~3" … with traits and
    history of their source and luck of their own. Raises `UserInputError` if `size` is not positive or an id of the
    log looks like a clone's.
    """
    if size is not None and size < 1:
        raise UserInputError(f"population.size: {size} people cannot be simulated; give at least 1, or null for all")
    log = split.known.positives()
    if log.n_users == 0:
        raise UserInputError(f"dataset {split.name}: the log has no people")
    source, user_ids = chosen(log.user_ids, log.n_users if size is None else size, seed)
    return _drawn(_estimated(log).take(source).renamed(user_ids), seed)


def chosen(ids: Ids, size: int, seed: int) -> tuple[I32, Ids]:
    """Rows of `ids`, and names, of a population of that size. Raises UserInputError: see `from_log`."""
    n = ids.size
    luck = Stream.of(seed, "population", "sample").bits(keys_of(ids.tolist()))
    by_luck = np.lexsort((np.arange(n), luck))
    rounds = [np.sort(by_luck[: min(n, size - start)]) for start in range(0, size, n)]
    source = np.concatenate(rounds).astype(np.int32)
    names = [ids[row] if copy == 1 else f"{ids[row]}~{copy}" for copy, rows in enumerate(rounds, 1) for row in rows]
    if len(set(names)) != len(names):
        raise UserInputError(
            "population.size: some ids of the log end in '~2' as those of clones do; rename them, "
            f"or ask for no more people than the log has ({n})"
        )
    return source, np.array(names, dtype=np.str_)


def _estimated(log: InteractionLog) -> Population:
    """All people of a log of choices; a patience that the log does not tell is NaN, what is drawn is still neutral."""
    count, visited = estimation.interactions(log), estimation.visits(log)
    unit = estimation.rating_unit(log)
    mean, spread = estimation.mean_and_spread(log, unit)
    sums = estimation.category_sums(log, log.catalog)
    lengths = estimation.session_length(count, visited)
    patience = np.where(np.isfinite(lengths), estimation.standardise(lengths), np.float32(np.nan))
    ordinary = np.zeros(log.n_users, dtype=np.float32)
    untold: dict[str, Any] = dict.fromkeys(UNTOLD, ordinary)
    return Population(
        user_ids=log.user_ids,
        keys=keys_of(log.user_ids.tolist()),
        source=np.arange(log.n_users, dtype=np.int32),
        cluster=log.user_ids,
        activity=sd_to_activity(estimation.engagement(count, visited)).astype(np.float32),
        patience=patience.astype(np.float32),
        conformity=estimation.conformity(log),
        novelty_seeking=estimation.novelty_seeking(log, sums),
        boredom_proneness=ordinary,
        position_habit=ordinary,
        pickiness=ordinary if (found := effects(log)) is None else pickiness_by_ratings(found).value,
        rating_mean=mean,
        rating_spread=spread,
        thresholds=estimation.thresholds(estimation.level_shares(log, unit)),
        expectation=np.clip(mean / unit, 1.0, 5.0).astype(np.float32),
        profile=estimation.unit_rows(sums),
        popularity=estimation.popularity(log),
        rating_unit=unit,
        **untold,
    )


def _drawn(people: Population, seed: int) -> Population:
    """With the traits that the log does not tell, which belong to each person and not to its source."""
    keys = people.keys
    drawn: dict[str, Any] = {
        "boredom_proneness": factor(normal(seed, "boredom_proneness", keys)),
        "position_habit": factor(normal(seed, "position_habit", keys)),
        "patience": np.where(np.isnan(people.patience), normal(seed, "patience", keys), people.patience),
        **{trait: normal(seed, trait, keys) for trait in UNTOLD},
    }
    return replace(people, **drawn)
