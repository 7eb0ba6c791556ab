"""Which cues a data set's own catalogue has: a trait that acts through a cue can be told only where items differ in it,
and apart from other traits only where the cue does not go with what these act on."""

from __future__ import annotations

import numpy as np

from personas import estimation
from simulator import datasets
from simulator.behaviour.cues import CUES, TRAITS, cue_scores
from simulator.records import SplitLog

SAME = 0.8
"""Correlation with popularity from which a cue hardly tells its trait apart from conformity. Assumed."""
_LACKS = {
    "price": "no two of its items differ in price",
    "reviews": "no two of its items differ in mean review",
    "popularity": "no two of its items differ in the number of reviews",
    "headline": "no two of its items differ in how catchy the headline is",
    "thumbnail": "its pictures cannot be told apart, or there are none",
}


def cues_there(split: SplitLog) -> dict[str, str]:
    """By trait, what the catalogue lacks for it; traits that it lacks nothing for are absent. Review counts are those
    that the platform knows, as in a run."""
    catalog = datasets.with_reviews_from(split)
    popularity = estimation.popularity(split.platform.positives())
    out = {}
    for cue, trait, score in zip(CUES, TRAITS, cue_scores(catalog), strict=True):
        if score is None:
            out[trait] = _LACKS[cue]
        elif abs(r := float(np.corrcoef(score, popularity)[0, 1])) >= SAME:
            out[trait] = f"in it the cue goes with popularity (r = {r:.2f}), and so with conformity"
    return out
