"""Recommenders in front of one person: fitted when they are first asked, and told what is lived if they learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import RLock, Thread

from recommenders.contract import Feedback, RequestBatch
from recommenders.errors import PluginError
from recommenders.host import Host
from recommenders.loading import describe_all
from simulator.experiment.casting import make_host
from simulator.experiment.plan import Arm
from simulator.records import UserInputError
from simulator.studies.solo.stopped import LifeStoppedError
from simulator.studies.theatre import AGENT, Theatre

_SOON_S = 0.05
"""How often who waits for a recommender listens for an interrupt."""


class _Fitting(Thread):
    """One recommender that is being fitted. Nothing can stop a fit, but nobody has to wait for it."""

    def __init__(self, fit: Callable[[], Host]) -> None:
        super().__init__(daemon=True)
        self._fit = fit
        self.host: Host | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.host = self._fit()
        except BaseException as error:  # raised where somebody waits
            self.error = error


class Recommenders:
    """The recommenders of a setting, fitted on what its platform knows. `told` hears that one is fitted, by name."""

    def __init__(self, theatre: Theatre, told: Callable[[str], None]) -> None:
        self._theatre, self._told = theatre, told
        self._hosts: dict[str, Host] = {}
        self._lock = RLock()
        self._fitting: dict[str, _Fitting] = {}
        self._interrupts = 0
        self._closed = False
        self._arms: Mapping[str, Arm] = {arm.name: arm for arm in theatre.plan.arms if arm.name != AGENT}

    @property
    def names(self) -> tuple[str, ...]:
        """The arms of the scenario, the default first, then the built-in ones and the plug-ins that are installed."""
        known = (one.name for one in describe_all() if not one.origin.startswith("adapter"))
        return tuple(dict.fromkeys((*self._arms, *known)))

    @property
    def default(self) -> str:
        """The one that is meant if none is named."""
        return next(iter(self._arms), "popular")

    def host(self, name: str) -> Host:
        """A fitted recommender by the name of an arm, of a built-in one, or of a plug-in. One that learns is made for
        each who asks, and closed by them; the others are shared. Raises UserInputError, and LifeStoppedError after an
        `interrupt`: then it is fitted on, for whoever asks next."""
        with self._lock:
            if (shared := self._hosts.get(name)) is not None:
                return shared
            heard = self._interrupts  # before it is begun: an interrupt may come at once
            if (fitting := self._fitting.get(name)) is None:
                fitting = self._fitting[name] = _Fitting(lambda: self._fitted(name))
                fitting.start()
        while fitting.is_alive():
            fitting.join(_SOON_S)
            if self._interrupts != heard and fitting.is_alive():
                raise LifeStoppedError(f"{name} is not waited for; it is fitted meanwhile. Ask for it again later")
        return self._ready(name, fitting)

    def interrupt(self) -> None:
        """From another thread: stop waiting for one that is fitted."""
        self._interrupts += 1

    def _ready(self, name: str, fitting: _Fitting) -> Host:
        with self._lock:
            if self._fitting.get(name) is fitting:
                del self._fitting[name]
            if fitting.error is not None:
                raise fitting.error
            assert fitting.host is not None
            if not fitting.host.learns:
                self._hosts[name] = fitting.host
            return fitting.host

    def _fitted(self, name: str) -> Host:
        with self._theatre.settled():
            host = self._made(name)
        with self._lock:
            if self._closed:
                host.close()
        return host

    def _made(self, name: str) -> Host:
        theatre = self._theatre
        arm = self._arms.get(name) or Arm(name=name, recommender=name)
        host = make_host(theatre.plan, arm, self._told)
        try:
            self._told(f"{name} is fitted")
            host.fit(theatre.log.catalog, theatre.log)
            host.probe(theatre.log.catalog, theatre.log, theatre.plan.slate_size)
        except PluginError as error:
            host.close()
            raise UserInputError(str(error)) from error
        except BaseException:
            host.close()
            raise
        return host

    def close(self) -> None:
        """Let go of all of them."""
        with self._lock:
            self._closed = True
            left = [one.host for one in self._fitting.values() if one.host is not None]
            for host in (*self._hosts.values(), *left):
                host.close()
            self._hosts.clear()
            self._fitting.clear()


class Advisers:
    """The recommenders as one life has them: those that learn, learn from this life alone, on this branch, so they are
    fitted again after each step back: `thompson` and `linucb` in 0.4 s on MovieLens-1M, a plug-in as long as it takes.
    """

    def __init__(self, recommenders: Recommenders) -> None:
        self._recommenders = recommenders
        self._learning: dict[str, tuple[Host, int]] = {}

    def ask(self, name: str, batch: RequestBatch, k: int, lived: Sequence[Feedback]) -> list[int]:
        """Rows of the catalogue. Raises UserInputError; one that learns is made anew then, for nobody knows what it has
        learnt."""
        host, seen = self._learning.get(name) or (self._recommenders.host(name), 0)
        try:
            if host.learns:
                self._learning[name] = host, len(lived)
                for feedback in lived[seen:]:
                    host.observe(feedback)
            return [item for item in host.recommend(batch, k).items[0].tolist() if item >= 0]
        except PluginError as error:
            if self._learning.pop(name, None) is not None:
                host.close()
            raise UserInputError(str(error)) from error

    def forget(self) -> None:
        """The life goes on from an earlier page: what was learnt after it never happened."""
        for host, _ in self._learning.values():
            host.close()
        self._learning.clear()
