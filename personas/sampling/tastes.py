"""Genres that sampled people like and dislike: those of somebody real of like age and gender, or drawn at random.

A genre is liked if the person chooses it more than the crowd does, and disliked if less, on the scale of square roots
of shares, on which sampling error does not depend on the share (Bartlett 1936).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.randomness import U64, Stream, slot_keys

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]
Lists = tuple[tuple[str, ...], tuple[str, ...]]

MOST_LIKED, MOST_DISLIKED = 3, 2
"""How many genres are named, at most. Assumed."""
CLEAR = 0.05
"""Difference of the roots from which a genre counts. Assumed: 2.8 standard errors of a history of 800, 1 of 100."""
SEEN = 0.02
"""Share of the crowd's choices from which not choosing a genre says something. Assumed."""
ENOUGH = 20
"""People of like age and gender from which one is taken, at least; else of like gender, else anybody."""
BANDS = (18, 25, 35, 45, 55)
"""Ages that start a new band."""

GENRES: dict[str, float] = {
    "Drama": 0.17, "Comedy": 0.16, "Action": 0.12, "Thriller": 0.1, "Romance": 0.08, "Adventure": 0.07, "Crime": 0.06,
    "Sci-Fi": 0.06, "Fantasy": 0.04, "Horror": 0.04, "Animation": 0.03, "Documentary": 0.02, "Mystery": 0.02,
    "Musical": 0.01, "War": 0.01, "Western": 0.01,
}  # fmt: skip
"""Genres and the shares of the crowd's choices, where no dataset is given. Assumed."""
SPREAD = 12.0
"""How alike people are then: the sum of the parameters of a Dirichlet distribution. Assumed."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TasteSource:
    """What real people chose: whom the tastes of sampled ones are taken from."""

    names: Sequence[str]
    """Of the categories. (c,)."""
    shares: F64
    """Each person's choices by category, not negative; rows need not add up to 1. (n_people, c)."""
    gender: Texts | None = None
    """`female`, `male`, `other` or "" (unknown). (n_people,)."""
    age: F64 | None = None
    """In years, NaN where unknown. (n_people,)."""
    name: str = "a dataset"
    """For evidence."""

    def __post_init__(self) -> None:
        if self.shares.ndim != 2 or self.shares.shape[1] != len(self.names):
            raise ValueError(f"shares must have one column a name ({len(self.names)}), not shape {self.shares.shape}")
        if not np.isfinite(self.shares).all() or (self.shares < 0).any() or not self.shares.any():
            raise ValueError("shares must be finite, not negative, and not all 0")
        for column in (self.gender, self.age):
            if column is not None and len(column) != len(self.shares):
                raise ValueError(f"gender and age must have one entry a person ({len(self.shares)})")


def tastes(source: TasteSource | None, age: I64, gender: Texts, *, seed: int, keys: U64) -> list[Lists]:
    """Liked and disliked genres of people, the most so first; keyed by seed and person. (n,) each."""
    stream = Stream.of(seed, "population", "tastes")
    if source is None:
        crowd = np.array(list(GENRES.values()))
        return _lists(_drawn(crowd, stream, keys), crowd, tuple(GENRES))
    rows = np.flatnonzero(source.shares.sum(axis=1) > 0)
    shares = source.shares[rows] / source.shares[rows].sum(axis=1, keepdims=True)
    of_donors = _lists(shares, shares.mean(axis=0), tuple(source.names))
    donors = _donors(
        None if source.gender is None else source.gender[rows],
        None if source.age is None else source.age[rows],
        rows.size,
        (age, gender),
        stream.uniform(keys),
    )
    return [of_donors[donor] for donor in donors.tolist()]


def _drawn(crowd: F64, stream: Stream, keys: U64) -> F64:
    """Shares of people: a Dirichlet distribution about the crowd's. (n, c)."""
    from scipy.special import gammaincinv

    luck = stream.uniform(keys, things=slot_keys(crowd.size))
    drawn = gammaincinv(SPREAD * crowd / crowd.sum(), luck) + 1e-300
    shares: F64 = drawn / drawn.sum(axis=1, keepdims=True)
    return shares


def _donors(
    gender: Texts | None, age: F64 | None, n_donors: int, of: tuple[I64, Texts], luck: F64
) -> npt.NDArray[np.int64]:
    """A donor for each person, of like age and gender where there are enough. (n,)."""
    known = np.ones(n_donors, dtype=np.bool_) if age is None else np.isfinite(age)
    band = np.digitize(np.nan_to_num(age), BANDS) if age is not None else np.zeros(n_donors, dtype=np.int64)
    own_band = np.digitize(of[0], BANDS)
    out = np.empty(luck.size, dtype=np.int64)
    for here in np.unique(own_band):
        for own in np.unique(of[1]):
            rows = np.flatnonzero((own_band == here) & (of[1] == own))
            same_gender = np.ones(n_donors, dtype=np.bool_) if gender is None else gender == own
            same_age = np.ones(n_donors, dtype=np.bool_) if age is None else known & (band == here)
            pools = (same_gender & same_age, same_gender, same_age, np.ones(n_donors, dtype=np.bool_))
            pool = next((one for one in pools if one.sum() >= ENOUGH), pools[-1])
            donors = np.flatnonzero(pool)
            out[rows] = donors[np.minimum((luck[rows] * donors.size).astype(np.int64), donors.size - 1)]
    return out


def _lists(shares: F64, crowd: F64, names: tuple[str, ...]) -> list[Lists]:
    """Genres that each row of shares is over and under the crowd's in. The first liked one is always named."""
    over = np.sqrt(shares) - np.sqrt(crowd)
    liked = np.argsort(-over, axis=1, kind="stable")[:, :MOST_LIKED]
    likes = np.take_along_axis(over, liked, axis=1) > CLEAR
    likes[:, 0] = True
    under = np.where(crowd >= SEEN, over, 0.0)
    disliked = np.argsort(under, axis=1, kind="stable")[:, :MOST_DISLIKED]
    dislikes = np.take_along_axis(under, disliked, axis=1) < -CLEAR
    return [
        (
            tuple(names[k] for k, yes in zip(ups, are, strict=True) if yes),
            tuple(names[k] for k, yes in zip(downs, not_, strict=True) if yes),
        )
        for ups, are, downs, not_ in zip(
            liked.tolist(), likes.tolist(), disliked.tolist(), dislikes.tolist(), strict=True
        )
    ]
