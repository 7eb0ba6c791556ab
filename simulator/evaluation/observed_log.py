"""A finished run as the log that a platform would have kept of it: what was shown, chosen and passed over.

Only observable columns of the journal are taken over, so whoever is inferred from it is inferred from behaviour. Pages
that a mind skipped are the simulation's failures and no behaviour: they are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simulator.evaluation.run_data import RunData
from simulator.journal.schema import OBSERVABLE
from simulator.records import I32, Catalog, Ids, InteractionLog, UserInputError

MONDAY_S = 4 * 86_400
"""Seconds since 1970 of its first Monday, when simulated time is taken to begin: so days of the week stay right, and no
time is 0, which would mean unknown."""
_COLUMNS = ("user_id", "item_id", "position", "clicked", "dwell_s", "rating", "sim_time")
_SKIPPED = "appraised_by"
assert set(_COLUMNS) <= set(OBSERVABLE)


def observed_log(
    folder: Path, catalog: Catalog, *, arm: str | None = None, seed: int | None = None, history: bool = False
) -> InteractionLog:
    """What the named mind's people did under one arm and seed, every impression a row, in order of time.

    `catalog` is that of the run's dataset. `arm` may be left out of a run that has one only; `seed` None: the first.
    `history`: with what the platform knew of them before (P), as choices without a place or a time. Everybody has a row
    in `user_ids`, whether they came or not. Raises UserInputError if the folder holds no finished run, no such arm or
    seed, or items that the catalogue does not have.
    """
    data = RunData.open(folder)
    shown = _read(data, _arm(data, arm), _seed(data, seed))
    people, sources = _people(data)
    user, item = _codes(shown, "user_id", people), _items(data, shown, catalog)
    clicked = shown["clicked"].to_numpy(zero_copy_only=False)
    position = shown["position"].to_numpy().astype(np.int32)
    since = shown["sim_time"].to_numpy()
    seconds = MONDAY_S + since.astype(np.int64)
    columns: dict[str, Any] = {
        "user": user,
        "item": item,
        "rating": shown["rating"].to_numpy(zero_copy_only=False).astype(np.float32),
        "clicked": clicked,
        "time": seconds,
        "dwell_s": np.where(clicked, shown["dwell_s"].to_numpy(), np.nan).astype(np.float32),
        "position": position,
    }
    order = np.lexsort((position, since, user))  # two pages of a person may fall into one second
    order = order[np.argsort(seconds[order], kind="stable")]
    columns = {name: values[order] for name, values in columns.items()}
    if history:
        columns = _after(_history(data, sources, catalog), columns)
    return InteractionLog(catalog=catalog, user_ids=people, **columns)


def _arm(data: RunData, arm: str | None) -> str:
    if arm is None and len(data.arms) == 1:
        return data.arms[0]
    if arm is None or arm not in data.arms:
        wrong = "this run has several arms" if arm is None else f"this run has no arm {arm[:40]!r}"
        raise UserInputError(f"{data.folder}: {wrong}. Name one of them: {', '.join(data.arms)}")
    return arm


def _seed(data: RunData, seed: int | None) -> int:
    if seed is not None and seed not in data.seeds:
        raise UserInputError(f"{data.folder}: this run has no seed {seed}. It has {', '.join(map(str, data.seeds))}")
    return data.seeds[0] if seed is None else seed


def _read(data: RunData, arm: str, seed: int) -> Any:
    """The journal's rows that are behaviour and show an item."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = []
    for file in data.event_files:
        if file.name.startswith(f"{arm}.{seed}.{data.mind}."):
            part = _table(data, file, (*_COLUMNS, _SKIPPED))
            lived = pc.fill_null(pc.not_equal(pc.cast(part[_SKIPPED], pa.string()), "skipped"), True)
            parts.append(part.filter(pc.and_(lived, pc.is_valid(part["item_id"]))).select(_COLUMNS))
    return pa.concat_tables(parts).unify_dictionaries()


def _table(data: RunData, file: Path, columns: tuple[str, ...]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(file, columns=list(columns))
    except (OSError, pa.ArrowException) as damaged:
        why = str(damaged).splitlines()[0]
        raise UserInputError(
            f"{file}: cannot be read ({why}). Delete it and run understudy resume {data.folder}"
        ) from None


def _people(data: RunData) -> tuple[Ids, Ids]:
    """Ids of the people of the run, and of the person of the log that each is, or is a clone of."""
    import pyarrow.parquet as pq

    names = pq.read_schema(data.table("people")).names
    source = "source_id" if "source_id" in names else "cluster_id"
    table = _table(data, data.table("people"), ("user_id", source))
    ids, sources = (table[name].to_pylist() for name in ("user_id", source))
    return np.array(ids, dtype=np.str_), np.array(sources, dtype=np.str_)


def _codes(table: Any, column: str, known: Ids) -> I32:
    """Row in `known` of each value of a column, -1 for what is not there; each distinct text is looked up once."""
    encoded = table[column].combine_chunks()
    if not hasattr(encoded, "dictionary"):
        encoded = encoded.dictionary_encode()
    row_of = {text: row for row, text in enumerate(known.tolist())}
    rows = np.array([row_of.get(text, -1) for text in encoded.dictionary.to_pylist()], dtype=np.int32)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return rows[codes] if rows.size else np.zeros(0, dtype=np.int32)


def _items(data: RunData, table: Any, catalog: Catalog) -> I32:
    item = _codes(table, "item_id", catalog.item_ids)
    if (item < 0).any():
        wrong = table["item_id"][int(np.flatnonzero(item < 0)[0])]
        raise UserInputError(
            f"{data.folder}: shows the item {str(wrong)[:40]!r}, which the dataset does not have. Name the dataset "
            "that the run was made with"
        )
    return item


def _history(data: RunData, sources: Ids, catalog: Catalog) -> dict[str, Any]:
    """What the platform knew of each person, as columns of a log."""
    import pyarrow.compute as pc

    table = _table(data, data.table("history"), ("user_id", "item_id", "part"))
    table = table.filter(pc.equal(table["part"], "P")).select(["user_id", "item_id"])
    names, code = np.unique(sources, return_inverse=True)
    of, item = _codes(table, "user_id", names), _items(data, table, catalog)
    item, of = item[of >= 0], of[of >= 0]
    order = np.argsort(of, kind="stable")
    bound = np.searchsorted(of[order], np.arange(names.size + 1))
    count = np.diff(bound)[code]
    start = np.repeat(bound[:-1][code] - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    rows = order[start + np.arange(int(count.sum()))]
    n = rows.size
    return {
        "user": np.repeat(np.arange(code.size, dtype=np.int32), count),
        "item": item[rows],
        "rating": np.full(n, np.nan, dtype=np.float32),
        "clicked": np.ones(n, dtype=np.bool_),
        "time": np.zeros(n, dtype=np.int64),
        "dwell_s": np.full(n, np.nan, dtype=np.float32),
        "position": np.full(n, -1, dtype=np.int32),
    }


def _after(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: np.concatenate([before[name], values]) for name, values in after.items()}
