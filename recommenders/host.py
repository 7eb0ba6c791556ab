"""Runs a recommender inside its contract: what it returns is checked, what goes wrong is told, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import TypeVar

import numpy as np

from recommenders.builtin.stored import Stored
from recommenders.composition import walk
from recommenders.contract import Feedback, Recommender, RequestBatch, SlateBatch, learns
from recommenders.errors import RULES, PluginError, too_slow
from recommenders.exploration import Explore
from recommenders.notices import Noticing
from recommenders.platform import PlatformView, view_of_histories
from recommenders.remote.base import Remote, unheard
from recommenders.validation import checked_slates, sealed, shared
from recommenders.watch import Watched
from simulator.plugins import told
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, UserInputError

T = TypeVar("T")

_PROBED_PEOPLE = 3


class Host:
    """One recommender of one arm. Every breach of the contract is a `PluginError` that names it as `name`.

    Plug-ins run in one thread of their own and get `timeout_s` seconds for a batch, and `fit_timeout_s` (None: as long
    as it takes) to be fitted; built-ins are called directly. A plug-in is made outside that thread: what is bound to a
    thread (such as a database connection) is opened in `fit`. What runs in another process keeps its time itself.

    A call that fails is made again, up to `retries` times, where that is safe: `recommend` always, and every call of a
    plug-in in another process, which can be started afresh. `notice` hears of each time.
    """

    def __init__(
        self,
        recommender: Recommender,
        name: str | None = None,
        *,
        timeout_s: float = 60.0,
        fit_timeout_s: float | None = None,
        retries: int = 0,
        notice: Callable[[str], None] = unheard,
    ) -> None:
        self.recommender = recommender
        self.name = type(recommender).__name__ if name is None else name
        self.timeout_s, self.fit_timeout_s, self.retries = timeout_s, fit_timeout_s, retries
        self.notice = notice
        self.learns = learns(recommender)
        """Whether `observe` may change later slates: then all blocks share this host and meet at the turn barrier."""
        if isinstance(recommender, Explore):
            recommender.name = self.name
        self._remotes = [part for part in walk(recommender) if isinstance(part, Remote)]
        for remote in self._remotes:
            remote.name = self.name if remote is _inner(recommender) else remote.name
            remote.timeout_s, remote.fit_timeout_s = timeout_s, fit_timeout_s
            remote.restarts, remote.notice = retries > 0, notice
        here = [part for part in walk(recommender) if not isinstance(part, Remote)]
        for part in here:
            if isinstance(part, Noticing):
                part.notice = notice
        self._built_in = _from_the_house(here) and not self._remotes
        self._watched = None if _from_the_house(here) else Watched()
        self._asking = Lock()

    @property
    def built_in(self) -> bool:
        """Whether the recommender comes with the house, so that it can be saved, and loaded by every worker."""
        return self._built_in

    @property
    def can_save(self) -> bool:
        """Whether the fitted state can be written to a folder."""
        inner = _inner(self.recommender)
        if self._remotes:
            return isinstance(inner, Remote) and inner.can_save
        return all(type(part).save is not Recommender.save for part in walk(inner))

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Fit on the platform's part of the log, within `fit_timeout_s`."""

        given = log if self._watched is None else shared(log)

        def fit() -> None:
            self._call(lambda: self.recommender.fit(catalog, given), "fit", self.fit_timeout_s)

        self._tried("fit", fit)

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

        def recommend() -> SlateBatch:
            ask, unscored = self.recommender.recommend, isinstance(self.recommender, Explore)

            def checked() -> SlateBatch:  # where the plug-in runs: to read what it returned may be its code again
                return checked_slates(ask(batch, k), batch, k, self.name, unscored=unscored)

            return self._call(checked, "recommend", self.timeout_s, batch.turn, len(batch))

        with self._asking, sealed(batch) if self._watched is not None else nullcontext():
            return self._tried("recommend", recommend)

    def observe(self, feedback: Feedback) -> None:
        """Pass on what happened in a turn."""

        def observe() -> None:
            see = self.recommender.observe
            self._call(lambda: see(feedback), "observe", self.timeout_s, feedback.turn, len(feedback))

        self._tried("observe", observe)

    def save(self, folder: Path) -> None:
        """Write the fitted state; only where `can_save`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._call(lambda: self.recommender.save(folder), "save", None)

    def restore(self, folder: Path, catalog: Catalog) -> None:
        """Take the fitted state from a folder that `save` wrote, in place of `fit`."""
        outer, inner = self.recommender, _inner(self.recommender)
        if isinstance(inner, Remote):
            remote = inner
            self._tried("load", lambda: self._call(lambda: remote.restored(folder, catalog), "load", None))
            if isinstance(outer, Explore):
                outer.catalog = catalog
            return
        loaded = self._call(lambda: type(inner).load(folder), "load", None)
        for part in walk(loaded):
            if isinstance(part, Stored):
                part.catalog = catalog
            if isinstance(part, Noticing):
                part.notice = self.notice
        self.recommender = loaded
        if isinstance(outer, Explore):
            self.recommender = wrapped = outer.with_base(loaded)
            wrapped.name = self.name
            self.recommender.catalog = catalog

    def close(self) -> None:
        """Let go of the plug-in's thread, or process, or connections."""
        if self._watched is not None:
            self._watched.close()
        for remote in self._remotes:
            remote.close()

    def _tried(self, verb: str, call: Callable[[], T]) -> T:
        """What `call` returns; made again after a failure, as often as the arm allows and as long as that is safe."""
        for attempt in range(1, self.retries + 1):
            try:
                return call()
            except PluginError as error:
                if self._watched is not None and (verb != "recommend" or self._watched.lost):
                    raise
                self.notice(f"{error}. Asked again ({attempt} of {self.retries})")
        return call()

    def _call(
        self, call: Callable[[], T], verb: str, timeout_s: float | None, turn: int | None = None, size: int = 0
    ) -> T:
        rule = RULES[verb]
        try:
            return call() if self._watched is None else self._watched(call, timeout_s)
        except PluginError:
            raise
        except UserInputError as error:
            if self._watched is None:
                raise
            raise PluginError(self.name, str(error), rule, turn=turn) from None  # theirs ends their arm, not the run
        except TimeoutError as error:
            if timeout_s is None or self._watched is None or not self._watched.lost:
                raise PluginError(self.name, f"{verb} raised {told(error)}", rule, turn=turn) from error
            raise too_slow(self.name, verb, timeout_s, size=size, turn=turn) from None
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and (self._watched is None or self._watched.lost):
                raise  # somebody pressed Ctrl-C; one that the plug-in raises is an error like any other
            raise PluginError(self.name, f"{verb} raised {told(error)}", rule, turn=turn) from error


def _inner(recommender: Recommender) -> Recommender:
    """What an exploration policy is around."""
    return recommender.base if isinstance(recommender, Explore) else recommender


def _from_the_house(parts: Iterable[Recommender]) -> bool:
    """Whether all of them come with the house, and none of them waits for somebody else's service."""
    homes = ("recommenders.builtin.", "recommenders.exploration")
    return all(type(part).__module__.startswith(homes) for part in parts)


def _probe_view(catalog: Catalog, log: InteractionLog) -> PlatformView:
    """The first people of the log, and a newcomer."""
    people = np.arange(min(_PROBED_PEOPLE, log.n_users), dtype=np.int32)
    ids = log.user_ids[people].tolist()
    known = PlatformView.of(log.select(log.user < _PROBED_PEOPLE), people, log.user_ids[people], keys_of(ids))
    newcomer = "somebody new"
    histories = [*(known.history_of(row) for row in people.tolist()), ()]
    return view_of_histories(catalog, [*ids, newcomer], keys_of([*ids, newcomer]), histories)
