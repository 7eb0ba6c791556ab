"""The journal's columns: one row an impression.

Each column is one of three: **observable** (a platform's log would have it), **survey** (people would have to be
asked), **latent** (only a simulation knows it). Feedback to recommenders, off-policy estimators and persona inference
read the observable ones only. Page-level values repeat on every row of the page; additive ones (tokens) stand on its
first row. A page without impressions has one row with a null item. Columns are only ever added, nullable, and never
renamed or retyped.
"""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 1

_WORD = pa.dictionary(pa.int32(), pa.string())
_CODE = pa.dictionary(pa.int8(), pa.string())

_COLUMNS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("run", _WORD, "observable"),
    ("arm", _WORD, "observable"),
    ("seed", pa.int64(), "observable"),
    ("mind", _WORD, "latent"),
    ("user_id", _WORD, "observable"),
    ("session", pa.int32(), "observable"),
    ("turn", pa.int32(), "observable"),
    ("page", pa.int32(), "observable"),
    ("position", pa.int16(), "observable"),
    ("item_id", _WORD, "observable"),
    ("score", pa.float32(), "observable"),
    ("propensity", pa.float32(), "observable"),
    ("noticed", pa.bool_(), "latent"),
    ("examined", pa.bool_(), "latent"),
    ("clicked", pa.bool_(), "observable"),
    ("dwell_s", pa.float32(), "observable"),
    ("rating", pa.float32(), "observable"),
    ("liked", pa.bool_(), "latent"),
    ("action", _CODE, "observable"),
    ("action_argument", pa.string(), "observable"),
    ("satisfaction", pa.float32(), "survey"),
    ("fatigue", pa.float32(), "latent"),
    ("mood", pa.float32(), "survey"),
    ("left", pa.bool_(), "observable"),
    ("leave_reason", _CODE, "survey"),
    ("appraised_by", _CODE, "latent"),
    ("cached", pa.bool_(), "latent"),
    ("want", pa.float32(), "latent"),
    ("taste", pa.float32(), "latent"),
    ("reason", pa.string(), "survey"),
    ("llm_model", pa.string(), "latent"),
    ("prompt_id", pa.string(), "latent"),
    ("tokens_in", pa.int32(), "latent"),
    ("tokens_out", pa.int32(), "latent"),
    ("return_gap_s", pa.float32(), "observable"),
    ("sim_time", pa.float64(), "observable"),
    ("item_reason", pa.string(), "survey"),
    ("feeling", pa.string(), "survey"),
    ("stated_satisfaction", pa.float32(), "survey"),
    ("interview", pa.float32(), "survey"),
    ("interview_reason", pa.string(), "survey"),
    ("failure", pa.string(), "latent"),
)

SCHEMA = pa.schema(
    [pa.field(name, kind, metadata={"view": view}) for name, kind, view in _COLUMNS],
    metadata={"understudy.schema": str(SCHEMA_VERSION)},
)

OBSERVABLE = tuple(name for name, _, view in _COLUMNS if view == "observable")
NOT_IDENTITY = frozenset({"run", "cached", "tokens_in", "tokens_out"})
"""Columns in which two runs of the same scenario and seed may differ."""
IDENTITY = tuple(name for name, _, _ in _COLUMNS if name not in NOT_IDENTITY)
