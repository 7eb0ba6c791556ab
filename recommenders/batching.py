"""Requests as arrays: what the host hands over already, and what somebody made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from recommenders.contract import Request, RequestBatch
from recommenders.platform import CHOSEN, view_of_histories
from simulator.randomness import Stream
from simulator.records import Catalog


def as_batch(catalog: Catalog, requests: Sequence[Request]) -> RequestBatch:
    """`requests` itself if it is a batch already, else one view row a request, in the same order.

    Ids that the catalogue lacks are left out of histories and exclusions. Raises ValueError where the requests belong
    to several turns or seeds: a batch has one of each.
    """
    if isinstance(requests, RequestBatch):
        return requests
    if len({(request.turn, request._stream.key) for request in requests}) > 1:
        raise ValueError("the requests of one batch must be of one turn and one stream of chance")
    turn, stream = (requests[0].turn, requests[0]._stream) if requests else (0, Stream.of(0, "luck", "recommender"))
    view = view_of_histories(
        catalog,
        [request.user_id for request in requests],
        np.array([request._key for request in requests], dtype=np.uint64),
        [request.history for request in requests],
    )
    for row, request in enumerate(requests):
        view.blocked[row, _rows(catalog, request.exclude)] |= CHOSEN
        if request.candidates is not None:
            forbidden = np.ones(len(catalog), dtype=np.bool_)
            forbidden[_rows(catalog, request.candidates)] = False
            view.blocked[row, forbidden] |= CHOSEN
    for name in ("query", "instruction"):
        if any(getattr(request, name) is not None for request in requests):
            setattr(view, name, np.array([getattr(request, name) for request in requests], dtype=np.object_))
    # Hand-made requests do not say when something was said: all of it is taken to be of this session.
    view.said_now[:] = [len((request.instruction or "").splitlines()) for request in requests]
    rows = np.arange(len(requests), dtype=np.int32)
    return RequestBatch(view, rows, np.array([request.page for request in requests], dtype=np.int32), turn, stream)


def _rows(catalog: Catalog, item_ids: Iterable[str]) -> list[int]:
    return [catalog.row_of[item_id] for item_id in item_ids if item_id in catalog.row_of]
