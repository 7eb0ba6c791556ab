"""The contract's words as JSON and arrays, and back: what is packed here is unpacked in another interpreter.

Items travel as rows of the catalogue, which both sides hold after `fit`; requests that were made by hand travel as ids.
An answer that breaks the contract is packed as it is, so that the host on the other side tells of it in its own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from recommenders.contract import Feedback, Request, RequestBatch, Slate, SlateBatch
from recommenders.platform import PlatformView
from recommenders.remote.frames import Array
from simulator.randomness import Stream
from simulator.records import I32, Catalog, InteractionLog, Item

Packed = tuple[dict[str, Any], dict[str, Array]]
"""A header and arrays, as `frames` sends them."""

_LOG = ("user_ids", "user", "item", "rating", "clicked", "time", "dwell_s", "position")
_FEEDBACK = ("user_ids", "user", "item", "position", "clicked", "dwell_s", "rating", "propensity", "page", "session")
_FACTS = "about people: "


def pack_catalog(catalog: Catalog) -> dict[str, list[Any]]:
    """The items, a list for each field."""
    return {field.name: [getattr(item, field.name) for item in catalog] for field in fields(Item)}


def unpack_catalog(columns: dict[str, list[Any]]) -> Catalog:
    """The inverse of `pack_catalog`."""
    rows = zip(*columns.values(), strict=True)
    names = list(columns)
    return Catalog(tuple(Item(**dict(zip(names, map(_frozen, row), strict=True))) for row in rows))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def pack_log(log: InteractionLog) -> dict[str, Array]:
    """All columns, and what is known of people."""
    facts = {_FACTS + name: values for name, values in log.demographics.items()}
    return {name: getattr(log, name) for name in _LOG} | facts


def unpack_log(arrays: dict[str, Array], catalog: Catalog) -> InteractionLog:
    """The inverse of `pack_log`."""
    facts = {name.removeprefix(_FACTS): values for name, values in arrays.items() if name.startswith(_FACTS)}
    return InteractionLog(catalog=catalog, demographics=facts, **{name: arrays[name] for name in _LOG})


def pack_feedback(feedback: Feedback) -> Packed:
    """What happened in a turn."""
    return {"turn": feedback.turn}, {name: getattr(feedback, name) for name in _FEEDBACK}


def unpack_feedback(header: dict[str, Any], arrays: dict[str, Array], catalog: Catalog) -> Feedback:
    """The inverse of `pack_feedback`."""
    return Feedback(catalog=catalog, turn=header["turn"], **{name: arrays[name] for name in _FEEDBACK})


def pack_requests(requests: Sequence[Request]) -> Packed:
    """Requests of one turn and one stream, as the host makes them, in arrays; others one by one."""
    if not isinstance(requests, RequestBatch):
        return {"one_by_one": [_request(request) for request in requests]}, {}
    view, rows = requests.view, requests.rows
    history, history_start = histories_of(view, rows)
    row, excluded = np.nonzero(view.blocked[rows])
    texts = {name: getattr(requests, name) for name in ("query", "instruction")}
    header: dict[str, Any] = {"turn": requests.turn, "stream": requests.stream.key}
    header.update({name: None if said is None else said.tolist() for name, said in texts.items()})
    return header, {
        "user_ids": view.user_ids[rows],
        "keys": requests.keys,
        "page": requests.page,
        "history": history,
        "history_start": history_start,
        "excluded": excluded.astype(np.int32),
        "excluded_start": np.searchsorted(row, np.arange(rows.size + 1)),
    }


def histories_of(view: PlatformView, rows: I32) -> tuple[I32, npt.NDArray[np.int64]]:
    """`PlatformView.history_of` for many people at once: catalogue rows, and where each of `rows` starts (and ends)."""
    wanted = np.full(len(view), -1, dtype=np.int64)
    wanted[rows] = np.arange(rows.size)
    person = np.concatenate([np.repeat(np.arange(len(view)), np.diff(view.indptr)), *(who for who, _ in view.changes)])
    item = np.concatenate([view.items, *(what for _, what in view.changes)])
    place = wanted[person]
    known = np.flatnonzero(place >= 0)
    in_order = known[np.argsort(place[known], kind="stable")]
    return item[in_order].astype(np.int32), np.searchsorted(place[in_order], np.arange(rows.size + 1))


def _request(request: Request) -> dict[str, Any]:
    return {
        "user_id": request.user_id,
        "history": request.history,
        "exclude": sorted(request.exclude),
        "candidates": request.candidates,
        "page": request.page,
        "turn": request.turn,
        "query": request.query,
        "instruction": request.instruction,
        "_stream": request._stream.key,
        "_key": request._key,
    }


def unpack_requests(
    header: dict[str, Any], arrays: dict[str, Array], item_ids: npt.NDArray[np.object_]
) -> list[Request]:
    """The inverse of `pack_requests`. `item_ids`: the catalogue's, as Python text. (n_items,)."""
    if "one_by_one" in header:
        return [_read_request(one) for one in header["one_by_one"]]
    stream = Stream(header["stream"])
    history, excluded = item_ids[arrays["history"]].tolist(), item_ids[arrays["excluded"]].tolist()
    history_start, excluded_start = arrays["history_start"].tolist(), arrays["excluded_start"].tolist()
    people = zip(arrays["user_ids"].tolist(), arrays["keys"].tolist(), arrays["page"].tolist(), strict=True)
    query, instruction = header["query"], header["instruction"]
    return [
        Request(
            user_id=user_id,
            history=tuple(history[history_start[i] : history_start[i + 1]]),
            exclude=frozenset(excluded[excluded_start[i] : excluded_start[i + 1]]),
            page=page,
            turn=header["turn"],
            query=None if query is None else query[i],
            instruction=None if instruction is None else instruction[i],
            _stream=stream,
            _key=key,
        )
        for i, (user_id, key, page) in enumerate(people)
    ]


