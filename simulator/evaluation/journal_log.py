"""A run's journal as a log: what a platform would have seen of the simulated people, in the shape of any other log.

Only observable columns are read, so whoever is inferred from it is inferred from behaviour. Pages that the mind skipped
are no behaviour and are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simulator.evaluation.run_data import RunData
from simulator.records import Catalog, InteractionLog, Item, UserInputError

MONDAY_S = 4 * 86_400
"""Seconds since 1970 of its first Monday, when simulated time is taken to begin: so days of the week stay right."""
_COLUMNS = ("user_id", "item_id", "turn", "position", "clicked", "dwell_s", "rating", "sim_time")


def journal_log(folder: Path, *, arm: str | None = None, seed: int | None = None) -> InteractionLog:
    """What the named mind's people did under one arm and seed, every impression a row, in order of time.

    `arm` may be left out of a run that has one only; `seed` None: the first. People who never came have no rows. Raises
    UserInputError if the folder holds no finished run, or no such arm or seed.
    """
    data = RunData.open(folder)
    arm, seed = _arm(data, arm), _seed(data, seed)
    shown = _read(data, arm, seed)
    catalog, people = _catalog(data), _column(data.table("people"), "user_id")
    row_of = {user: row for row, user in enumerate(people)}
    clicked = shown["clicked"].to_numpy(zero_copy_only=False)
    clock = shown["sim_time"].to_numpy()
    time = np.where(np.isfinite(clock), MONDAY_S + np.floor(np.nan_to_num(clock)), 0).astype(np.int64)
    user = np.array([row_of[each] for each in shown["user_id"].to_pylist()], dtype=np.int32)
    position = shown["position"].to_numpy().astype(np.int32)
    order = np.lexsort((position, user, shown["turn"].to_numpy(), time))
    return InteractionLog(
        catalog=catalog,
        user_ids=np.array(people, dtype=np.str_),
        user=user[order],
        item=np.array([catalog.row_of[item] for item in shown["item_id"].to_pylist()], dtype=np.int32)[order],
        rating=shown["rating"].to_numpy(zero_copy_only=False).astype(np.float32)[order],
        clicked=clicked[order],
        time=time[order],
        dwell_s=np.where(clicked, shown["dwell_s"].to_numpy(), np.nan).astype(np.float32)[order],
        position=position[order],
    )


def _arm(data: RunData, arm: str | None) -> str:
    if arm is None and len(data.arms) == 1:
        return data.arms[0]
    if arm is None or arm not in data.arms:
        wrong = "this run has several arms" if arm is None else f"this run has no arm {arm[:40]!r}"
        raise UserInputError(f"{data.folder}: {wrong}. Name one of them: --arm {' | '.join(data.arms)}")
    return arm


def _seed(data: RunData, seed: int | None) -> int:
    if seed is not None and seed not in data.seeds:
        raise UserInputError(f"{data.folder}: this run has no seed {seed}. It has {', '.join(map(str, data.seeds))}")
    return data.seeds[0] if seed is None else seed


def _read(data: RunData, arm: str, seed: int) -> Any:
    """The rows that are behaviour and show an item."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    cell = (pc.field("arm") == arm) & (pc.field("seed") == seed) & (pc.field("mind") == data.mind)
    lived = pc.field("appraised_by").is_null() | (pc.field("appraised_by") != "skipped")
    wanted = cell & lived & pc.field("item_id").is_valid()
    parts = []
    for file in data.event_files:
        try:
            parts.append(pq.read_table(file, columns=list(_COLUMNS), filters=wanted))
        except (OSError, pa.ArrowException) as damaged:
            raise UserInputError(
                f"{file}: cannot be read ({str(damaged).splitlines()[0]}). Delete it and run understudy resume "
                f"{data.folder}"
            ) from None
    return pa.concat_tables(parts).unify_dictionaries()


def _catalog(data: RunData) -> Catalog:
    import pyarrow.parquet as pq

    rows = pq.read_table(data.table("catalog"), columns=["item_id", "title", "categories"]).to_pylist()
    return Catalog(
        tuple(
            Item(item_id=row["item_id"], title=row["title"] or "", categories=tuple(row["categories"] or ()))
            for row in rows
        )
    )


def _column(path: Path, name: str) -> list[str]:
    import pyarrow.parquet as pq

    values: list[str] = pq.read_table(path, columns=[name])[name].to_pylist()
    return values
