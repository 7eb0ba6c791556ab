"""Three parts of every history: P (the platform's), M (the person's own), V (held out).

The split is keyed by the dataset's name and by the ids of person and item, not by the seed of a run: it is the same in
every run, and adding or removing other people changes nobody's. Ties in time are broken by the same keys.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulator.datasets.dataset import Dataset
from simulator.randomness import Stream, keys_of
from simulator.records import HELD_OUT, I64, PERSON, PLATFORM, Bools, InteractionLog, SplitLog, UserInputError

FEWEST = 3
"""A history with fewer chosen items cannot have one in each part and stays wholly in P."""


def split(
    data: Dataset | InteractionLog,
    name: str | None = None,
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
    order: Literal["key", "time"] = "key",
) -> SplitLog:
    """Split each history into P, M and V of about the given `fractions`.

    Who chose three items or more has at least one in each part whose fraction is not 0. ``order="key"`` draws by lot,
    ``order="time"`` takes the latest for V and those before for M. Items passed over are split alike, apart from those
    chosen. Raises `UserInputError` for impossible fractions and, in order of time, if anybody's times are incomplete.
    """
    if isinstance(data, Dataset):
        log, name = data.log, name or data.name
    else:
        log = data
    if not name:
        raise ValueError("a log alone has no name, and the name keys the split: pass one")
    _check(fractions)
    key = _keys(log, name)
    if order == "time":
        incomplete = log.n_users - int(log.complete_times().sum())
        if incomplete:
            raise UserInputError(
                f"dataset {name}: a split in order of time needs everybody's times, and {incomplete:,} of "
                f"{log.n_users:,} people have interactions without one. Split by lot (order='key'), or keep the others "
                "(people_with_complete_times)"
            )
        primary: npt.NDArray[np.int64] | npt.NDArray[np.uint64] = log.time
    elif order == "key":
        primary = key
    else:
        raise UserInputError(f"dataset {name}: a split is in order of 'key' or 'time', not {order!r}")
    part = np.full(len(log), PLATFORM, dtype=np.uint8)
    n_chosen = np.bincount(log.user[log.clicked], minlength=log.n_users)
    divisible = (n_chosen >= FEWEST)[log.user]
    _assign(part, log, divisible & log.clicked, primary, key, fractions, at_least_one=True)
    _assign(part, log, divisible & ~log.clicked, primary, key, fractions, at_least_one=False)
    return SplitLog(name, log, part)


def people_with_complete_times(log: InteractionLog) -> InteractionLog:
    """The log of the people all of whose interactions carry a time; the others are gone from `user_ids` too."""
    keep = log.complete_times()
    row = np.cumsum(keep) - 1
    rows = log.select(keep[log.user])
    facts = {fact: values[keep] for fact, values in log.demographics.items()}
    return replace(rows, user=row[rows.user].astype(np.int32), user_ids=log.user_ids[keep], demographics=facts)


def sizes(n: I64, fractions: tuple[float, float, float], *, at_least_one: bool) -> tuple[I64, I64, I64]:
    """How many of `n` interactions go to P, M and V: M and V rounded to the nearest, P the rest. Shapes as `n`."""
    least = [int(at_least_one and fraction > 0) for fraction in fractions]
    person = np.maximum(np.floor(n * fractions[1] + 0.5).astype(np.int64), least[1])
    held_out = np.maximum(np.floor(n * fractions[2] + 0.5).astype(np.int64), least[2])
    for _ in range(2):  # rounding and the minima take at most two too many
        short = n - person - held_out < least[0]
        from_person = short & (person >= held_out)
        person = person - from_person
        held_out = held_out - (short & ~from_person)
    return n - person - held_out, person, held_out


def _assign(
    part: npt.NDArray[np.uint8],
    log: InteractionLog,
    among: Bools,
    primary: npt.NDArray[np.int64] | npt.NDArray[np.uint64],
    key: npt.NDArray[np.uint64],
    fractions: tuple[float, float, float],
    *,
    at_least_one: bool,
) -> None:
    """Write the parts of the rows `among`, each person's first ones P, the next M, the last V."""
    rows = np.flatnonzero(among)
    user = log.user[rows]
    rows = rows[np.lexsort((key[rows], primary[rows], user))]
    n = np.bincount(user, minlength=log.n_users)
    n_platform, n_person, _ = sizes(n.astype(np.int64), fractions, at_least_one=at_least_one)
    ordered = log.user[rows]
    place = np.arange(rows.size) - (np.cumsum(n) - n)[ordered]
    part[rows[place >= n_platform[ordered]]] = PERSON
    part[rows[place >= (n_platform + n_person)[ordered]]] = HELD_OUT


def _keys(log: InteractionLog, name: str) -> npt.NDArray[np.uint64]:
    """The lot of each interaction. (n,)."""
    stream = Stream.of(0, "population", f"split/{name}")
    return stream.bits(keys_of(log.user_ids.tolist())[log.user], 0, log.catalog.keys[log.item][:, None])[:, 0]


def _check(fractions: tuple[float, float, float]) -> None:
    right = len(fractions) == 3 and all(0 <= fraction <= 1 for fraction in fractions) and fractions[0] > 0
    if not right or abs(sum(fractions) - 1) > 1e-9:
        raise UserInputError(
            f"split: fractions {tuple(fractions)} must be three numbers from 0 to 1 that add up to 1, P's more than 0 "
            "(such as 0.6, 0.2, 0.2)"
        )
