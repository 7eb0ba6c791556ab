"""A small scenario, and journals as comparable rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from simulator.journal.schema import IDENTITY

SMALL: dict[str, Any] = {
    "name": "small",
    "population": {"size": 150},
    "world": {"turns": 8, "slate_size": 5},
    "arms": {"plain": "popular", "clever": {"recommender": "ease"}},
    "evaluation": {"minds": "single"},
}


def small(**changes: Any) -> dict[str, Any]:
    """The small scenario with whole sections replaced."""
    return SMALL | changes


def rows_of(folder: Path) -> pd.DataFrame:
    """The identity of the journal: all rows that two runs must share, in one order."""
    tables = [
        pq.read_table(path, columns=list(IDENTITY)).to_pandas() for path in sorted(folder.glob("events/*.parquet"))
    ]
    frame = pd.concat([t.astype({c: object for c in t if isinstance(t[c].dtype, pd.CategoricalDtype)}) for t in tables])
    return frame.sort_values(["arm", "seed", "mind", "turn", "user_id", "position"]).reset_index(drop=True)


def same_rows(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Equality to the last bit, column by column."""
    if len(one) != len(other) or list(one) != list(other):
        return False
    for name in one:
        left, right = one[name].to_numpy(), other[name].to_numpy()
        if left.dtype.kind == "f":
            if not np.array_equal(left, right, equal_nan=True):
                return False
        elif not one[name].equals(other[name]):
            return False
    return True
