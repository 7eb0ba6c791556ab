"""What the evaluation needs to know of a run, beside its journal: tables of people, log and items, and the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.behaviour.laws import Laws
from simulator.datasets import Dataset
from simulator.experiment import warmup
from simulator.experiment.assumptions import assumptions, assumptions_of_personas
from simulator.experiment.crowd import fingerprint, origin_in_words
from simulator.experiment.folder import RunFolder, whole_file
from simulator.experiment.stage import Stage
from simulator.population import Population
from simulator.records import PARTS, Ids, SplitLog

_FAMILY = {"ease": "linear", "als": "factor", "item-knn": "neighbour", "popular": "popularity"}
"""The family of the taste stack that each built-in belongs to; a plug-in's is not known."""

_TOLD = {
    "creator": pa.string(),
    "year": pa.int32(),
    "price": pa.float64(),
    "headline": pa.string(),
    "image_caption": pa.string(),
    "review_count": pa.int64(),
    "review_mean": pa.float64(),
    "duration_s": pa.float64(),
}
"""What the catalogue knows of its items beside titles and categories: what people may have been shown of them."""


def family_of(recommender: str) -> str | None:
    """The family of evidence that a recommender resembles; None where it is not known."""
    return _FAMILY.get(recommender)


def write_origins(folder: RunFolder, dataset: Dataset, everyone: Population) -> None:
    """What the run is made from, into the manifest before anything is: a resumed run must meet the same."""
    folder.write_manifest(
        folder.read_manifest()
        | {
            "dataset": {"name": dataset.name, "fingerprint": dataset.fingerprint, "read": dataset.report.as_dict()},
            "personas": fingerprint(everyone),
        }
    )


def write_facts(folder: RunFolder, stage: Stage, dataset: Dataset, laws: Laws) -> None:
    """What the evaluation needs to know of the run, into the manifest."""
    plan = stage.plan
    folder.write_manifest(
        folder.read_manifest()
        | {
            "arms": [arm.name for arm in plan.arms],
            "control": plan.control,
            "minds": list(stage.minds),
            "mind": stage.minds[0],
            "primary": plan.primary,
            "log_has_clicks": not bool(dataset.log.clicked.all()),
            "confidence": plan.confidence,
            "catalog_size": len(stage.catalog),
            "rating_unit": float(stage.everyone.rating_unit),
            "blocks": {"everyone": stage.blocks("everyone"), "ensemble": stage.blocks("ensemble")},
            "families": {arm.name: family_of(arm.recommender) for arm in plan.arms},
            "laws": [asdict(one) for one in (*assumptions(plan, laws), *assumptions_of_personas(stage.everyone))],
            "learning": sorted(stage.learning),
            "people": origin_in_words(plan.crowd),
            "strangers": int((stage.everyone.source < 0).sum()),
            "warmup": warmup.facts(folder, plan),
        }
    )


def write_tables(folder: RunFolder, stage: Stage, split: SplitLog, clusters: Ids) -> None:
    """People, the log by part, and the items. `clusters`: the unit of resampling of each person, (n,)."""
    everyone = stage.everyone
    people: dict[str, Any] = {
        "user_id": everyone.user_ids,
        "cluster_id": clusters,
        "source_id": everyone.cluster,
        "block": (np.arange(len(everyone)) // stage.plan.block).astype(np.int32),
        "ensemble": np.isin(everyone.keys, stage.ensemble.keys),
    }
    if everyone.personas is not None:
        people["persona_id"] = [None if one is None else one.id for one in everyone.personas]
        people["vulnerabilities"] = [None if one is None else list(one.vulnerabilities) for one in everyone.personas]
    chosen = split.log.clicked
    history: Mapping[str, Any] = {
        "user_id": split.log.user_ids[split.log.user[chosen]],
        "item_id": split.catalog.item_ids[split.log.item[chosen]],
        "part": np.array(PARTS)[split.part[chosen]],
    }
    platform = split.platform.positives()
    catalog = {
        "item_id": split.catalog.item_ids,
        "title": [item.title for item in split.catalog],
        "categories": [list(item.categories) for item in split.catalog],
        "popularity": np.bincount(platform.item, minlength=len(split.catalog)).astype(np.int64),
        **{name: [_known(getattr(item, name)) for item in split.catalog] for name in _TOLD},
    }
    schema = pa.schema(
        [
            ("item_id", pa.string()),
            ("title", pa.string()),
            ("categories", pa.list_(pa.string())),
            ("popularity", pa.int64()),
            *_TOLD.items(),
        ]
    )
    # Whole under their names or not there: a resumed run writes them anew while others may be reading.
    whole_file(folder.people, lambda path: pq.write_table(pa.table(people), path))
    whole_file(folder.history, lambda path: pq.write_table(pa.table(history), path, compression="zstd"))
    whole_file(folder.catalog, lambda path: pq.write_table(pa.table(catalog, schema=schema), path))


def _known(value: Any) -> Any:
    """A fact of an item; None for what is not known of it."""
    return None if value == "" or value != value else value
