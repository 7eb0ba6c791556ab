"""A recommender behind a URL: any program that speaks the protocol of `openapi.json`, in any language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import Any, Self, TypeVar
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from recommenders.contract import Feedback, Request, Slate
from recommenders.errors import RULES, PluginError, too_slow
from recommenders.remote import wire
from recommenders.remote.address import address_of
from recommenders.remote.base import Remote
from recommenders.remote.transport import ForgottenError, ServiceError, SlowServiceError, Transport
from simulator.records import Catalog, InteractionLog, UserInputError

T = TypeVar("T")

REACH_S = 10.0
"""Seconds within which a service must say who it is."""
_STATE = "service.json"


class Service(Remote):
    """The recommender behind `url`. `token_env` names the environment variable that holds a bearer token.

    The service is asked who it is at once. Each of these objects is one `instance` of it: a service that learns keeps
    what it learns apart by it. Raises UserInputError where nobody answers, or somebody who does not speak the protocol.
    """

    def __init__(self, url: str, *, token_env: str | None = None) -> None:
        address = address_of(url, token_env)
        self.name, self._outside = address.url, not address.loopback
        self._transport = Transport(address)
        self._instance = uuid4().hex
        about = self._about()
        can = about.get("capabilities", {})
        self.fits, self._saves, self._log_prob = (can.get(name, False) for name in ("fits", "saves", "log_prob"))
        self.learns = can.get("learns", False)
        self._most = int(about.get("max_batch") or 1 << 20)
        self._begin: Callable[[], None] | None = None
        self._seen: list[Feedback] = []
        self._observed = 0
        self._telling_again = False
        self._transport.tell = self._tell

    def _about(self) -> dict[str, Any]:
        """What it says of itself at `GET /`."""
        try:
            about = self._transport.ask("GET", "/", until=monotonic() + REACH_S)
        except ServiceError as error:
            cure = "Start the service, or correct the address; what it must answer is in docs/plugins.md"
            raise UserInputError(f"{self.name}: {error}. {cure}") from None
        if about.get("protocol") != wire.PROTOCOL:
            told = f"GET / says protocol {about.get('protocol')!r}; this is version {wire.PROTOCOL} (docs/plugins.md)"
            raise UserInputError(f"{self.name}: {told}")
        can, most = about.get("capabilities", {}), about.get("max_batch")
        if not isinstance(can, dict) or not all(isinstance(value, bool) for value in can.values()):
            raise UserInputError(f"{self.name}: GET /: capabilities must be an object of true and false")
        if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
            raise UserInputError(f"{self.name}: GET /: max_batch must be a whole number above 0, not {most!r}")
        return about

    @property
    def can_save(self) -> bool:
        """Whether it says so."""
        return bool(self._saves)

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        """Send catalogue and log, and wait until it is fitted; nothing is sent to one that does not fit."""
        self._meet(catalog)

        def begin() -> None:
            if self.fits:
                self._send_fit(catalog, log)

        begin()
        self._begin = begin

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        """Its slates, as it gave them: the host checks them."""
        slates: list[Slate] = []
        turn, until = (requests[0].turn if len(requests) else None), monotonic() + self.timeout_s
        for batch in self._batches(wire.request_dicts(requests, self._item_ids)):
            read = partial(wire.slates_in, requests=batch)
            slates += self._asked("recommend", {"k": k, "requests": batch}, read, turn, len(requests), until)
        return slates

    def log_prob(self, requests: Sequence[Request], slates: Sequence[Slate]) -> npt.NDArray[np.floating[Any]]:
        """Its probabilities, if it has any."""
        if not self._log_prob:
            raise NotImplementedError(f"{self.name} gives no probabilities")
        shown = [{"item_ids": [str(item_id) for item_id in slate.item_ids]} for slate in slates]
        body = {"requests": wire.request_dicts(requests, self._item_ids), "slates": shown}
        return self._asked("log_prob", body, lambda answer: wire.log_probs_in(answer, len(shown)), None, len(shown))

    def observe(self, feedback: Feedback) -> None:
        """Pass on, with the number of this turn's feedback: a service that has seen the number leaves it at that."""
        self._observe(feedback, self._observed)
        self._observed += 1
        if self.restarts:
            self._seen.append(feedback)

    def save(self, folder: Path) -> None:
        """Have it keep its state under a name, and write down the name."""
        state = self._asked("save", {}, _state_in)
        (folder / _STATE).write_text(json.dumps({"url": self.name, "state": state}) + "\n", encoding="utf-8")

    def restored(self, folder: Path, catalog: Catalog) -> Self:
        """Itself, with the state of that name."""
        self._meet(catalog)
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))["state"]

        def begin() -> None:
            self._asked("load", {"state": state}, lambda answer: None)

        begin()
        self._begin = begin
        return self

    def close(self) -> None:
        """Close the connections; the service itself stays."""
        self._transport.close()

    def _meet(self, catalog: Catalog) -> None:
        self._item_ids = np.array(catalog.item_ids.tolist(), dtype=np.object_)
        self._seen.clear()
        self._observed = 0
        if self._outside:
            self.notice(
                f"recommender {self.name!r} is on another machine: what the platform knows of people goes there"
            )

    def _tell(self, text: str) -> None:
        self.notice(f"recommender {self.name!r}: {text}")

    def _batches(self, requests: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(requests), self._most):
            yield requests[start : start + self._most]

    def _send_fit(self, catalog: Catalog, log: InteractionLog) -> None:
        with TemporaryFile() as body:  # simple servers want to know the length of what comes
            wire.write_fit(body, self._instance, catalog, log)

            def send() -> None:
                kind, until = "application/x-ndjson", self._until("fit")
                self._transport.ask("POST", "/fit", body, kind=kind, until=until)

            self._told("fit", None, 0, send)

    def _observe(self, feedback: Feedback, sequence: int) -> None:
        body = {"turn": feedback.turn, "sequence": sequence, "events": wire.feedback_events(feedback)}
        self._asked("observe", body, lambda answer: None, feedback.turn, len(feedback))

    def _until(self, verb: str) -> float:
        """When a call that begins now must have ended, by the monotonic clock."""
        allowed = self.fit_timeout_s if verb in ("fit", "load") else self.timeout_s
        return inf if allowed is None else monotonic() + allowed

    def _asked(
        self,
        verb: str,
        body: dict[str, Any],
        read: Callable[[dict[str, Any]], T],
        turn: int | None = None,
        size: int = 0,
        until: float | None = None,
    ) -> T:
        """What `read` makes of the answer; one that has forgotten its instance is told everything again, if it may."""
        sent = wire.encoded({"instance": self._instance, **body})

        def ask(until: float) -> T:
            return read(self._transport.ask("POST", f"/{verb}", sent, until=until))

        def asked() -> T:
            try:
                return ask(self._until(verb) if until is None else until)
            except ForgottenError as error:
                if not self.restarts or self._begin is None or self._telling_again:
                    raise
                self._tell(f"{error}. It is told again what it knew")
                self._tell_again(self._begin)
                return ask(self._until(verb))

        return self._told(verb, turn, size, asked)

    def _tell_again(self, begin: Callable[[], None]) -> None:
        self._telling_again = True
        try:
            begin()
            for sequence, feedback in enumerate(self._seen):
                self._observe(feedback, sequence)
        finally:
            self._telling_again = False

    def _told(self, verb: str, turn: int | None, size: int, call: Callable[[], T]) -> T:
        try:
            return call()
        except SlowServiceError:
            allowed = self.fit_timeout_s if verb in ("fit", "load") else self.timeout_s
            raise too_slow(self.name, verb, allowed or 0.0, size=size, turn=turn) from None
        except ServiceError as error:
            raise PluginError(self.name, str(error), RULES[verb], turn=turn) from None


def _state_in(answer: dict[str, Any]) -> str:
    state = answer.get("state")
    if not isinstance(state, str) or not 1 <= len(state) <= 1000:
        raise ServiceError("POST /save: state must be a text of 1 to 1,000 characters")
    return state
