"""People from personas: what is stated is taken, what follows from the Big Five is expected, and the rest is drawn.

trait = stated, or inferred + sqrt(1 - confidence) × normal, else links(Big Five, age, gender) + sqrt(1 - explained) ×
normal, in sd, keyed by seed and person
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from personas import estimation, links
from personas.sampling.ratings import BY_PICKINESS, mean_and_spread, shares_of
from personas.schema import Persona
from personas.traits import BEHAVIOURAL, BIG_FIVE, LIMIT, activity_to_sd, sd_to_activity, to_sd
from simulator.population.drawing import factor, normal, plausible
from simulator.population.from_log import chosen
from simulator.population.imagined import as_many_as, imagined_choices
from simulator.population.people import PLAIN, Later, Population
from simulator.randomness import U64, keys_of
from simulator.records import F32, I32, Ids, SplitLog, UserInputError

F64 = npt.NDArray[np.float64]
_STEPS = 40
NARROWEST = 0.2
"""Least spread of ratings, in levels: what divides by it must not divide by 0."""


def from_personas(people: Sequence[Persona], split: SplitLog, *, size: int | None = None, seed: int) -> Population:
    """The people of these personas, strangers to the log of `split`, whose catalogue and rating scale they use.

    `size` None: one for each persona; otherwise as of a log (`from_log`): fewer by lot, or clones "ID~2", "ID~3" …
    with the same stated traits and tastes, and luck and drawn traits of their own. Raises `UserInputError` if there is
    nobody, if `size` is not positive, or if an id is that of a person of the log.
    """
    if not people or (size is not None and size < 1):
        raise UserInputError("population: nobody can be simulated; give at least one persona and a positive size")
    ids = np.array([persona.id for persona in people], dtype=np.str_)
    if both := sorted(set(ids.tolist()) & set(split.log.user_ids.tolist())):
        raise UserInputError(f"population: a persona and a person of the log have the same id, {both[0]!r}. Rename one")
    source, user_ids = chosen(ids, len(people) if size is None else size, seed)
    first = {int(row): people[row].as_of(0) for row in np.unique(source)}  # clones of a persona share it
    now = _people([first[int(row)] for row in source], user_ids, ids[source], split, seed)
    return _with_later(now, [people[row] for row in source], split, seed)


def _with_later(now: Population, cast: Sequence[Persona], split: SplitLog, seed: int) -> Population:
    owner, day, later = [], [], []
    made: dict[tuple[str, int], Persona] = {}
    for row, persona in enumerate(cast):
        for change in persona.changes:
            key = (persona.id, change.from_day)
            made[key] = made.get(key) or persona.as_of(change.from_day)
            owner.append(row)
            day.append(change.from_day)
            later.append(made[key])
    if not owner:
        return now
    rows = np.array(owner, dtype=np.int32)
    assert now.own is not None
    before = np.diff(now.own.indptr)[rows].astype(np.int32)
    people = _people(later, now.user_ids[rows], now.cluster[rows], split, seed, before)
    return replace(now, later=Later(owner=rows, from_day=np.array(day, dtype=np.int32), people=people))


def _people(
    cast: Sequence[Persona], user_ids: Ids, clusters: Ids, split: SplitLog, seed: int, before: I32 | None = None
) -> Population:
    """One version of each person; ids may occur more than once, and the luck of a person is that of the id.

    `before`: how much they had chosen elsewhere before the run, (n,); None: as much as their activity lets expect.
    """
    log = split.known.positives()
    keys, unit = keys_of(user_ids.tolist()), estimation.rating_unit(log)
    sd = traits_in_sd(cast, keys, seed)
    mean, spread, shares = _rating_style(cast, sd["pickiness"], keys, seed)
    popularity = estimation.popularity(log)
    many = as_many_as(log, sd["activity"]) if before is None else before
    own = imagined_choices(cast, keys, split.catalog, popularity, many, seed=seed)
    sums = np.asarray(own @ split.catalog.categories.astype(np.float64))
    personas = np.empty(len(cast), dtype=object)
    personas[:] = cast
    plain: dict[str, Any] = {name: sd[name] for name in PLAIN}
    return Population(
        user_ids=user_ids,
        keys=keys,
        source=np.full(len(cast), -1, dtype=np.int32),
        cluster=clusters,
        activity=_activity(cast, sd["activity"]),
        boredom_proneness=factor(sd["diversity"]),
        position_habit=factor(sd["position_habit"]),
        rating_mean=(mean * unit).astype(np.float32),
        rating_spread=(spread * unit).astype(np.float32),
        thresholds=estimation.thresholds(shares),
        expectation=mean.astype(np.float32),
        profile=estimation.unit_rows(sums),
        popularity=popularity,
        rating_unit=unit,
        own=own,
        personas=personas,
        **plain,
    )


def _activity(cast: Sequence[Persona], sd: F32) -> F32:
    """Visits a day: as stated, however rare or frequent, else those of so many standard deviations. (n,)."""
    stated = np.array([_number(persona.behaviour.activity) for persona in cast])
    return np.where(np.isfinite(stated), stated, sd_to_activity(sd)).astype(np.float32)


def traits_in_sd(cast: Sequence[Persona], keys: U64, seed: int) -> Mapping[str, F32]:
    """Every behavioural trait of each person, in sd within ±2.5. (n,) each."""
    n = len(cast)
    expected = np.zeros((n, len(links.TRAITS)))
    known: list[dict[str, float]] = [_expected(persona) for persona in cast]
    for row, found in enumerate(known):
        for name, value in found.items():
            expected[row, links.TRAITS.index(name)] = value
    left = np.array([_left(persona) for persona in cast]).reshape(n, len(links.TRAITS))
    out: dict[str, F32] = {}
    for nth, trait in enumerate(BEHAVIOURAL):
        to = activity_to_sd if trait.name == "activity" else to_sd
        stated = np.array([_number(getattr(persona.behaviour, trait.name)) for persona in cast])
        told = np.isfinite(stated)
        reached = np.array([trait.name in found for found in known])
        drawn = expected[:, nth] + np.where(reached, left[:, nth], 1.0) * normal(seed, trait.name, keys)
        sure = np.array([_confidence(persona, trait.name) for persona in cast])
        as_told = plausible(to(np.where(told, stated, 0.5)), sure, seed, trait.name, keys)
        out[trait.name] = np.where(told, as_told, np.clip(drawn, -LIMIT, LIMIT)).astype(np.float32)
    return out


def _left(persona: Persona) -> F64:
    """Spread that is left of each trait by those of the Big Five that are known, in sd. (n_traits,)."""
    known = tuple(getattr(persona.personality, name) is not None for name in BIG_FIVE)
    return _left_by(known if persona.personality.mbti is None else tuple(name != "neuroticism" for name in BIG_FIVE))


@lru_cache(maxsize=64)
def _left_by(known: tuple[bool, ...]) -> F64:
    left: F64 = np.sqrt(np.maximum(1 - links.explained(known=known), 0.0))
    return left


def _expected(persona: Persona) -> dict[str, float]:
    """What the links say of the traits that the persona does not state, in sd."""
    if all(getattr(persona.behaviour, trait.name) is not None for trait in BEHAVIOURAL):
        return {}
    return links.derived(persona)


def _rating_style(cast: Sequence[Persona], pickiness: F32, keys: U64, seed: int) -> tuple[F64, F64, F64]:
    """Mean and spread in levels (n,), and shares of the five levels (n, 5): stated as far as they are, else those that
    go with the person's pickiness."""
    rest = np.sqrt(1 - BY_PICKINESS**2)
    centre = -BY_PICKINESS * pickiness.astype(np.float64) + rest * normal(seed, "rating centre", keys)
    drawn = np.stack([centre, normal(seed, "rating spread", keys).astype(np.float64)])
    stated = np.array([[_number(getattr(one.ratings, name)) for one in cast] for name in ("mean", "spread")])
    shares = shares_of(*_fitted(stated, drawn))
    for row, persona in enumerate(cast):
        if persona.ratings.shares is not None:
            shares[row] = np.array(persona.ratings.shares) / sum(persona.ratings.shares)
    level, width = mean_and_spread(shares)
    return level, np.maximum(width, NARROWEST), shares


def _fitted(stated: F64, latent: F64) -> F64:
    """Latent centre and width that give the stated mean and spread as nearly as five levels can, by bisection in turns;
    what is not stated (NaN) stays as it is. (2, n) each."""
    told, latent = np.isfinite(stated), latent.copy()
    for which in (0, 1, 0, 1, 0):  # the two hardly depend on each other
        if not told[which].any():
            continue
        low, high = (np.full(latent.shape[1], end) for end in (-12.0, 12.0))
        for _ in range(_STEPS):
            tried = latent.copy()
            tried[which] = (low + high) / 2
            below = mean_and_spread(shares_of(*tried))[which] < stated[which]
            low, high = np.where(below, tried[which], low), np.where(below, high, tried[which])
        latent[which] = np.where(told[which], (low + high) / 2, latent[which])
    return latent


def _confidence(persona: Persona, trait: str) -> float:
    """1 of what is stated or was sampled; of what was inferred, its reliability."""
    origin = persona.origin(f"behaviour.{trait}")
    return 1.0 if origin.how != "inferred" or origin.confidence is None else origin.confidence


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
