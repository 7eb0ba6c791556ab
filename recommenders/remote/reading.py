"""The service's side of the HTTP protocol, for services in Python: what the wire brings, in the contract's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from recommenders.contract import Feedback, Request, Slate
from simulator.randomness import Stream
from simulator.records import Catalog, InteractionLog, Item

_SERVICE = Stream.of(0, "luck", "service")
_TUPLES = ("categories", "reviews")
_ITEM_FIELDS = frozenset(field.name for field in fields(Item))


def catalog_and_log(lines: Iterable[Mapping[str, Any]]) -> tuple[Catalog, InteractionLog]:
    """What the lines of a fit's body say; fields that are unknown here are left alone."""
    found: dict[str, list[Mapping[str, Any]]] = {"items": [], "people": [], "interactions": []}
    for line in lines:
        for name, things in found.items():
            things += line.get(name, ())
    catalog = Catalog(tuple(_item(one) for one in found["items"]))
    user_ids = [one["user_id"] for one in found["people"]]
    row_of = {user_id: row for row, user_id in enumerate(user_ids)}
    rows, nan = found["interactions"], np.nan
    names = sorted({name for one in found["people"] for name in one.get("facts", {})})
    log = InteractionLog(
        catalog=catalog,
        user_ids=np.array(user_ids, dtype=np.str_),
        user=np.array([row_of[one["user_id"]] for one in rows], dtype=np.int32),
        item=np.array([catalog.row_of[one["item_id"]] for one in rows], dtype=np.int32),
        rating=np.array([one.get("rating", nan) for one in rows], dtype=np.float32),
        clicked=np.array([one.get("clicked", True) for one in rows], dtype=np.bool_),
        time=np.array([one.get("time", 0) for one in rows], dtype=np.int64),
        dwell_s=np.array([one.get("dwell_s", nan) for one in rows], dtype=np.float32),
        position=np.array([one.get("position", -1) for one in rows], dtype=np.int32),
        demographics={
            name: np.array([one.get("facts", {}).get(name, "") for one in found["people"]], dtype=np.str_)
            for name in names
        },
    )
    return catalog, log


def _item(given: Mapping[str, Any]) -> Item:
    named = given.items()
    known: dict[str, Any] = {
        name: tuple(value) if name in _TUPLES else value for name, value in named if name in _ITEM_FIELDS
    }
    return Item(**known)


def read_request(given: Mapping[str, Any]) -> Request:
    """One request; its `rng()` draws from its seed."""
    candidates = given.get("candidates")
    return Request(
        user_id=given["user_id"],
        history=tuple(given["history"]),
        exclude=frozenset(given["exclude"]),
        candidates=None if candidates is None else tuple(candidates),
        page=given["page"],
        turn=given["turn"],
        query=given.get("query"),
        instruction=given.get("instruction"),
        _stream=_SERVICE,
        _key=given["seed"],
    )


def read_feedback(given: Mapping[str, Any], catalog: Catalog) -> Feedback:
    """What happened in a turn."""
    events = given["events"]
    user_ids, user = np.unique(np.array([one["user_id"] for one in events], dtype=np.str_), return_inverse=True)

    def column(name: str, dtype: Any) -> Any:
        return np.array([np.nan if one[name] is None else one[name] for one in events], dtype=dtype)

    return Feedback(
        catalog=catalog,
        user_ids=user_ids,
        user=user.astype(np.int32),
        item=np.array([catalog.row_of[one["item_id"]] for one in events], dtype=np.int32),
        position=column("position", np.int32),
        clicked=column("clicked", np.bool_),
        dwell_s=column("dwell_s", np.float32),
        rating=column("rating", np.float32),
        propensity=column("propensity", np.float32),
        page=column("page", np.int32),
        session=column("session", np.int32),
        turn=given["turn"],
    )


def slate_dict(slate: Slate) -> dict[str, Any]:
    """A slate as JSON has it."""
    named = {"item_ids": slate.item_ids, "scores": slate.scores, "propensities": slate.propensities}
    return {name: np.asarray(value).tolist() for name, value in named.items() if value is not None}
