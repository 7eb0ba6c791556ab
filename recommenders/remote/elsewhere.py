"""A recommender in another Python interpreter: the same plug-in, the same contract, other libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recommenders.contract import Feedback, Request, Slate
from recommenders.errors import RULES, PluginError, too_slow
from recommenders.remote.base import Remote
from recommenders.remote.frames import Array
from recommenders.remote.portable import (
    Packed,
    pack_catalog,
    pack_feedback,
    pack_log,
    pack_requests,
    pack_slates,
    unpack_slates,
)
from recommenders.remote.process import Process, ProcessEndedError, interpreter
from simulator.records import Catalog, InteractionLog, UserInputError

START_S = 300.0
"""Seconds that importing and making a recommender may take: large libraries on a busy disk take a minute."""


class Elsewhere(Remote):
    """The recommender that `spec` names, made with `params` by the interpreter `python`, in a process of its own.

    The process is started at once, and again where `restarts` is set and it has ended: then it is fitted (or loaded) as
    it was, and sees all feedback again, turn after turn. Raises UserInputError where it cannot be made.
    """

    def __init__(
        self,
        spec: str,
        params: Mapping[str, Any] | None = None,
        *,
        python: str,
        folder: Path | None = None,
        seed: int | None = None,
    ) -> None:
        self.name, self.python = spec, interpreter(python, folder)
        self._order = {
            "verb": "make",
            "spec": spec,
            "params": dict(params or {}),
            "folder": None if folder is None else str(folder.resolve()),
            "seed": seed,
        }
        self._begin: Callable[[], None] | None = None
        """Fits or loads it, once that has been done."""
        self._seen: list[Feedback] = []
        self._process = self._started()

    @property
    def can_save(self) -> bool:
        """Whether its class has `save`."""
        return self._saves

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Hand over catalogue and log, and wait until it is fitted."""
        self.catalog = catalog
        self._seen.clear()

        def begin() -> None:
            order = {"verb": "fit", "catalog": pack_catalog(catalog)}
            self._change(order, pack_log(log), self.fit_timeout_s)

        self._begin = None
        self._ready()
        begin()
        self._begin = begin

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """Its slates, as it gave them: the host checks them."""
        self._ready()
        header, arrays = pack_requests(requests)
        turn = requests[0].turn if len(requests) else None
        answer = self._ask({"verb": "recommend", "k": k, **header}, arrays, self.timeout_s, turn, len(requests))
        slates: Sequence[Slate] = unpack_slates(*answer, self.catalog)
        return slates

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> npt.NDArray[np.floating[Any]]:
        """Its probabilities."""
        self._ready()
        header, arrays = pack_requests(requests)
        packed, _ = pack_slates(list(slates))
        order = {"verb": "log_prob", "slates": packed, **header}
        return self._ask(order, arrays, self.timeout_s, None, len(requests))[1]["log_prob"]

    def observe(self, feedback: Feedback) -> None:
        """Pass on."""
        self._ready()
        self._observe(feedback)
        if self.restarts:
            self._seen.append(feedback)

    def save(self, folder: Path) -> None:
        """Have it write its state."""
        if not self._saves:
            super().save(folder)
        self._ready()
        self._ask({"verb": "save", "folder": str(folder.resolve())}, None, None)

    def restored(self, folder: Path, catalog: Catalog) -> Self:
        """Itself, with the state that `save` wrote."""
        self.catalog = catalog
        self._seen.clear()

        def begin() -> None:
            order = {"verb": "load", "folder": str(folder.resolve()), "catalog": pack_catalog(catalog)}
            self._change(order, None, self.fit_timeout_s)

        self._begin = None
        self._ready()
        begin()
        self._begin = begin
        return self

    def close(self) -> None:
        """Let the process go."""
        self._process.close()

    def _started(self) -> Process:
        process = Process(self.python)
        try:
            answer, _ = process.ask(self._order, timeout_s=START_S)
        except ProcessEndedError as error:
            raise UserInputError(f"recommender {self.name!r}: {self.python}: {error}") from None
        except TimeoutError:
            raise UserInputError(f"recommender {self.name!r}: not made within {START_S:g} s") from None
        fault = answer.get("refused") or answer.get("raised")
        if fault is not None:
            process.kill()
            raise UserInputError(f"{fault} [{self.python}]")
        self.learns, self._saves = bool(answer["learns"]), bool(answer["saves"])
        return process

    def _ready(self) -> None:
        """A process to ask: the one there is, or a new one that knows what the old one knew."""
        if self._process.alive:
            return
        if not self.restarts:
            raise PluginError(self.name, "its process has ended", RULES["recommend"])
        self.notice(f"recommender {self.name!r}: its process is started again")
        try:
            self._process = self._started()
        except UserInputError as error:  # in mid-run this is the end of the arm alone
            raise PluginError(self.name, f"it cannot be started again: {error}", RULES["recommend"]) from None
        if self._begin is not None:
            self._begin()
        for feedback in self._seen:
            self._observe(feedback)

    def _observe(self, feedback: Feedback) -> None:
        header, arrays = pack_feedback(feedback)
        self._change({"verb": "observe", **header}, arrays, self.timeout_s, feedback.turn, len(feedback))

    def _change(
        self,
        header: Mapping[str, Any],
        arrays: Mapping[str, Array] | None,
        timeout_s: float | None,
        turn: int | None = None,
        size: int = 0,
    ) -> None:
        """A call that changes what it knows. One that fails in it knows who knows what: it is ended, so that it cannot
        learn the same twice."""
        try:
            self._ask(header, arrays, timeout_s, turn, size)
        except UserInputError:
            self._process.kill()
            raise

    def _ask(
        self,
        header: Mapping[str, Any],
        arrays: Mapping[str, Array] | None,
        timeout_s: float | None,
        turn: int | None = None,
        size: int = 0,
    ) -> Packed:
        verb = header["verb"]
        rule = RULES[verb]
        try:
            answer = self._process.ask(header, arrays, timeout_s)
        except ProcessEndedError as error:
            raise PluginError(self.name, f"{verb} failed: {error}", rule, turn=turn) from None
        except TimeoutError:
            raise too_slow(self.name, verb, timeout_s or 0.0, size=size, turn=turn) from None
        if "raised" in answer[0]:
            raise PluginError(self.name, f"{verb} raised {answer[0]['raised']}", rule, turn=turn)
        if "refused" in answer[0]:
            raise PluginError(self.name, answer[0]["refused"], rule, turn=turn)
        return answer
