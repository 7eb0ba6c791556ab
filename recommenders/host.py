"""Runs a recommender inside its contract: what it returns is checked, what goes wrong is told, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np

from recommenders.builtin.stored import Stored
from recommenders.composition import walk
from recommenders.contract import Feedback, Recommender, RequestBatch, SlateBatch, learns
from recommenders.errors import PluginError
from recommenders.exploration import Explore
from recommenders.platform import PlatformView, view_of_histories
from recommenders.validation import checked_slates
from recommenders.watch import Watched
from simulator.plugins import told
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, UserInputError

T = TypeVar("T")

_PROBED_PEOPLE = 3
_FIT = "fit(catalog, log) learns from what the platform knows, once, before anything else"
_RECOMMEND = "recommend(requests, k) answers every batch of requests with slates"
_OBSERVE = "observe(feedback) takes note of a turn"
_STORE = "save(folder) writes what load(folder) reads"


class Host:
    """One recommender of one arm. Every breach of the contract is a `PluginError` that names it as `name`.

    Plug-ins run in one thread of their own and get `timeout_s` seconds for a batch; built-ins are called directly. A
    plug-in is made outside that thread: what is bound to a thread (such as a database connection) is opened in `fit`.
    """

    def __init__(self, recommender: Recommender, name: str | None = None, *, timeout_s: float = 60.0) -> None:
        self.recommender = recommender
        self.name = type(recommender).__name__ if name is None else name
        self.timeout_s = timeout_s
        self.learns = learns(recommender)
        """Whether `observe` may change later slates: then all blocks share this host and meet at the turn barrier."""
        if isinstance(recommender, Explore):
            recommender.name = self.name
        self._watched = None if _from_the_house(recommender) else Watched()
        self._asking = Lock()

    @property
    def built_in(self) -> bool:
        """Whether the recommender comes with the house, so that it can be saved, and loaded by every worker."""
        return self._watched is None

    @property
    def can_save(self) -> bool:
        """Whether the fitted state can be written to a folder."""
        inner = self.recommender.base if isinstance(self.recommender, Explore) else self.recommender
        return all(type(part).save is not Recommender.save for part in walk(inner))

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit on the platform's part of the log; takes as long as it takes."""
        self._call(lambda: self.recommender.fit(catalog, log), "fit", _FIT, None)

    def probe(self, catalog: Catalog, log: InteractionLog, k: int) -> None:
        """Ask for a few pages before the first turn, one of them for somebody about whom nothing is known."""
        view = _probe_view(catalog, log)
        rows = np.arange(len(view), dtype=np.int32)
        batch = RequestBatch(view, rows, np.zeros_like(rows), 0, Stream.of(0, "luck", "probe"))
        self.recommend(batch, k)

    def recommend(self, batch: RequestBatch, k: int) -> SlateBatch:
        """One checked slate a request; several threads may ask, and are answered one by one. Raises PluginError."""
        if not len(batch):
            return SlateBatch(batch.view.catalog, np.empty((0, k), dtype=np.int32))
        ask = self.recommender.recommend
        with self._asking:
            slates = self._call(lambda: ask(batch, k), "recommend", _RECOMMEND, self.timeout_s, batch.turn, len(batch))
        unscored = isinstance(self.recommender, Explore)
        return checked_slates(slates, batch, k, self.name, unscored=unscored)

    def observe(self, feedback: Feedback) -> None:
        """Pass on what happened in a turn."""
        observe = self.recommender.observe
        self._call(lambda: observe(feedback), "observe", _OBSERVE, self.timeout_s, feedback.turn, len(feedback))

    def save(self, folder: Path) -> None:
        """Write the fitted state; only where `can_save`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._call(lambda: self.recommender.save(folder), "save", _STORE, None)

    def restore(self, folder: Path, catalog: Catalog) -> None:
        """Take the fitted state from a folder that `save` wrote, in place of `fit`."""
        outer = self.recommender
        inner = outer.base if isinstance(outer, Explore) else outer
        loaded = self._call(lambda: type(inner).load(folder), "load", _STORE, None)
        for part in walk(loaded):
            if isinstance(part, Stored):
                part.catalog = catalog
        self.recommender = loaded
        if isinstance(outer, Explore):
            self.recommender = wrapped = outer.with_base(loaded)
            wrapped.name = self.name
            self.recommender.catalog = catalog

    def close(self) -> None:
        """Let go of the plug-in's thread."""
        if self._watched is not None:
            self._watched.close()

    def _call(
        self,
        call: Callable[[], T],
        verb: str,
        rule: str,
        timeout_s: float | None,
        turn: int | None = None,
        size: int = 0,
    ) -> T:
        try:
            return call() if self._watched is None else self._watched(call, timeout_s)
        except UserInputError:
            raise
        except TimeoutError as error:
            if timeout_s is None or self._watched is None or not self._watched.lost:
                raise PluginError(self.name, f"{verb} raised {told(error)}", rule, turn=turn) from error
            fault = f"{verb} is too slow: no answer within {timeout_s:g} s for a batch of {size:,}"
            cure = f"{rule}, within timeout_s. Make it faster, or raise the arm's timeout_s"
            raise PluginError(self.name, fault, cure, turn=turn) from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PluginError(self.name, f"{verb} raised {told(error)}", rule, turn=turn) from error


def _from_the_house(recommender: Recommender) -> bool:
    """Whether all of it comes with the house, and nothing of it waits for somebody else's service."""
    homes = ("recommenders.builtin.", "recommenders.exploration")
    return all(type(part).__module__.startswith(homes) for part in walk(recommender))


def _probe_view(catalog: Catalog, log: InteractionLog) -> PlatformView:
    """The first people of the log, and a newcomer."""
    people = np.arange(min(_PROBED_PEOPLE, log.n_users), dtype=np.int32)
    ids = log.user_ids[people].tolist()
    known = PlatformView.of(log.select(log.user < _PROBED_PEOPLE), people, log.user_ids[people], keys_of(ids))
    newcomer = "somebody new"
    histories = [*(known.history_of(row) for row in people.tolist()), ()]
    return view_of_histories(catalog, [*ids, newcomer], keys_of([*ids, newcomer]), histories)
