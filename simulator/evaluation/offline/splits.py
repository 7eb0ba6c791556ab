"""What is held out of a log to judge recommenders by: each person's last choices, or everybody's after one moment.

Two questions want two splits. ``per_user`` holds out a share of each person's choices, so that everybody counts and
small logs suffice; but models then learn from choices that others made after a held-out one (`leakage` says how many).
``global_time`` cuts the log at one moment, as a platform does that trains at night and serves by day; nothing of the
future is learnt from, and only those who came before and after are judged (Ji, Sun, Zhang & Li, "A critical study on
data leakage in recommender system offline evaluation", ACM TOIS 41(3), 2023).

A person's choice of an item counts once, at its first time, and never falls on both sides. Lots and ties in time are
drawn by keys of person and item, so that adding or removing other people changes nobody's split.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.randomness import U64, Stream, keys_of
from simulator.records import I32, I64, Bools, InteractionLog, UserInputError

Order = Literal["auto", "time", "random"]
Scheme = Literal["per_user", "global_time"]

FEWEST = 2
"""Who chose fewer items has none held out: one must be left to learn from."""
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False, kw_only=True)
class Holdout:
    """A log in two: what recommenders learn from, and what they are judged by. People and catalogue are the log's."""

    train: InteractionLog
    test: InteractionLog
    """One row a held-out choice: the first of that person and item."""
    scheme: Scheme
    order: Literal["time", "random", "mixed"]
    """What was held out of a person: the last choices, or some by lot. `mixed`: by lot where times are incomplete."""
    share: float
    why: str
    """What was done and why, in one or two sentences."""

    @cached_property
    def people(self) -> I32:
        """The rows of `user_ids` of those who are judged, ascending."""
        return np.unique(self.test.user).astype(np.int32)

    @cached_property
    def relevant(self) -> sparse.csr_matrix:
        """What each of `people` chose and is held out, binary float32, columns sorted. (len(people), n_items)."""
        return self.test.matrix()[self.people]


def hold_out(
    log: InteractionLog,
    *,
    share: float = 0.1,
    order: Order = "auto",
    scheme: Scheme = "per_user",
    salt: str = "",
) -> Holdout:
    """Hold out about `share` of the choices in `log`.

    Args:
        log: what the platform knows; items passed over may be in it and stay with what is learnt from, apart from those
            that come after a person's first held-out choice or are of a held-out pair.
        share: the part of choices to hold out, between 0 and 1; of a person at least one choice and never all.
        order: ``time``, ``random`` (by lot), or ``auto``: by time for each person all of whose times are known.
        scheme: ``per_user``, or ``global_time`` (one moment for all; those without a choice before it are not judged).
        salt: keys the lots, such as the dataset's name.

    Raises:
        UserInputError: an impossible share, times that are asked for and missing, or nobody with two choices.
    """
    if not 0 < share < 1:
        raise UserInputError(f"hold_out: share must lie between 0 and 1 (such as 0.1), not {share:g}")
    if order not in ("auto", "time", "random"):
        raise UserInputError(f"hold_out: order must be auto, time or random, not {order!r}")
    first = _first_choices(log)
    if scheme == "per_user":
        return _per_user(log, first, share, order, salt)
    if scheme == "global_time":
        return _global_time(log, first, share, order)
    raise UserInputError(f"hold_out: scheme must be per_user or global_time, not {scheme!r}")


