"""The offline metrics by name: label, unit, definition and bounds, for tables, reports and documentation."""

from __future__ import annotations

import math
from collections.abc import Mapping

from simulator.evaluation.metrics import Metric

LISTS: tuple[Metric, ...] = (
    Metric(
        name="ndcg",
        label="nDCG",
        unit="0 to 1",
        definition="held-out items found, discounted by the logarithm of their place, over the best that is possible",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="recall",
        label="Recall",
        unit="share of held-out items",
        definition="share of the person's held-out items that are on the list",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="precision",
        label="Precision",
        unit="share of places",
        definition="share of the list's places with a held-out item",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="hit",
        label="Hit rate",
        unit="share of people",
        definition="whether any held-out item is on the list",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="mrr",
        label="MRR",
        unit="0 to 1",
        definition="1 over the place of the first held-out item, 0 if none is on the list",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="map",
        label="MAP",
        unit="0 to 1",
        definition="mean over the person's held-out items of the precision at their places, 0 for those not found",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="novelty",
        label="Novelty",
        unit="bits",
        definition="mean self-information of the items: -log2 of their smoothed share of the choices learnt from",
    ),
    Metric(
        name="popularity",
        label="Average popularity",
        unit="share of people",
        definition="mean share of the people who chose the items listed",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="diversity",
        label="Intra-list diversity",
        unit="0 to 1",
        definition="mean of 1 - cosine between the categories of two items of the list; items of unknown category are "
        "left out",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="calibration",
        label="Miscalibration",
        unit="nats",
        definition="Kullback-Leibler divergence of the list's category shares from those of the person's choices; 0 is "
        "perfectly calibrated",
    ),
    Metric(
        name="coverage",
        label="Catalogue coverage",
        unit="share of items",
        definition="share of the catalogue on anybody's list; grows with the number of people, the interval is a "
        "delete-a-group jackknife",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="gini",
        label="Gini index of exposure",
        unit="0 to 1",
        definition="inequality of how often the items of the catalogue are listed; 0 all alike, near 1 a few take all; "
        "falls as people are added, the interval is a delete-a-group jackknife",
        bounds=(0.0, 1.0),
    ),
)
"""Each is meant at a cutoff: ``ndcg@10`` looks at the first ten places."""
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in LISTS}


def definition_of(name: str) -> Metric:
    """The metric of a name with a cutoff, such as ``ndcg@10``. Raises KeyError for an unknown one."""
    return BY_NAME[name.partition("@")[0]]


def bounds_of(name: str) -> tuple[float, float]:
    """Where the metric can be at all; everywhere for an unknown name."""
    metric = BY_NAME.get(name.partition("@")[0])
    return metric.bounds if metric is not None else (-math.inf, math.inf)
