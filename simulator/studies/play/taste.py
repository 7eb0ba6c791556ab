"""Onboarding: some titles that the player may know, what they say of them, and the log in which they then are.

Which titles: log(number of choices) × entropy of their ratings, the strategy that asks for few unknown and few
uninformative titles (Rashid et al., Getting to know you: learning new user preferences in recommender systems, IUI
2002), shaken by keyed luck and taken category by category, so that two people see different lists of every kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from personas import estimation
from simulator.randomness import Stream, key_of
from simulator.records import PLATFORM, Catalog, InteractionLog, Item, SplitLog

LISTED = 60
"""Titles of the list."""
AT_ONCE = 8
"""Titles shown at a time: what fits a small terminal with its questions."""
ENOUGH = 5
"""Picks from which a double knows something of its person. Assumed: with fewer, what everybody likes outweighs them."""
_FAMILIAR = 0.25
"""Share of the catalogue, the most chosen, from which titles are taken. Assumed: rarer ones are known to few."""
_SHAKE = 0.5
"""Spread of the keyed luck, in standard deviations of the strategy's score. Assumed."""


@dataclass(frozen=True, kw_only=True)
class Pick:
    """A title that the player knows, or that appeals to them; `level` 1-5 is how they like it, None: not said."""

    item_id: str
    level: int | None


@dataclass(frozen=True, kw_only=True)
class Onboarding:
    """What the player is asked before the first page."""

    items: tuple[Item, ...]
    """In the order in which they are shown."""
    scale: tuple[str, ...]
    """What each of the five levels is called on the dataset's scale."""
    picks: Mapping[str, Pick]
    """What they said already, by item id."""

    def rounds(self) -> Sequence[tuple[Item, ...]]:
        """The list in pieces that are shown at a time."""
        return [self.items[start : start + AT_ONCE] for start in range(0, len(self.items), AT_ONCE)]


def listed(split: SplitLog, user_id: str, *, seed: int) -> tuple[Item, ...]:
    """Titles to ask about, most telling first, keyed by seed and person."""
    catalog, log = split.catalog, split.platform.positives()
    count = np.bincount(log.item, minlength=len(catalog))
    familiar = np.argsort(-count, kind="stable")[: max(LISTED, int(_FAMILIAR * len(catalog)))]
    familiar = familiar[count[familiar] > 0]
    score = np.log1p(count[familiar]) * (0.1 + _entropy(log, len(catalog))[familiar])
    spread = float(score.std()) or 1.0
    me = np.array([key_of(user_id)], dtype=np.uint64)
    luck = Stream.of(seed, "population", "onboarding").normal(me, 0, catalog.keys[familiar])[0]
    order = familiar[np.argsort(-(score / spread + _SHAKE * luck), kind="stable")]
    return tuple(catalog[row] for row in _by_category(catalog, order.tolist())[:LISTED])


def _entropy(log: InteractionLog, n_items: int) -> npt.NDArray[np.float64]:
    """Entropy of the five levels of each item's ratings, in nats; the mean of all where there are none. (n_items,)."""
    rated = np.isfinite(log.rating)
    if not rated.any():
        return np.ones(n_items)
    level = estimation.levels(log.rating[rated], estimation.rating_unit(log)).astype(np.intp) - 1
    counts = np.bincount(log.item[rated].astype(np.intp) * 5 + level, minlength=5 * n_items).reshape(n_items, 5)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    entropy: npt.NDArray[np.float64] = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1)
    known = counts.sum(axis=1) > 0
    return np.where(known, entropy, entropy[known].mean())


def _by_category(catalog: Catalog, order: Sequence[int]) -> list[int]:
    """The rows so that each next one is of the category that was shown least so far; within it, in their order."""
    shown: dict[str, int] = {}
    left: list[int] = list(order)
    out: list[int] = []
    while left and len(out) < LISTED:
        window = left[:50]
        seen = [min((shown.get(name, 0) for name in catalog[row].categories), default=0) for row in window]
        row = window[int(np.argmin(seen))]
        left.remove(row)
        out.append(row)
        for name in catalog[row].categories or ("",):
            shown[name] = shown.get(name, 0) + 1
    return out


def scale_of(unit: float, *, rated: bool) -> tuple[str, ...]:
    """What the five levels are called: values of the dataset's scale, or 1 to 5 where it has none."""
    return tuple(f"{level * (unit if rated else 1.0):g}" for level in range(1, 6))


def with_history(split: SplitLog, user_id: str, picks: Sequence[Pick]) -> SplitLog:
    """The log with the player as a further person, whose picks the platform knows (part P), the last in time."""
    log = split.log
    unit = estimation.rating_unit(split.known.positives())
    row_of = log.catalog.row_of
    known = [pick for pick in picks if pick.item_id in row_of]
    m = len(known)
    latest = int(log.time.max(initial=0))
    more: dict[str, npt.NDArray[np.generic]] = {
        "user": np.full(m, log.n_users, dtype=np.int32),
        "item": np.array([row_of[pick.item_id] for pick in known], dtype=np.int32),
        "rating": np.array([np.nan if p.level is None else p.level * unit for p in known], dtype=np.float32),
        "clicked": np.ones(m, dtype=np.bool_),
        "time": latest + 1 + np.arange(m, dtype=np.int64) if latest > 0 else np.zeros(m, dtype=np.int64),
        "dwell_s": np.full(m, np.nan, dtype=np.float32),
        "position": np.full(m, -1, dtype=np.int32),
    }
    columns: dict[str, Any] = {name: np.concatenate([getattr(log, name), values]) for name, values in more.items()}
    nothing = np.array([""], dtype=np.str_)
    extended = replace(
        log,
        user_ids=np.concatenate([log.user_ids, np.array([user_id], dtype=np.str_)]),
        demographics={name: np.concatenate([values, nothing]) for name, values in log.demographics.items()},
        **columns,
    )
    return SplitLog(split.name, extended, np.concatenate([split.part, np.full(m, PLATFORM, dtype=split.part.dtype)]))
