"""Age, gender, occupation and place of people: a joint table with the wanted margins, and whole people out of it.

The seed table multiplies margins and associations. It is raked to the marginals that ship; then to those that the user
gives, so that what is not given follows: a crowd of teenagers is one of pupils. People are allotted by controlled
rounding, one variable after the other, each table raked before to what has become of the variables before it, so that
every margin of even a small crowd is within a person or two of its target.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from personas.sampling import associations as seeds
from personas.sampling.marginals import VARIABLES, Marginals, default_marginals
from personas.sampling.places import country_of
from personas.sampling.raking import raked
from personas.sampling.rounding import rounded
from simulator.randomness import U64, Stream
from simulator.records import UserInputError

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

TOO_FAR = 0.002
"""A margin that raking cannot bring nearer than this to its target is reported as impossible."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Joint:
    """The table that people are drawn from."""

    categories: tuple[tuple[str, ...], ...]
    """By `VARIABLES`."""
    targets: tuple[F64, ...]
    """Shares by `VARIABLES`: given ones, and of the others what follows."""
    given: frozenset[str]
    """The variables whose margins are targets."""
    table: F64
    """Shares that add up to 1, by `VARIABLES`."""
    years: F64
    """People by year of age, bracket and occupation, up to a factor. (n_brackets, 88, n_occupations)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class People:
    """Demographics of people: rows of `joint.categories` and ages in years. (n,) each."""

    joint: Joint
    bracket: I64
    gender: I64
    occupation: I64
    place: I64
    age: I64

    def rows(self) -> tuple[I64, I64, I64, I64]:
        """By `VARIABLES`."""
        return self.bracket, self.gender, self.occupation, self.place


def joint_table(marginals: Marginals | None = None) -> Joint:
    """The joint table of the given marginals, or of those that ship. Raises UserInputError if they contradict."""
    default = default_marginals()
    typical = _seed(default, default, {})
    wanted = {axis: default.shares[name][1] for axis, name in enumerate(VARIABLES)}
    if marginals is None:
        return _raked(typical, wanted, default.name)
    # What raking to the shipped margins does to each category stays in the table that the user's margins start from.
    factors = raked(typical.table, wanted).factors
    seed = _seed(marginals, default, {name: factors[axis] for axis, name in enumerate(VARIABLES)})
    given = {axis: marginals.shares[name][1] for axis, name in enumerate(VARIABLES) if name in marginals.shares}
    return _raked(seed, given, marginals.name)


def _seed(marginals: Marginals, default: Marginals, factors: dict[str, F64]) -> Joint:
    """The table before raking, over the categories of `marginals`, else of `default`; `factors` are of the default's
    categories. (A user's own brackets of age get none: their margin is given.)"""
    categories = tuple((marginals if name in marginals.shares else default).shares[name][0] for name in VARIABLES)
    brackets = marginals.brackets or default.brackets
    by_year = seeds.of_years(default.brackets, default.shares["age"][1])
    year = seeds.YEARS
    inside = np.array([(year >= start) & (year <= end) for start, end in brackets])
    years = inside[:, :, None] * (by_year[:, None] * seeds.age_by_occupation(categories[2]))
    by_age = factors["age"] if factors and not marginals.brackets else np.ones(len(brackets))
    gender, occupation, place = (
        _weights(own, *default.shares[name], factors.get(name))
        for name, own in zip(VARIABLES[1:], categories[1:], strict=True)
    )
    by_gender = seeds.gender_by_occupation(categories[2])[[seeds.GENDERS.index(one) for one in categories[1]]]
    by_place = seeds.age_by_place([country_of(one) for one in categories[3]])
    table = np.einsum("a,ayo,yp,go->agop", by_age, years, by_place, by_gender)
    table *= gender[:, None, None] * occupation[:, None] * place
    return Joint(categories=categories, targets=(), given=frozenset(marginals.shares), table=table, years=years)


def _weights(own: tuple[str, ...], known: tuple[str, ...], shares: F64, factors: F64 | None) -> F64:
    """A weight for each category: its share times its factor; of a new one, what is typical of the known."""
    scale = np.ones_like(shares) if factors is None else factors
    used = shares > 0
    middle = float(np.exp(np.log(scale[used]).mean()))
    weight = dict(zip(known, shares * scale, strict=True))
    weight["pupil"] = seeds.SCHOOL * middle
    return np.array([weight.get(name, float(shares[used].mean()) * middle) for name in own])


def _raked(seed: Joint, wanted: dict[int, F64], name: str) -> Joint:
    found = raked(seed.table, wanted)
    margins = tuple(_margin(found.table, axis) for axis in range(len(VARIABLES)))
    if found.worst > TOO_FAR:
        raise UserInputError(f"{name}: {_impossible(seed, wanted, margins)}")
    targets = tuple(wanted.get(axis, margins[axis]) for axis in range(len(VARIABLES)))
    return Joint(categories=seed.categories, targets=targets, given=seed.given, table=found.table, years=seed.years)


def _impossible(seed: Joint, wanted: dict[int, F64], margins: tuple[F64, ...]) -> str:
    """Which shares contradict each other, with the nearest that can be had."""
    told = []
    for axis, target in wanted.items():
        for category, share, had in zip(seed.categories[axis], target, margins[axis], strict=True):
            if (off := abs(share - had)) > TOO_FAR:
                told.append((off, f"{VARIABLES[axis]} {category} {had:.3g} instead of {share:.3g}"))
    nearest = ", ".join(what for _, what in sorted(told, reverse=True)[:3])
    return (
        f"the shares contradict each other: {_nobody(seed, wanted) or f'the nearest crowd has {nearest}'}. "
        "Change the shares, or name an occupation that goes with these ages"
    )


def _nobody(seed: Joint, wanted: dict[int, F64]) -> str:
    """A category that goes with nothing else that has a share, in words; "" if there is none."""
    table = seed.table.copy()
    for axis, target in wanted.items():
        table = table * (target > 0).reshape([-1 if k == axis else 1 for k in range(table.ndim)])
    for axis, target in wanted.items():
        for nth in np.flatnonzero((target > 0) & (_margin(table, axis) == 0)):
            name = seed.categories[axis][nth]
            other = "occupation" if VARIABLES[axis] == "age" else "age"
            return (
                f"{VARIABLES[axis]} {name} has a share of {target[nth]:.3g}, but no {other} that has one goes with it"
            )
    return ""


def _margin(table: F64, axis: int) -> F64:
    margin: F64 = table.sum(axis=tuple(k for k in range(table.ndim) if k != axis))
    return margin


def allotted(joint: Joint, n: int, *, seed: int, keys: U64) -> People:
    """n people of the table, in an order of chance; `keys` (n,) are theirs."""
    counts = np.array([n], dtype=np.int64)
    for axis in range(len(VARIABLES)):
        stream = Stream.of(seed, "population", f"allotting {VARIABLES[axis]}")
        counts = _extended(joint, counts, axis, n, stream)
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    order = np.argsort(Stream.of(seed, "population", "order").bits(keys), kind="stable")
    cell = np.empty(n, dtype=np.int64)
    cell[order] = cells
    bracket, gender, occupation, place = np.unravel_index(cell, counts.shape)
    age = _ages(joint, bracket, occupation, Stream.of(seed, "population", "age").uniform(keys))
    return People(joint=joint, bracket=bracket, gender=gender, occupation=occupation, place=place, age=age)


def _extended(joint: Joint, counts: I64, axis: int, n: int, stream: Stream) -> I64:
    """Numbers of people by the variables up to `axis`, from those by the ones before it."""
    table = joint.table.sum(axis=tuple(range(axis + 1, joint.table.ndim)))
    rows = table.reshape(-1, table.shape[-1])
    used = np.flatnonzero(counts.ravel())
    people = counts.ravel()[used].astype(np.float64)
    # The margin is aimed at anew, for the rows have been rounded; the rows come last and hold exactly.
    expected = raked(rows[used], {1: joint.targets[axis], 0: people / n}).table
    expected *= (people / expected.sum(axis=1))[:, None]
    out = np.zeros(rows.shape, dtype=np.int64)
    out[used] = rounded(expected, stream)
    return out.reshape(table.shape)


def _ages(joint: Joint, bracket: I64, occupation: I64, luck: F64) -> I64:
    """A year of age within each person's bracket, as likely as it is for their occupation."""
    age = np.empty(bracket.size, dtype=np.int64)
    pair = bracket * joint.years.shape[2] + occupation
    order = np.argsort(pair, kind="stable")
    cuts = np.flatnonzero(np.diff(pair[order], prepend=-1, append=-1))
    for start, end in pairwise(cuts):
        rows = order[start:end]
        weight = joint.years[bracket[rows[0]], :, occupation[rows[0]]]
        upper = np.cumsum(weight) / weight.sum()
        age[rows] = seeds.YEARS[np.minimum(np.searchsorted(upper, luck[rows], side="right"), seeds.YEARS.size - 1)]
    return age
