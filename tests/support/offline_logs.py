"""Small logs to hold choices out of, and lists made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.records import Catalog, InteractionLog, Item

Choice = tuple[str, str] | tuple[str, str, int]


def made_log(
    choices: Sequence[Choice],
    *,
    clicked: Sequence[bool] | None = None,
    items: Sequence[str] | None = None,
    categories: Mapping[str, tuple[str, ...]] | None = None,
) -> InteractionLog:
    """A log of (user, item) or (user, item, time); everything is chosen unless `clicked` says otherwise."""
    users = sorted({choice[0] for choice in choices})
    named = sorted({choice[1] for choice in choices}) if items is None else list(items)
    kinds = categories or {}
    n = len(choices)
    return InteractionLog(
        catalog=Catalog(tuple(Item(item_id=item, categories=kinds.get(item, ())) for item in named)),
        user_ids=np.array(users, dtype=np.str_),
        user=np.array([users.index(choice[0]) for choice in choices], dtype=np.int32),
        item=np.array([named.index(choice[1]) for choice in choices], dtype=np.int32),
        rating=np.full(n, np.nan, dtype=np.float32),
        clicked=np.array([True] * n if clicked is None else clicked, dtype=np.bool_),
        time=np.array([choice[2] if len(choice) == 3 else 0 for choice in choices], dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
    )


def two_tastes(n_users: int = 80, n_items: int = 60, each: int = 14, *, timed: bool = True) -> InteractionLog:
    """People who like even items and people who like odd ones, the first items most; nine choices in ten fit."""
    draw = np.random.default_rng(11)
    choices: list[Choice] = []
    for user in range(n_users):
        fits = np.arange(n_items) % 2 == user % 2
        weight = np.where(fits, 0.9, 0.1) / np.sqrt(1 + np.arange(n_items))
        chosen = draw.choice(n_items, size=each, replace=False, p=weight / weight.sum())
        for item in chosen.tolist():
            when = (int(draw.integers(1, 10**6)),) if timed else ()
            choices.append((f"u{user:03d}", f"i{item:03d}", *when))
    kinds = {f"i{item:03d}": (("even", "odd")[item % 2], f"third {item % 3}") for item in range(n_items)}
    return made_log(choices, items=[f"i{item:03d}" for item in range(n_items)], categories=kinds)


def pairs_of(log: InteractionLog) -> set[tuple[str, str]]:
    """(user, item) ids of what was chosen."""
    chosen = log.positives()
    return set(zip(log.user_ids[chosen.user].tolist(), log.catalog.item_ids[chosen.item].tolist(), strict=True))


def lists(*rows: Sequence[int]) -> npt.NDArray[np.int32]:
    """Lists of one width, filled up with -1."""
    width = max(len(row) for row in rows)
    return np.array([[*row, *[-1] * (width - len(row))] for row in rows], dtype=np.int32)


def wanted(n_items: int, *rows: Sequence[int]) -> sparse.csr_matrix:
    """What is held out of each person, as a binary matrix."""
    out = np.zeros((len(rows), n_items), dtype=np.float32)
    for row, items in enumerate(rows):
        out[row, list(items)] = 1.0
    return sparse.csr_matrix(out)
