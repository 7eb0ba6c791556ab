"""What a split lets through from the choices that are held out to those that are learnt from, in numbers and words.

Under a split per person a model learns from choices that others made after a held-out one: it then recommends what was
not yet known, and the order of recommenders can change with how much of that there is (Ji, Sun, Zhang & Li, "A critical
study on data leakage in recommender system offline evaluation", ACM TOIS 41(3), 2023). A split at one moment has none.
That a person and item are on both sides, or that a held-out item or person is nowhere in what is learnt from, would be
a fault of another kind, and is counted too.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simulator.evaluation.offline.splits import Holdout, counted, moments
from simulator.evaluation.summary import plain

NEGLIGIBLE = 0.01
"""A share of choices below this is not worth a warning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leakage:
    """Shares are of choices whose times are known, NaN where none are."""

    after_earliest: float
    """Share of the choices learnt from that were made after the earliest held-out one."""
    after_median: float
    """The same after the median held-out choice."""
    after_each: float
    """The same after each held-out choice, on average: what a model knows of the future when one is asked for."""
    timed: float
    """Share of the held-out choices whose time is known."""
    in_both: int
    """Pairs of person and item that are both learnt from and held out; 0 for the splits of this package."""
    cold_items: int
    """Held-out items that nobody chose in what is learnt from: only content can find them."""
    cold_choices: float
    """Share of the held-out choices that are of such items."""
    strangers: int
    """People who are judged though nothing of theirs is learnt from."""
    notes: tuple[str, ...]
    """The same in words, what matters most first; empty where nothing leaks and nothing is cold."""

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON has them."""
        return {
            name: plain(value) if isinstance(value, float) else list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }


def leakage(holdout: Holdout) -> Leakage:
    """Count what a split lets through."""
    train, test = holdout.train.positives(), holdout.test
    learnt, asked = moments(train), moments(test)
    later = 1 - np.searchsorted(learnt, asked, side="right") / max(learnt.size, 1)
    known = bool(learnt.size and asked.size)
    width = len(train.catalog)
    in_both = int(train.matrix().multiply(test.matrix()).nnz)
    cold = np.bincount(train.item, minlength=width)[test.item] == 0
    strangers = int((np.bincount(train.user, minlength=train.n_users)[holdout.people] == 0).sum())
    counted: dict[str, Any] = {
        "after_earliest": float(later[0]) if known else math.nan,
        "after_median": float(later[(asked.size - 1) // 2]) if known else math.nan,
        "after_each": float(later.mean()) if known else math.nan,
        "timed": asked.size / max(len(test), 1),
        "in_both": in_both,
        "cold_items": int(np.unique(test.item[cold]).size),
        "cold_choices": float(cold.mean()) if len(test) else 0.0,
        "strangers": strangers,
    }
    return Leakage(**counted, notes=tuple(_notes(holdout, **counted)))


def _notes(
    holdout: Holdout,
    *,
    after_earliest: float,
    after_median: float,
    after_each: float,
    timed: float,
    in_both: int,
    cold_items: int,
    cold_choices: float,
    strangers: int,
) -> list[str]:
    out = []
    if in_both:
        out.append(
            f"{in_both:,} of {len(holdout.test):,} held-out choices are also learnt from: whoever repeats them looks "
            "right. Make the split anew"
        )
    if math.isnan(after_each):
        out.append(
            "Nobody knows how much of the future is learnt from: the choices have no times. Read the numbers as how "
            "well known tastes are completed, not as how well the next choice is foreseen"
        )
    elif after_each > NEGLIGIBLE:
        where = "" if timed == 1 else f" (of the {timed:.0%} of held-out choices whose time is known)"
        out.append(
            f"On average {after_each:.0%} of the choices learnt from were made after a held-out one{where}; "
            f"{after_median:.0%} after the median one, {after_earliest:.0%} after the earliest. A model may so know "
            "what was not yet known; a split at one moment (--split global-time) lets nothing through"
        )
    if cold_choices > NEGLIGIBLE:
        out.append(
            f"{cold_choices:.0%} of the held-out choices are of {counted(cold_items, 'item', 'items')} that nobody "
            "chose in what is learnt from: only recommenders that read the items can find them"
        )
    if strangers:
        out.append(f"Judged though nothing of theirs is learnt from: {counted(strangers, 'person', 'people')}")
    return [note + "." for note in out]
