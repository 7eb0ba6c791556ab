"""Catalogue coverage with an interval: how much of the catalogue a crowd was shown.

Coverage belongs to a crowd and not to a person, so its error comes from leaving out one group of people at a time (the
delete-a-group jackknife: Quenouille 1956; Kott 2001, J. Official Statistics 17). An item counts less without group g
exactly if only g saw it, so one pass over the journal gives all of the leave-one-out values. Coverage grows with the
number of people: only crowds of one size compare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simulator.randomness import keys_of

GROUPS = 20
"""Twenty groups leave 19 degrees of freedom: a t quantile within 7 % of the normal one."""

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


def group_of(cluster_ids: Sequence[str]) -> I64:
    """The jackknife group of each cluster, keyed by its id: the same in every arm, seed, mind and run. (n,)."""
    return (keys_of(cluster_ids) % np.uint64(GROUPS)).astype(np.int64)


def leave_one_out(shown: int, only: I64, present: npt.NDArray[np.bool_], catalog_size: int) -> F64:
    """Coverage of everybody, then without each group. (1 + GROUPS,); NaN for a group without people.

    Args:
        shown: how many different items were shown to anybody.
        only: how many of them were shown to people of that group alone. (GROUPS,).
        present: whether the group has anybody. (GROUPS,).
        catalog_size: number of items there are.
    """
    without = np.where(present, shown - only, np.nan)
    values: F64 = np.concatenate([[shown], without]) / catalog_size
    return values
