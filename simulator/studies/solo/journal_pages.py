"""From rows of the journal back to the pages of one person: what `simulator.journal.parts` writes, read again.

Every number comes back as it was, and every text that the journal keeps; a note that a model wrote on a page is kept in
the memories alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from simulator.journal import memories, schema
from simulator.records import UserInputError
from simulator.turn import Action, AppraisedBy, LeaveReason, Page

Rows = Sequence[Mapping[str, Any]]
Turns = tuple[tuple[int, Page], ...]

_PLACES: Mapping[str, tuple[Any, Any]] = {
    "score": (np.float32, np.nan),
    "propensity": (np.float32, np.nan),
    "noticed": (np.bool_, False),
    "examined": (np.bool_, False),
    "clicked": (np.bool_, False),
    "dwell_s": (np.float32, 0.0),
    "rating": (np.float32, np.nan),
    "liked": (np.bool_, False),
    "want": (np.float32, np.nan),
    "taste": (np.float32, np.nan),
}
"""Columns with a value a place: their type, and what stands at an empty place."""
_WHOLE: Mapping[str, Any] = {
    "session": np.int32,
    "page": np.int32,
    "satisfaction": np.float32,
    "fatigue": np.float32,
    "mood": np.float32,
    "left": np.bool_,
    "return_gap_s": np.float32,
    "sim_time": np.float64,
}
_CODED: Mapping[str, Any] = {
    "action": Action.__members__,
    "leave_reason": LeaveReason.__members__,
    "appraised_by": AppraisedBy.__members__,
}


def pages_of(rows: Rows, noted: Rows, *, slate_size: int, row_of: Mapping[str, int], where: str) -> Turns:
    """One person's pages from their rows, in the order of turns and places; `noted`: rows of their memories.

    `row_of`: catalogue row by item id. `where` begins what is said of rows that cannot be read (UserInputError).
    """
    written: dict[int, list[Mapping[str, Any]]] = {}
    for record in noted:
        written.setdefault(int(record["turn"]), []).append(record)
    pages = []
    for turn, some in groupby(rows, key=lambda row: int(row["turn"])):
        on_page = list(some)
        shown = [row for row in on_page if row["item_id"] is not None]
        lost = next((row["item_id"] for row in shown if row["item_id"] not in row_of), None)
        if lost is not None:
            raise UserInputError(
                f"{where}: item {lost[:80]!r} of turn {turn} is not in the data any more. Cure: restore the data that "
                "this was lived on"
            )
        if any(not 0 <= row["position"] < slate_size for row in shown):
            raise UserInputError(
                f"{where}: turn {turn} holds more than the {slate_size} places of a page. Was it edited? Restore it"
            )
        pages.append((turn, _page(on_page[0], shown, written.get(turn, ()), slate_size, row_of)))
    return tuple(pages)


def checked_rows(
    rows: Iterable[Mapping[str, Any]], noted: Iterable[Mapping[str, Any]], where: str
) -> tuple[Rows, Rows]:
    """Rows from a file, in the types of the journal. Raises UserInputError for what is none."""
    import pyarrow as pa

    try:
        events = pa.Table.from_pylist(list(rows), schema=schema.SCHEMA).to_pylist()
        records = pa.Table.from_pylist(list(noted), schema=memories.SCHEMA).to_pylist()
        for row in events:
            for name, words in _CODED.items():
                if str(row[name]).upper() not in words:
                    raise ValueError(f"{name} is {str(row[name])[:40]!r}")
            if any(row[name] is None for name in ("turn", "position", "session", "page", "sim_time", "left")):
                raise ValueError("turn, position, session, page, sim_time or left is missing")
        if any(later["turn"] < one["turn"] for one, later in pairwise(events)):
            raise ValueError("the turns are not in order")
        if any(record["turn"] is None or record["op"] is None or record["user_id"] is None for record in records):
            raise ValueError("a memory lacks turn, op or user_id")
    except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError) as error:
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise UserInputError(f"{where}: these are no rows of a journal ({told}). Restore the file") from None
    return events, records


def _page(first: Mapping[str, Any], shown: Rows, noted: Rows, k: int, row_of: Mapping[str, int]) -> Page:
    values: dict[str, Any] = {}
    for name, (kind, blank) in _PLACES.items():
        column = np.full((1, k), blank, dtype=kind)
        for row in shown:
            column[0, row["position"]] = blank if row[name] is None else row[name]
        values[name] = column
    items = np.full((1, k), -1, dtype=np.int32)
    for row in shown:
        items[0, row["position"]] = row_of[row["item_id"]]
    for name, kind in _WHOLE.items():
        values[name] = np.array([np.nan if first[name] is None else first[name]], dtype=kind)
    for name, words in _CODED.items():
        values[name] = np.array([words[str(first[name]).upper()]], dtype=np.int8)
    return Page(**values, rows=np.zeros(1, dtype=np.int32), items=items, extra=_words(first, shown, noted, k))


def _words(first: Mapping[str, Any], shown: Rows, noted: Rows, k: int) -> dict[str, Any]:
    """The texts of a page, by the names of `simulator.turn.WORDS`."""
    said = {name: first[name] for name in ("action_argument", "reason", "llm_model", "prompt_id", "failure")}
    reasons = [None] * k
    for row in shown:
        reasons[row["position"]] = row["item_reason"]
    if any(reasons):
        said["item_reasons"] = json.dumps(reasons, ensure_ascii=False)
    told = {
        "feeling": first["feeling"],
        "satisfaction": first["stated_satisfaction"],
        "interview": first["interview"],
        "interview_reason": first["interview_reason"],
    }
    if any(value is not None for value in told.values()):
        kept = {name: value for name, value in told.items() if value is not None}
        said["testimony"] = json.dumps(kept, ensure_ascii=False)
    if first["cached"] is not None or first["tokens_in"] or first["tokens_out"]:
        said["usage"] = json.dumps(
            {name: first[name] or 0 for name in ("tokens_in", "tokens_out")} | {"cached": first["cached"]}
        )
    if noted:
        said["memories"] = json.dumps(list(_records(noted)), ensure_ascii=False)
    return {name: np.array([text], dtype=object) for name, text in said.items() if text is not None}


def _records(noted: Rows) -> Iterator[dict[str, Any]]:
    """Rows of the table of memories as the records that they were (`simulator.memory.records`)."""
    world = ("arm", "seed", "mind", "turn", "user_id")
    for row in noted:
        kept = {name: value for name, value in row.items() if value is not None and name not in world}
        yield kept | {"user": row["user_id"]}