def _read_request(given: dict[str, Any]) -> Request:
    candidates = given["candidates"]
    return Request(
        **{
            **given,
            "history": tuple(given["history"]),
            "exclude": frozenset(given["exclude"]),
            "candidates": None if candidates is None else tuple(candidates),
            "_stream": Stream(given["_stream"]),
        }
    )


def pack_slates(slates: object) -> Packed:
    """What `recommend` returned, whatever it is."""
    if isinstance(slates, SlateBatch):
        arrays = {"items": slates.items, "scores": slates.scores, "propensities": slates.propensities}
        return {"batch": True}, {name: np.asarray(array) for name, array in arrays.items() if array is not None}
    if not isinstance(slates, Sequence) or isinstance(slates, str | bytes):
        return {"slates": _odd(slates)}, {}
    return {"slates": [_slate(slate) for slate in slates]}, {}


def unpack_slates(header: dict[str, Any], arrays: dict[str, Array], catalog: Catalog) -> Any:
    """The inverse of `pack_slates`; what was no part of an answer comes back as an object of a class of that name."""
    if header.get("batch"):
        return SlateBatch(catalog, arrays["items"], arrays.get("scores"), arrays.get("propensities"))
    slates = _back(header["slates"])
    return slates if not isinstance(slates, list) else [Slate(*one) if isinstance(one, list) else one for one in slates]


def _slate(slate: object) -> Any:
    if not isinstance(slate, Slate):
        return _odd(slate)
    return [_values(slate.item_ids), _values(slate.scores), _values(slate.propensities)]


def _values(values: object) -> Any:
    if isinstance(values, np.ndarray) and values.ndim == 1:
        values = values.tolist()
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        return _odd(values)
    return [_value(value) for value in values]


def _value(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return value if value is None or isinstance(value, str | int | float) else {"kind": type(value).__name__}


def _odd(value: object) -> Any:
    return None if value is None else {"kind": type(value).__name__}


def _back(value: Any) -> Any:
    if isinstance(value, dict):
        return type(str(value["kind"]), (), {})()
    return [_back(one) for one in value] if isinstance(value, list) else value
