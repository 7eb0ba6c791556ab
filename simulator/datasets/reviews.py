"""How often and how well items were rated, told from the platform's part alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.records import Catalog, SplitLog


def with_reviews_from(split: SplitLog) -> Catalog:
    """The catalogue with `review_count` and `review_mean` from the ratings of part P, for items without figures of
    their own: nobody sees a figure into which a held-out rating went. Items without a rating get 0 and None."""
    log = split.platform
    rated = ~np.isnan(log.rating)
    n_items = len(split.catalog)
    count = np.bincount(log.item[rated], minlength=n_items)
    total = np.bincount(log.item[rated], weights=log.rating[rated].astype(np.float64), minlength=n_items)
    items = tuple(
        item
        if item.review_count is not None or item.review_mean is not None
        else replace(item, review_count=n, review_mean=round(points / n, 4) if n else None)
        for item, n, points in zip(split.catalog.items, count.tolist(), total.tolist(), strict=True)
    )
    return Catalog(items)
