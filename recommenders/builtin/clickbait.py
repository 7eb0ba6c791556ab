"""A control that wins clicks and loses people: what many choose and few like, under the most luring headline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from recommenders.batching import as_batch
from recommenders.builtin.parameters import whole
from recommenders.composition import Composite, Part, made, ranked
from recommenders.contract import Request, Slate, SlateBatch
from simulator.records import F32, Catalog, InteractionLog, UserInputError

F64 = npt.NDArray[np.float64]

USUAL_RATINGS = 5.0
"""Ratings at the overall mean that are added to those of each item: what one person thinks is not what people think."""
SCANNED = 400
"""Characters of a headline that are read."""
MARKS = (
    r"^\W*\d",
    r"\b(this|these|here's|here is|what happen\w*|the reason|why)\b",
    r"\b(you|your|you'll|you're)\b",
    r"\b(secret\w*|shock\w*|surpris\w*|never|nobody|everyone|weird\w*|truth|unbelievabl\w*|amaz\w*|best|worst)\b",
    r"!|\?|…|\.\.\.",
)
"""Marks of clickbait, English: a number first, a forward reference, talk to the reader, hyperbole, punctuation. After
Chakraborty, Paranjape, Kakarla & Ganguly, "Stop clickbait: detecting and preventing clickbaits in online news media",
ASONAM 2016, and Blom & Hansen, "Click bait", J. Pragmatics 2015. Each counts one: which of them work is not known."""


class Clickbait(Composite):
    """A bad control: of what a person would be shown anyway, that which is much chosen, luringly put, and little liked.

    base: the recommender whose best items are looked through. pool: how many of them.

    The bait of an item is, in standard deviations over the catalogue: log of how many chose it, plus the marks of
    clickbait in its headline (or title), minus its mean rating (of the log, or else of its reviews). What is not known
    of any item counts for none. A simulator that only counts clicks places it above `random`; one that follows people
    after the click says so too, and that they are less satisfied than with `random`, rate lower and come back later.
    Without ratings nothing in the data says what disappoints, and this is a popularity list with loud headlines.
    """

    kept: ClassVar[tuple[str, ...]] = ("bait",)
    bait: F32
    """(n_items,)."""

    def __init__(self, *, base: Part = "popular", pool: int = 100) -> None:
        self.base = base
        self.pool = whole("pool", pool, at_least=1)
        self._made_of(made(base))

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit the base, and weigh every item's bait."""
        super().fit(catalog, log)
        count = np.asarray(log.matrix().sum(axis=0), dtype=np.float64).ravel()
        lure = np.array([_marks(item.headline or item.title) for item in catalog], dtype=np.float64)
        bait = _standard(np.log1p(count)) + _standard(lure) - _standard(_liking(catalog, log))
        self.bait = bait.astype(np.float32)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """The `k` of the base's best `pool` with the most bait, ties in the base's order; scores are the bait."""
        batch = as_batch(self.catalog, requests)
        best = ranked(self.parts[0], batch, max(k, min(self.pool, len(self.catalog))))
        if best.propensities is not None:
            raise UserInputError(
                "clickbait: its base draws at random, so it has no best items. Give a base that ranks, such as popular"
            )
        full = best.items >= 0
        bait = np.where(full, self.bait[best.items], -np.inf) if len(self.catalog) else np.full(full.shape, -np.inf)
        seat = np.argsort(-bait, axis=1, kind="stable")[:, :k]
        scores = np.take_along_axis(bait, seat, axis=1).astype(np.float32)
        scores[scores == -np.inf] = np.nan
        return SlateBatch(self.catalog, np.take_along_axis(best.items, seat, axis=1), scores)


def _marks(headline: str) -> int:
    return sum(bool(re.search(mark, headline[:SCANNED], re.IGNORECASE)) for mark in MARKS)


def _liking(catalog: Catalog, log: InteractionLog) -> F64:
    """Mean rating of each item, drawn towards the mean of all by `USUAL_RATINGS`; of its reviews where the log has no
    ratings at all; NaN where nothing is known. (n_items,)."""
    rated = ~np.isnan(log.rating)
    if rated.any():
        count = np.bincount(log.item[rated], minlength=len(catalog)).astype(np.float64)
        total = np.bincount(log.item[rated], log.rating[rated].astype(np.float64), len(catalog))
        usual = total.sum() / count.sum()
    else:
        count = np.array([item.review_count or 0 for item in catalog], dtype=np.float64)
        mean = np.array([np.nan if item.review_mean is None else item.review_mean for item in catalog])
        count[np.isnan(mean)] = 0.0
        total = np.where(count > 0, count * np.nan_to_num(mean), 0.0)
        usual = total.sum() / count.sum() if count.sum() else np.nan
    return np.asarray((total + USUAL_RATINGS * usual) / (count + USUAL_RATINGS))


def _standard(values: F64) -> F64:
    """In standard deviations from the mean; 0 throughout where values do not differ or are not known."""
    spread = values.std() if values.size else 0.0
    return (values - values.mean()) / spread if np.isfinite(spread) and spread > 0 else np.zeros_like(values)
