"""Cues: what a page says of an item beside what it is (price, reviews, headline, picture), and who heeds it.

What a cue does to people on average is part of what they are seen to choose, and so of `want` already. Only how people
differ is added here: who heeds a cue more than others do is drawn by it more than others are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.behaviour.constants import constant
from simulator.perception.headlines import catchiness
from simulator.perception.pictures import shows_people
from simulator.records import F32, I32, Catalog

CUES = ("price", "reviews", "popularity", "headline", "thumbnail")
TRAITS = (
    "price_sensitivity",
    "trust_in_reviews",
    "trust_in_popularity",
    "headline_susceptibility",
    "thumbnail_susceptibility",
)
"""The trait of a `Population` that each cue acts through, in the order of `CUES`."""
PICTURES_ONLY = ("grid", "carousel")
"""Layouts of thumbnails: they show a picture and a title, and no facts."""
_UNIT = "logit per sd of the trait per sd of the cue over the catalogue"


@dataclass(frozen=True)
class Cues:
    """Shift of the click logit = sum over cues of weight x trait (sd) x cue (sd); of price with a minus sign."""

    price: float = constant(
        0.2,
        unit=_UNIT,
        grade="assumed",
        source="direction: dear items are bought less, and people differ (Allenby & Rossi 1998); size chosen",
        low=0.0,
        high=3.0,
    )
    reviews: float = constant(
        0.2,
        unit=_UNIT,
        grade="assumed",
        source="direction: better reviews sell more, Chevalier & Mayzlin, J. Marketing Research 2006; size chosen",
        low=0.0,
        high=3.0,
    )
    popularity: float = constant(
        0.2,
        unit=_UNIT,
        grade="assumed",
        source="direction: shown numbers of others sway choices, Salganik, Dodds & Watts 2006; size chosen",
        low=0.0,
        high=3.0,
    )
    headline: float = constant(
        0.2,
        unit=_UNIT,
        grade="assumed",
        source="score fitted on Upworthy's tests (benchmarks/fit_headlines.py); how people differ is chosen",
        low=0.0,
        high=3.0,
    )
    thumbnail: float = constant(
        0.2,
        unit=_UNIT,
        grade="assumed",
        source="direction: faces engage, Bakhshi, Shamma & Gilbert, CHI 2014; how people differ is chosen",
        low=0.0,
        high=3.0,
    )

    def weights(self, layout: str) -> F32:
        """Signed weight of each cue as far as a layout shows it. (5,)."""
        signed = np.array([-self.price, self.reviews, self.popularity, self.headline, self.thumbnail], dtype=np.float32)
        if layout in PICTURES_ONLY:
            signed[:4] = 0
        return signed

    def shift(self, people: Any, rows: I32, items: I32, catalog: Catalog, layout: str) -> F32 | None:
        """Change of the click logit, (n, k); None where no cue of this catalogue can move anybody.

        `people` is a `Population`, `rows` (n,) of it, `items` (n, k) not negative.
        """
        total: F32 | None = None
        for _, part in self.parts(people, rows, items, catalog, layout):
            total = part if total is None else total + part
        return total

    def parts(self, people: Any, rows: I32, items: I32, catalog: Catalog, layout: str) -> Iterator[tuple[str, F32]]:
        """The shift of each cue that can move anybody, by its name in `CUES`, in that order; (n, k) each."""
        weights, scores = self.weights(layout), cue_scores(catalog)
        for nth, trait in enumerate(TRAITS):
            if weights[nth] != 0 and scores[nth] is not None:
                part: F32 = scores[nth].take(items)
                part *= (weights[nth] * getattr(people, trait)[rows])[:, None]
                yield CUES[nth], part


@lru_cache(maxsize=4)
def cue_scores(catalog: Catalog) -> tuple[Any, ...]:
    """Each cue of every item in standard deviations over the items of which it is known, 0 for the others, (n_items,)
    float32; None for a cue in which no two items differ. In the order of `CUES`. An item that was changed is compared
    with the others as they are known (`Catalog.usual`), so that nothing moves but its own score."""
    usual = _cues(catalog.usual or catalog)
    now = usual if catalog.usual is None else _cues(catalog)
    return tuple(_standardised(values, ground) for values, ground in zip(now, usual, strict=True))


def _cues(catalog: Catalog) -> list[npt.NDArray[np.float64]]:
    reviewed = [item.review_count or 0 for item in catalog]
    price = np.array([np.nan if item.price is None or item.price <= 0 else item.price for item in catalog])
    mean = [
        np.nan if not n or item.review_mean is None else item.review_mean
        for item, n in zip(catalog, reviewed, strict=True)
    ]
    return [
        np.log(price),
        np.array(mean, dtype=np.float64),
        np.where(np.array([item.review_count is None for item in catalog]), np.nan, np.log1p(reviewed)),
        catchiness([item.headline for item in catalog]),
        shows_people([item.image_caption for item in catalog]),
    ]


def _standardised(values: npt.NDArray[np.float64], usual: npt.NDArray[np.float64]) -> F32 | None:
    """`values` in standard deviations of the usual ones about their mean."""
    ground = usual[np.isfinite(usual)]
    if ground.size < 2 or (spread := float(ground.std())) < 1e-9:
        return None
    return np.where(np.isfinite(values), (values - ground.mean()) / spread, 0.0).astype(np.float32)
