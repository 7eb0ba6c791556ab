"""The people of a log, from what they know (P and M, never V)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from personas import estimation
from personas.estimation import Estimates
from personas.traits import activity_to_sd, sd_to_activity
from simulator.population.drawing import factor, plausible
from simulator.population.people import PLAIN, Population
from simulator.randomness import Stream, keys_of
from simulator.records import F32, I32, Ids, InteractionLog, SplitLog, UserInputError


def from_log(split: SplitLog, *, size: int | None = None, seed: int) -> Population:
    """The people of a log, estimated from what they know.

    `size` None: all of them. Smaller: those with the smallest keyed hash, in the order of the log, so that a smaller
    population is part of a bigger one. Bigger: everyone, then clones "ID~2", "ID~3" … with the history of their source,
    and luck and traits of their own as far as the history leaves them open. Raises `UserInputError` if `size` is not
    positive or an id of the log looks like a clone's.
    """
    if size is not None and size < 1:
        raise UserInputError(f"population.size: {size} people cannot be simulated; give at least 1, or null for all")
    log = split.known.positives()
    if log.n_users == 0:
        raise UserInputError(f"dataset {split.name}: the log has no people")
    source, user_ids = chosen(log.user_ids, log.n_users if size is None else size, seed)
    found = estimation.estimate(split.known)
    return _plausible(_estimated(log, found).take(source).renamed(user_ids), found, seed)


def copies(split: SplitLog, person: int, user_ids: Ids, *, seed: int) -> Population:
    """People of these names who all have the history of one person of the log (row `person`): what it tells is alike
    in all of them, and what it leaves open is drawn for each."""
    log = split.known.positives()
    found = estimation.estimate(split.known)
    alike = np.full(user_ids.size, person, dtype=np.int32)
    return _plausible(_estimated(log, found).take(alike).renamed(user_ids), found, seed)


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


def _estimated(log: InteractionLog, found: Estimates) -> Population:
    """All people of a log of choices, as far as it tells them: traits are expected values."""
    sums = estimation.category_sums(log, log.catalog)
    sd: dict[str, Any] = {name: one.value for name, one in found.traits.items() if name in PLAIN}
    ordinary = np.ones(log.n_users, dtype=np.float32)
    return Population(
        user_ids=log.user_ids,
        keys=keys_of(log.user_ids.tolist()),
        source=np.arange(log.n_users, dtype=np.int32),
        cluster=log.user_ids,
        activity=found.traits["activity"].value,
        boredom_proneness=ordinary,
        position_habit=ordinary,
        **_rating_style(log),
        profile=estimation.unit_rows(sums),
        popularity=estimation.popularity(log),
        **sd,
    )


def _rating_style(log: InteractionLog) -> dict[str, Any]:
    unit = estimation.rating_unit(log)
    mean, spread = estimation.mean_and_spread(log, unit)
    return {
        "rating_mean": mean,
        "rating_spread": spread,
        "thresholds": estimation.thresholds(estimation.level_shares(log, unit)),
        "expectation": np.clip(mean / unit, 1.0, 5.0).astype(np.float32),
        "rating_unit": unit,
    }


def _plausible(people: Population, found: Estimates, seed: int) -> Population:
    """With each trait drawn about what the log tells of it, for each person apart: clones of one person differ, as far
    as the log leaves it open, and a trait that it does not tell is N(0, 1)."""

    def drawn(trait: str) -> F32:
        told, rows = found.traits[trait], people.source
        value = activity_to_sd(told.value[rows]) if trait == "activity" else told.value[rows]
        return plausible(value, told.confidence[rows], seed, trait, people.keys)

    plain: dict[str, Any] = {name: drawn(name) for name in PLAIN}
    return replace(
        people,
        activity=sd_to_activity(drawn("activity")).astype(np.float32),
        boredom_proneness=factor(drawn("diversity")),
        position_habit=factor(drawn("position_habit")),
        **plain,
    )
