"""The people of a run: who they are, as arrays. What changes while they live is in `state`.

A trait is estimated from a person's own history where that is possible (`traits`), else drawn from a stated
distribution, keyed by seed and person, so that nobody's traits depend on who else is there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator import traits
from simulator.randomness import U64, Stream, keys_of
from simulator.records import F32, I32, Ids, InteractionLog, SplitLog, UserInputError

TYPICAL_VISITS_A_DAY = 1.2
"""Visits a day of an ordinary person: the median of EB-NeRD's readers. Assumed to hold elsewhere: a log of choices says
who comes more often than whom, and not how often people come."""
ACTIVITY_SPREAD = 0.6
"""Standard deviation of ln activity between people. Assumed."""
HABIT_SPREAD = 0.3
"""Standard deviation of ln position habit and of ln boredom proneness between people. Assumed: no log tells them."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person by name: a light view of one row."""

    user_id: str
    source: str
    traits: dict[str, float]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Population:
    """People as arrays, one row a person. All (n,) and float32 unless said otherwise."""

    user_ids: Ids
    keys: U64
    source: I32
    """Row of each person in the log's `user_ids`."""
    cluster: Ids
    """Id of the person of the log that this one is, or is a clone of: the unit of resampling."""
    activity: F32
    """Visits a day, a log-normal about `TYPICAL_VISITS_A_DAY` by rank in engagement. Order: the log; level: assumed."""
    patience: F32
    """Standard deviations. Interactions per visit of people whose times are known; else drawn from N(0, 1), assumed."""
    conformity: F32
    """Standard deviations; see `traits.conformity`."""
    novelty_seeking: F32
    """Standard deviations; see `traits.novelty_seeking`."""
    boredom_proneness: F32
    """Factor around 1. Drawn, assumed."""
    position_habit: F32
    """Factor around 1 on the effort of looking further down. Drawn, assumed."""
    rating_mean: F32
    """On the log's rating scale."""
    rating_spread: F32
    thresholds: F32
    """Four cuts on the standardised latent judgement. (n, 4)."""
    expectation: F32
    """Mean rating as a level, 1–5: what satisfaction starts from (`Satisfaction.ordinary`)."""
    profile: F32
    """Mean category vector of what the person chose, of unit length (zero if unknown). (n, n_categories)."""
    popularity: F32
    """What everybody knows of the items: `traits.popularity`. (n_items,), the same for all people."""
    rating_unit: float
    """Step of the five levels on the log's rating scale."""

    def __len__(self) -> int:
        return int(self.keys.size)

    @classmethod
    def from_log(cls, split: SplitLog, *, size: int | None = None, seed: int) -> Population:
        """The people of a log, from what they know (P and M, never V).

        `size` None: all of them. Smaller: those with the smallest keyed hash, in the order of the log, so that a
        smaller population is part of a bigger one. Bigger: everyone, then clones "ID~2", "ID~3" … with traits and
        history of their source and luck of their own. Raises `UserInputError` if `size` is not positive or an id of the
        log looks like a clone's.
        """
        if size is not None and size < 1:
            raise UserInputError(
                f"population.size: {size} people cannot be simulated; give at least 1, or null for all"
            )
        log = split.known.positives()
        if log.n_users == 0:
            raise UserInputError(f"dataset {split.name}: the log has no people")
        source, user_ids = _chosen(log.user_ids, log.n_users if size is None else size, seed)
        return _estimated(log, seed).take(source)._named(user_ids, seed)

    def take(self, rows: npt.NDArray[Any]) -> Population:
        """The people of these rows, in this order."""
        shared = ("popularity", "rating_unit")
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in shared})

    def person(self, row: int) -> Person:
        """One person, for reading."""
        plain = {
            f.name: float(getattr(self, f.name)[row])
            for f in fields(self)
            if isinstance(values := getattr(self, f.name), np.ndarray) and values.dtype == np.float32
            and values.ndim == 1 and f.name != "popularity"
        }  # fmt: skip
        cuts = tuple(float(cut) for cut in self.thresholds[row])
        return Person(str(self.user_ids[row]), str(self.cluster[row]), plain, cuts)

    def _named(self, user_ids: Ids, seed: int) -> Population:
        """These people under other ids, with keys and drawn traits of their own."""
        keys = keys_of(user_ids.tolist())
        drawn: dict[str, Any] = {
            "boredom_proneness": _factor(seed, "boredom_proneness", keys),
            "position_habit": _factor(seed, "position_habit", keys),
            "patience": np.where(np.isnan(self.patience), _normal(seed, "patience", keys), self.patience),
        }
        return replace(self, user_ids=user_ids, keys=keys, **drawn)


def _chosen(log_ids: Ids, size: int, seed: int) -> tuple[I32, Ids]:
    """Rows of the log and ids of the people of a population of that size."""
    n = log_ids.size
    luck = Stream.of(seed, "population", "sample").bits(keys_of(log_ids.tolist()))
    by_luck = np.lexsort((np.arange(n), luck))
    rounds = [np.sort(by_luck[: min(n, size - start)]) for start in range(0, size, n)]
    source = np.concatenate(rounds).astype(np.int32)
    names = [
        log_ids[row] if copy == 1 else f"{log_ids[row]}~{copy}" for copy, rows in enumerate(rounds, 1) for row in rows
    ]
    if len(set(names)) != len(names):
        raise UserInputError(
            "population.size: some ids of the log end in '~2' as those of clones do; rename them, "
            f"or ask for no more people than the log has ({n})"
        )
    return source, np.array(names, dtype=np.str_)


def _estimated(log: InteractionLog, seed: int) -> Population:
    """All people of a log of choices; a patience that the log does not tell is NaN."""
    count, visited = traits.interactions(log), traits.visits(log)
    unit = traits.rating_unit(log)
    mean, spread = traits.mean_and_spread(log, unit)
    sums = traits.category_sums(log, log.catalog)
    lengths = traits.session_length(count, visited)
    patience = np.where(np.isfinite(lengths), traits.standardise(lengths), np.float32(np.nan))
    neutral = np.ones(log.n_users, dtype=np.float32)
    engagement = traits.engagement(count, visited)
    return Population(
        user_ids=log.user_ids,
        keys=keys_of(log.user_ids.tolist()),
        source=np.arange(log.n_users, dtype=np.int32),
        cluster=log.user_ids,
        activity=(TYPICAL_VISITS_A_DAY * np.exp(ACTIVITY_SPREAD * engagement)).astype(np.float32),
        patience=patience.astype(np.float32),
        conformity=traits.conformity(log),
        novelty_seeking=traits.novelty_seeking(log, sums),
        boredom_proneness=neutral,
        position_habit=neutral,
        rating_mean=mean,
        rating_spread=spread,
        thresholds=traits.thresholds(traits.level_shares(log, unit)),
        expectation=np.clip(mean / unit, 1.0, 5.0).astype(np.float32),
        profile=traits.unit_rows(sums),
        popularity=traits.popularity(log),
        rating_unit=unit,
    )


def _normal(seed: int, trait: str, keys: U64) -> F32:
    drawn = Stream.of(seed, "population", trait).normal(keys)
    return np.clip(drawn, -traits.LIMIT, traits.LIMIT).astype(np.float32)


def _factor(seed: int, trait: str, keys: U64) -> F32:
    """Log-normal with mean 1."""
    factor: F32 = np.exp(HABIT_SPREAD * _normal(seed, trait, keys) - HABIT_SPREAD**2 / 2).astype(np.float32)
    return factor
