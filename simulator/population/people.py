"""The record of a population: one row a person, and what of some of them changes on a later day."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.randomness import U64, keys_of
from simulator.records import F32, I32, Ids

SHARED = ("popularity", "rating_unit")
"""What is the same for all people of a population."""
PLAIN = (
    "patience",
    "conformity",
    "novelty_seeking",
    "pickiness",
    "impulsivity",
    "price_sensitivity",
    "trust_in_reviews",
    "trust_in_popularity",
    "headline_susceptibility",
    "thumbnail_susceptibility",
)
"""The traits that a population has in sd; activity is in visits a day, boredom and position habit are factors."""
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Person:
    """One person by name: a light view of one row."""

    user_id: str
    source: str
    traits: dict[str, float]
    thresholds: tuple[float, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Population:
    """People as arrays, one row a person. All (n,) and float32 unless said otherwise.

    Traits "in sd" are in standard deviations over people, within ±2.5; `personas.traits` says what each means.
    """

    user_ids: Ids
    keys: U64
    source: I32
    """Row of each person in the log's `user_ids`; -1 for people who are not in it."""
    cluster: Ids
    """Id of the person of the log, or of the persona, that this one is, or is a clone of: the unit of resampling."""
    activity: F32
    """Visits a day."""
    patience: F32
    """In sd."""
    conformity: F32
    """In sd."""
    novelty_seeking: F32
    """In sd: the lasting trait, about which each session's state varies."""
    boredom_proneness: F32
    """Factor around 1: `personas.traits` calls the trait behind it diversity."""
    position_habit: F32
    """Factor around 1 on the effort of looking further down."""
    pickiness: F32
    """In sd."""
    impulsivity: F32
    """In sd."""
    price_sensitivity: F32
    """In sd."""
    trust_in_reviews: F32
    """In sd."""
    trust_in_popularity: F32
    """In sd."""
    headline_susceptibility: F32
    """In sd."""
    thumbnail_susceptibility: F32
    """In sd."""
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
    """What everybody knows of the items: log popularity in sd. (n_items,), the same for all people."""
    rating_unit: float
    """Step of the five levels on the log's rating scale."""
    own: sparse.csr_matrix | None = None
    """What people who are not in the log have chosen elsewhere, binary float32, empty for those of the log. None: all
    are in the log. (n, n_items)."""
    personas: Objects | None = None
    """The `Persona` of each person, None for those without one; None: nobody has one."""
    said: Objects | None = None
    """What each person came to say of their tastes while they lived (`personas.schema.Tastes`), None for those who said
    nothing; None: nobody did."""
    visitor: I32 | None = None
    """Row of each person in the log of a warm-up, -1 for those who took no part; None: there was none."""
    later: Later | None = None
    """What of whom changes on a later day; None: nothing."""

    def __len__(self) -> int:
        return int(self.keys.size)

    @property
    def known_as(self) -> I32:
        """Row of each person in the log that the platform has: that of the warm-up where they took part. (n,)."""
        if self.visitor is None:
            return self.source
        return np.where(self.visitor < 0, self.source, self.visitor).astype(np.int32)

    def take(self, rows: npt.NDArray[Any]) -> Population:
        """The people of these rows, in this order."""
        moved: dict[str, Any] = {
            f.name: value[rows]
            for f in fields(self)
            if f.name not in (*SHARED, "later") and (value := getattr(self, f.name)) is not None
        }
        return replace(self, **moved, later=None if self.later is None else self.later.of(rows))

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

    def persona(self, row: int) -> Any:
        """The persona of one person, or None."""
        return None if self.personas is None else self.personas[row]

    def renamed(self, user_ids: Ids, **changed: Any) -> Population:
        """These people under other ids, with the keys that go with them."""
        return replace(self, user_ids=user_ids, keys=keys_of(user_ids.tolist()), **changed)


@dataclass(frozen=True, eq=False, kw_only=True)
class Later:
    """How m people will be from some day on; a person may be there more than once. Sorted by owner, then day."""

    owner: I32
    """Row of the population. (m,)."""
    from_day: I32
    """Simulated day from which the row holds. (m,)."""
    people: Population = field(repr=False)
    """As they will be, with the ids and keys that they have. (m,)."""

    def of(self, rows: npt.NDArray[Any]) -> Later | None:
        """The changes of the people of these rows of the population, for a population of these rows."""
        start, end = (np.searchsorted(self.owner, rows, side=side) for side in ("left", "right"))
        length = end - start
        if not length.any():
            return None
        owner = np.repeat(np.arange(len(rows), dtype=np.int32), length)
        kept = np.repeat(start, length) + np.arange(owner.size) - np.repeat(np.cumsum(length) - length, length)
        return Later(owner=owner, from_day=self.from_day[kept], people=self.people.take(kept))


def joined(one: Population, other: Population) -> Population:
    """The people of both, one after the other; they must be of the same catalogue. Ids are not compared."""
    n = len(one)
    moved: dict[str, Any] = {}
    for f in fields(one):
        if f.name in (*SHARED, "later"):
            continue
        mine, theirs = getattr(one, f.name), getattr(other, f.name)
        if mine is None and theirs is None:
            continue
        mine, theirs = (
            _blank(f.name, people) if part is None else part for part, people in ((mine, one), (theirs, other))
        )
        moved[f.name] = sparse.vstack([mine, theirs], "csr") if f.name == "own" else np.concatenate([mine, theirs])
    parts = [(0, one.later), (n, other.later)]
    moved_later = [replace(later, owner=later.owner + np.int32(start)) for start, later in parts if later is not None]
    later = moved_later[0] if moved_later else None
    if len(moved_later) == 2:
        later = Later(
            owner=np.concatenate([part.owner for part in moved_later]),
            from_day=np.concatenate([part.from_day for part in moved_later]),
            people=joined(moved_later[0].people, moved_later[1].people),
        )
    return replace(one, **moved, later=later)


def _blank(name: str, people: Population) -> Any:
    """What stands for an optional column that a population lacks."""
    n = len(people)
    if name == "own":
        return sparse.csr_matrix((n, people.popularity.size), dtype=np.float32)
    return np.full(n, None, dtype=object) if name in ("personas", "said") else np.full(n, -1, dtype=np.int32)