def _first_choices(log: InteractionLog) -> I64:
    """The row of each distinct (person, item) that was chosen, the earliest of several. Ascending."""
    chosen = np.flatnonzero(log.clicked)
    pair = _pairs(log)[chosen]
    order = np.lexsort((chosen, log.time[chosen], pair))
    ordered = pair[order]
    new = np.ones(ordered.size, dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    rows: I64 = np.sort(chosen[order[new]])
    return rows


def _pairs(log: InteractionLog) -> I64:
    return log.user.astype(np.int64) * len(log.catalog) + log.item


def _lots(log: InteractionLog, rows: I64, salt: str) -> U64:
    stream = Stream.of(0, "population", f"holdout/{salt}")
    people, items = keys_of(log.user_ids.tolist())[log.user[rows]], log.catalog.keys[log.item[rows]]
    return stream.bits(people, 0, items[:, None])[:, 0]


def _per_user(log: InteractionLog, first: I64, share: float, order: Order, salt: str) -> Holdout:
    user = log.user[first]
    n = np.bincount(user, minlength=log.n_users)
    judged = n >= FEWEST
    if not judged.any():
        raise UserInputError(
            f"hold_out: none of the {log.n_users:,} people chose two items, so nothing can be held out. Use a log with "
            "longer histories"
        )
    by_time = log.complete_times() if order != "random" else np.zeros(log.n_users, dtype=np.bool_)
    lacking = int((judged & ~by_time).sum())
    if order == "time" and lacking:
        raise UserInputError(
            f"hold_out: order 'time' needs the time of every choice, and {lacking:,} of {int(judged.sum()):,} people "
            "have interactions without one. Use order 'auto' or 'random', or map a time column in the dataset"
        )
    held = np.where(judged, np.clip(np.floor(share * n + 0.5).astype(np.int64), 1, n - 1), 0)
    primary = np.where(by_time[user], log.time[first], 0)
    sequence = np.lexsort((_lots(log, first, salt), primary, user))
    ordered = user[sequence]
    place = np.arange(sequence.size) - (np.cumsum(n) - n)[ordered]
    rows = np.sort(first[sequence[place >= (n - held)[ordered]]])
    cut = np.full(log.n_users, _NEVER, dtype=np.int64)
    np.minimum.at(cut, log.user[rows], log.time[rows])
    cut[~by_time] = _NEVER
    return Holdout(
        train=log.select(_learnt_from(log, rows, cut)),
        test=log.select(rows),
        scheme="per_user",
        order="random" if lacking == judged.sum() else "mixed" if lacking else "time",
        share=share,
        why=_told(log, judged, by_time, share, order),
    )


def _learnt_from(log: InteractionLog, held: I64, cut: I64) -> Bools:
    """The rows that stay: not of a held-out pair, and not after the person's first held-out choice."""
    pair = _pairs(log)
    moment = cut[log.user]
    before: Bools = (log.time < moment) | ((log.time == moment) & log.clicked)
    stays: Bools = before & ~np.isin(pair, pair[held])
    return stays


def _told(log: InteractionLog, judged: Bools, by_time: Bools, share: float, order: Order) -> str:
    total, timed = int(judged.sum()), int((judged & by_time).sum())
    if timed == total:
        how = f"The last {share:.0%} of each person's choices are held out"
    elif timed == 0:
        reason = "as asked" if order == "random" else "because nobody's times are all known"
        how = f"{share:.0%} of each person's choices are held out by lot, {reason}"
    else:
        how = (
            f"{share:.0%} of each person's choices are held out: the last ones of {counted(timed, 'person', 'people')} "
            f"whose times are all known, and by lot of the other {total - timed:,}"
        )
    few = int(log.n_users - total)
    rest = f". Of {counted(few, 'person', 'people')} with fewer than two choices, none is held out."
    return how + (rest if few else ".")


def counted(n: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many}"


def _global_time(log: InteractionLog, first: I64, share: float, order: Order) -> Holdout:
    if order == "random":
        raise UserInputError(
            "hold_out: scheme 'global_time' cuts at a moment, so its order cannot be 'random'. Use scheme 'per_user'"
        )
    unknown = int(np.count_nonzero(log.time <= 0))
    if unknown:
        raise UserInputError(
            f"hold_out: scheme 'global_time' needs the time of every interaction, and {unknown:,} of {len(log):,} have "
            "none. Use scheme 'per_user', or keep the people whose times are all known (people_with_complete_times)"
        )
    times = np.sort(log.time[first])
    moment = times[min(int((1 - share) * times.size), times.size - 1)] if times.size else 0
    after = log.time[first] >= moment
    if after.all():
        raise UserInputError(
            "hold_out: scheme 'global_time' finds no moment with choices before and after it. Use scheme 'per_user', "
            "or a smaller share"
        )
    known = np.zeros(log.n_users, dtype=np.bool_)
    known[log.user[first[~after]]] = True
    rows = first[after & known[log.user[first]]]
    if not rows.size:
        raise UserInputError(
            "hold_out: scheme 'global_time' finds nobody who chose something before and after one moment. Use scheme "
            "'per_user', or a larger share"
        )
    strangers = np.unique(log.user[first[after]]).size - np.unique(log.user[rows]).size
    left_out = f" Not judged: {counted(strangers, 'person', 'people')} who first came after it." if strangers else ""
    return Holdout(
        train=log.select(log.time < moment),
        test=log.select(rows),
        scheme="global_time",
        order="time",
        share=share,
        why=f"Choices from one moment on, the last {after.mean():.0%} of all, are held out for everybody, and nothing "
        f"after it is learnt from.{left_out}",
    )


def moments(log: InteractionLog) -> npt.NDArray[np.int64]:
    """Known times of choices, ascending. (any,)."""
    chosen = log.positives().time
    known: npt.NDArray[np.int64] = np.sort(chosen[chosen > 0])
    return known
