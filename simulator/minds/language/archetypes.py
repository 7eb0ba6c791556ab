"""Archetypes: groups of people who are alike, one representative each.

People are placed by two halves that count the same: their traits (how often they come, their patience, conformity,
novelty seeking and use of the rating scale, each standardised) and the unit vector of their categories. Each half is
scaled to a mean squared distance of 1 from its centre (multiple factor analysis: Escofier & Pagès, Computational
Statistics & Data Analysis 1994). Groups are those of k-means (Lloyd, IEEE Transactions on Information Theory 1982) from
spread-out starts (k-means++: Arthur & Vassilvitskii, SODA 2007) that are drawn by keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from personas.estimation import unit_rows
from simulator.population import Population
from simulator.randomness import U64, Stream, keys_of
from simulator.records import F32, I32, Ids, UserInputError

F64 = npt.NDArray[np.float64]

MAX_PEOPLE = 20_000
"""People from whom the groups are learnt, at most; all others join the nearest."""
_ROUNDS = 100
_TRAITS = ("activity", "patience", "conformity", "novelty_seeking", "rating_mean", "rating_spread")
_LEVELS = (
    "rating_mean",
    "rating_spread",
    "patience",
    "conformity",
    "novelty_seeking",
    "pickiness",
    "impulsivity",
    "thresholds",
    "expectation",
)
"""What a representative has the mean of. Activity is averaged in logarithms, the profile as a direction."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Archetypes:
    """k groups of people."""

    ids: Ids
    """(k,)."""
    size: I32
    """People of each group among those from whom the groups were made. (k,)."""
    people: Population
    """A representative of each group: the history of its medoid, the mean of its traits. `source` is the medoid's row
    in the log, `user_ids` are `ids`. (k,)."""
    centres: F64
    """(k, n_features)."""
    shift: F64
    """(n_features,)."""
    scale: F64
    """(n_features,)."""

    @classmethod
    def of(cls, people: Population, k: int, *, seed: int) -> Self:
        """Group `people` into `k` archetypes; into fewer where fewer of them differ.

        Equal people and seed give equal groups, in any order of the people. Raises UserInputError if `k` is not
        positive or above the number of people.
        """
        if not 1 <= k <= len(people):
            raise UserInputError(
                f"mind.archetypes: {k} archetypes cannot be made of {len(people)} people. Give 1 to {len(people)}"
            )
        stream = Stream.of(seed, "mind", "archetypes")
        order = np.lexsort((people.user_ids, stream.bits(people.keys)))
        some = people.take(order[:MAX_PEOPLE])
        raw, width = _features(some), len(_TRAITS)
        shift, scale = raw.mean(axis=0), np.ones(raw.shape[1])
        spread = raw[:, :width].std(axis=0)
        scale[:width] = np.divide(1, spread, out=np.zeros(width), where=spread > 1e-9) / np.sqrt(width)
        length = float(np.sqrt(((raw[:, width:] - shift[width:]) ** 2).sum(axis=1).mean()))
        scale[width:] = 1 / length if length > 1e-9 else 0.0
        points = (raw - shift) * scale
        centres = _lloyd(points, _starts(points, k, stream, some.keys))
        nearest = _nearest(points, centres)
        used, group = np.unique(nearest, return_inverse=True)
        medoid = np.array([_medoid(points, np.flatnonzero(group == nth)) for nth in range(used.size)])
        # Groups are numbered by their medoid's id, so that a number means nothing about the order of the draws.
        rank = np.argsort(some.user_ids[medoid], kind="stable")
        place = np.empty_like(rank)
        place[rank] = np.arange(rank.size)
        group, medoid = place[group], medoid[rank]
        ids = np.array([f"archetype-{nth}" for nth in range(rank.size)], dtype=np.str_)
        return cls(
            ids=ids,
            size=np.bincount(
                _nearest((_features(people) - shift) * scale, centres[used][rank]), minlength=rank.size
            ).astype(np.int32),
            people=_representatives(some, group, medoid, ids),
            centres=centres[used][rank],
            shift=shift,
            scale=scale,
        )

    def assign(self, people: Population) -> I32:
        """The archetype of each person, a row of `ids`. A person's does not depend on who else is asked about. (n,)."""
        return _nearest((_features(people) - self.shift) * self.scale, self.centres)

    def __len__(self) -> int:
        return int(self.ids.size)


def _features(people: Population) -> F64:
    """(n, n_traits + n_categories)."""
    values = {name: getattr(people, name).astype(np.float64) for name in _TRAITS}
    values["activity"] = np.log(values["activity"])
    return np.hstack([np.stack(list(values.values()), axis=1), people.profile.astype(np.float64)])


def _starts(points: F64, k: int, stream: Stream, keys: U64) -> F64:
    """The first point, then one after another with a chance that grows with the square of its distance."""
    chosen = [0]
    distance = ((points - points[0]) ** 2).sum(axis=1)
    while len(chosen) < k and distance.max() > 1e-12:
        # The largest of Gumbel plus log weight is a draw by weight, and belongs to people and not to an order.
        with np.errstate(divide="ignore"):
            lot = np.log(distance) + stream.gumbel(keys, len(chosen))
        chosen.append(int(lot.argmax()))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]


def _lloyd(points: F64, centres: F64) -> F64:
    """Means of the points nearest to each centre, until nobody changes sides. A centre without points stays."""
    group = np.full(len(points), -1, dtype=np.int32)
    for _ in range(_ROUNDS):
        nearest = _nearest(points, centres)
        if np.array_equal(nearest, group):
            break
        group = nearest
        count = np.bincount(group, minlength=len(centres))
        sums = np.stack([np.bincount(group, column, len(centres)) for column in points.T], axis=1)
        centres = np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], centres)
    return centres


def _nearest(points: F64, centres: F64) -> I32:
    """Row of the nearest centre, the first of equals. (n,)."""
    # Column by column, each distance is summed in the same order whatever the number of points.
    out = np.empty(len(points), dtype=np.int32)
    for start in range(0, len(points), 4096):
        some = points[start : start + 4096]
        distance = np.zeros((len(some), len(centres)))
        for column, centre in zip(some.T, centres.T, strict=True):
            distance += (column[:, None] - centre) ** 2
        out[start : start + 4096] = distance.argmin(axis=1)
    return out


def _medoid(points: F64, members: npt.NDArray[np.intp]) -> int:
    """The member nearest to the members' mean."""
    own = points[members]
    return int(members[((own - own.mean(axis=0)) ** 2).sum(axis=1).argmin()])


def _representatives(
    people: Population, group: npt.NDArray[np.intp], medoid: npt.NDArray[np.intp], ids: Ids
) -> Population:
    count = np.bincount(group)

    def mean(values: F32) -> F32:
        wide = values.astype(np.float64).reshape(len(values), -1)
        sums = np.stack([np.bincount(group, column) for column in wide.T], axis=1)
        return (sums / count[:, None]).reshape(-1, *values.shape[1:]).astype(np.float32)

    means: dict[str, Any] = {name: mean(getattr(people, name)) for name in _LEVELS}
    return replace(
        people.take(medoid),
        user_ids=ids,
        keys=keys_of(ids.tolist()),
        cluster=ids,
        activity=np.exp(mean(np.log(people.activity))),
        profile=unit_rows(mean(people.profile)),
        **means,
    )
