"""The HTTP protocol's words: the contract as JSON that a service in any language can read. `openapi.json` says it all.

What is not known is left out of items and interactions, and null in requests and events. Ids are text. Chance comes as
an integer below 2^53, which every language's numbers hold exactly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from recommenders.contract import Feedback, Request, RequestBatch, Slate
from recommenders.remote.portable import histories_of
from recommenders.remote.transport import ServiceError
from simulator.records import Catalog, InteractionLog, Item

PROTOCOL = 1
LINE = 1000
"""Items, people or interactions of one line of a fit's body, at most."""

_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def request_dicts(requests: Sequence[Request], item_ids: npt.NDArray[np.object_]) -> list[dict[str, Any]]:
    """Requests as JSON has them. `item_ids`: the catalogue's, as Python text. (n_items,)."""
    if not isinstance(requests, RequestBatch):
        return [_request_dict(request) for request in requests]
    view, rows = requests.view, requests.rows
    history_rows, start = histories_of(view, rows)
    history, start = item_ids[history_rows].tolist(), start.tolist()
    row, excluded_rows = np.nonzero(view.blocked[rows])
    excluded, first = item_ids[excluded_rows].tolist(), np.searchsorted(row, np.arange(rows.size + 1)).tolist()
    seeds = (requests.stream.bits(requests.keys, requests.turn) >> np.uint64(11)).tolist()
    query, instruction = requests.query, requests.instruction
    return [
        {
            "user_id": user_id,
            "history": history[start[i] : start[i + 1]],
            "exclude": excluded[first[i] : first[i + 1]],
            "candidates": None,
            "page": page,
            "turn": requests.turn,
            "query": None if query is None else query[i],
            "instruction": None if instruction is None else instruction[i],
            "seed": seed,
        }
        for i, (user_id, page, seed) in enumerate(
            zip(view.user_ids[rows].tolist(), requests.page.tolist(), seeds, strict=True)
        )
    ]


def _request_dict(request: Request) -> dict[str, Any]:
    key = np.array([request._key], dtype=np.uint64)
    return {
        "user_id": request.user_id,
        "history": list(request.history),
        "exclude": sorted(request.exclude),
        "candidates": None if request.candidates is None else list(request.candidates),
        "page": request.page,
        "turn": request.turn,
        "query": request.query,
        "instruction": request.instruction,
        "seed": int(request._stream.bits(key, request.turn)[0] >> np.uint64(11)),
    }


def slates_in(answer: dict[str, Any], requests: Sequence[dict[str, Any]]) -> list[Slate]:
    """The slates of an answer to `requests`. Raises ServiceError; what stands in the slates is the host's to check."""
    slates = answer.get("slates")
    if not isinstance(slates, list):
        raise ServiceError(f"POST /recommend: slates is {_kind(slates)} instead of a list")
    if len(slates) != len(requests):
        raise ServiceError(f"POST /recommend: {len(slates):,} slates for {len(requests):,} requests")
    for slate, request in zip(slates, requests, strict=True):
        if not isinstance(slate, dict) or "item_ids" not in slate:
            shown = "an object without item_ids" if isinstance(slate, dict) else _kind(slate)
            told = f"{shown} stands where {{item_ids: […]}} belongs, for user {request['user_id']!r}"
            raise ServiceError(f"POST /recommend: {told}")
    return [Slate(one["item_ids"], one.get("scores"), one.get("propensities")) for one in slates]


def log_probs_in(answer: dict[str, Any], size: int) -> npt.NDArray[np.float64]:
    """Log-probabilities; null is a slate that cannot be shown. (size,). Raises ServiceError."""
    values = answer.get("log_prob")
    if not isinstance(values, list) or len(values) != size:
        raise ServiceError(f"POST /log_prob: log_prob is not a list of {size:,} numbers or nulls")
    if not all(value is None or (isinstance(value, int | float) and value <= 1e-9) for value in values):
        raise ServiceError("POST /log_prob: log_prob holds what is no logarithm of a probability")
    return np.array([-np.inf if value is None else value for value in values], dtype=np.float64)


def feedback_events(feedback: Feedback) -> list[dict[str, Any]]:
    """What happened in a turn, an object for each impression."""
    columns: dict[str, list[Any]] = {
        "user_id": feedback.user_id.tolist(),
        "item_id": feedback.item_id.tolist(),
        "position": feedback.position.tolist(),
        "clicked": feedback.clicked.tolist(),
        "dwell_s": feedback.dwell_s.tolist(),
        "rating": _or_null(feedback.rating),
        "propensity": _or_null(feedback.propensity),
        "page": feedback.page.tolist(),
        "session": feedback.session.tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _or_null(values: npt.NDArray[Any]) -> list[float | None]:
    known = np.isfinite(values).tolist()
    return [value if there else None for value, there in zip(values.tolist(), known, strict=True)]


def write_fit(file: BinaryIO, instance: str, catalog: Catalog, log: InteractionLog) -> None:
    """The body of a fit: lines of JSON, first `{instance: …}`, then each `{items: […]}`, `{people: […]}` or
    `{interactions: […]}`, in this order."""
    file.write(_compact({"instance": instance}).encode() + b"\n")
    for name, things in (("items", _items(catalog)), ("people", _people(log)), ("interactions", _interactions(log))):
        for line in _lines(things):
            file.write(_compact({name: line}).encode() + b"\n")


def _lines(things: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    line: list[dict[str, Any]] = []
    for thing in things:
        line.append(thing)
        if len(line) == LINE:
            yield line
            line = []
    if line:
        yield line


def _items(catalog: Catalog) -> Iterator[dict[str, Any]]:
    names = [field.name for field in fields(Item)]
    for item in catalog:
        yield {name: value for name in names if (value := getattr(item, name)) not in (None, "", ())}


def _people(log: InteractionLog) -> Iterator[dict[str, Any]]:
    facts = {name: values.tolist() for name, values in log.demographics.items()}
    for row, user_id in enumerate(log.user_ids.tolist()):
        yield {"user_id": user_id, "facts": {name: str(values[row]) for name, values in facts.items()}}


def _interactions(log: InteractionLog) -> Iterator[dict[str, Any]]:
    user_ids, item_ids = log.user_ids.tolist(), log.catalog.item_ids.tolist()
    rating, dwell_s = _or_null(log.rating), _or_null(log.dwell_s)
    rows = zip(log.user.tolist(), log.item.tolist(), log.clicked.tolist(), rating, log.time.tolist(), dwell_s,
               log.position.tolist(), strict=True)  # fmt: skip
    for user, item, clicked, stars, time, dwell, position in rows:
        one = {"user_id": user_ids[user], "item_id": item_ids[item], "clicked": clicked}
        if stars is not None:
            one["rating"] = stars
        if time > 0:
            one["time"] = time
        if dwell is not None:
            one["dwell_s"] = dwell
        if position >= 0:
            one["position"] = position
        yield one


def encoded(value: Any) -> bytes:
    """A body in JSON."""
    return _compact(value).encode()


def _kind(value: object) -> str:
    return "missing or null" if value is None else f"a {type(value).__name__}"
