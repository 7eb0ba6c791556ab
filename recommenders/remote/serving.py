"""The other side of a channel: one recommender, which answers one message after the other until the channel closes."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recommenders.contract import Recommender, learns
from recommenders.loading import load_recommender
from recommenders.remote.frames import Array, receive, send
from recommenders.remote.portable import (
    Packed,
    pack_slates,
    unpack_catalog,
    unpack_feedback,
    unpack_log,
    unpack_requests,
    unpack_slates,
)
from simulator.plugins import told
from simulator.records import Catalog, UserInputError

Message = tuple[dict[str, Any], dict[str, Array]]


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer until `incoming` ends; then this process ends, and all that it started, in mid-call too."""
    keep_from_children(incoming.fileno(), outgoing.fileno())
    messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(incoming, messages), daemon=True).start()
    served, here = _Served(), os.getpid()
    while True:
        header, arrays = messages.get()
        answer: Packed
        try:
            answer = served.answer(header, arrays)
        except UserInputError as error:
            answer = {"refused": str(error)}, {}
        except BaseException as error:  # SystemExit too: what a plug-in does is told, and ends nothing here
            answer = {"raised": told(error)}, {}
        if os.getpid() != here:
            os._exit(0)  # a child that the plug-in forked has come back from the call, and has no say here
        send(outgoing, *answer)


def _listen(incoming: BinaryIO, messages: queue.SimpleQueue[Message]) -> None:
    """Hand on what arrives. The channel closes when whoever asked is gone, however that came about."""
    try:
        while True:
            messages.put(receive(incoming))
    finally:
        end_with_children()


def keep_from_children(*descriptors: int) -> None:
    """Children that a plug-in forks get nothing in place of these: while one of them held the channel, nobody would
    notice that this process has ended."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.register_at_fork(after_in_child=lambda: [os.dup2(nothing, one, inheritable=False) for one in descriptors])


def end_with_children() -> None:
    """End this process and all of its group, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


class _Served:
    """The recommender, once it is made, and the catalogue, once it is known."""

    recommender: Recommender
    catalog: Catalog

    def answer(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        verbs: dict[str, Callable[[dict[str, Any], dict[str, Array]], Packed]] = {
            "make": self._make,
            "fit": self._fit,
            "recommend": self._recommend,
            "log_prob": self._log_prob,
            "observe": self._observe,
            "save": self._save,
            "load": self._load,
        }
        return verbs[header["verb"]](header, arrays)

    def _make(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        folder = None if header["folder"] is None else Path(header["folder"])
        made = load_recommender(header["spec"], header["params"], folder=folder, seed=header["seed"])
        self.recommender = made
        return {"learns": learns(made), "saves": type(made).save is not Recommender.save}, {}

    def _know(self, columns: dict[str, list[Any]]) -> None:
        self.catalog = unpack_catalog(columns)
        self._item_ids = np.array(self.catalog.item_ids.tolist(), dtype=np.object_)

    def _fit(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        self._know(header["catalog"])
        self.recommender.fit(self.catalog, unpack_log(arrays, self.catalog))
        return {}, {}

    def _recommend(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        requests = unpack_requests(header, arrays, self._item_ids)
        return pack_slates(self.recommender.recommend(requests, header["k"]))

    def _log_prob(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        slates = unpack_slates(header["slates"], {}, self.catalog)
        requests = unpack_requests(header, arrays, self._item_ids)
        return {}, {"log_prob": np.asarray(self.recommender.log_prob(requests, slates), dtype=np.float64)}

    def _observe(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        self.recommender.observe(unpack_feedback(header, arrays, self.catalog))
        return {}, {}

    def _save(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        self.recommender.save(Path(header["folder"]))
        return {}, {}

    def _load(self, header: dict[str, Any], arrays: dict[str, Array]) -> Packed:
        self._know(header["catalog"])
        self.recommender = type(self.recommender).load(Path(header["folder"]))
        return {}, {}
