"""One HTTP connection to a service: JSON in, a JSON object out, or one `ServiceError` that says what came instead.

What may pass (no connection, 429, 502, 503, 504) is asked again, within the time that the call has. A call's time is
that of all its tries: a service that sends a byte now and then does not stretch it.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from recommenders.remote.address import Address
from recommenders.remote.base import unheard
from recommenders.watch import Watched
from simulator.llm.failures import clean, retry_after_s

PASSING = frozenset({429, 502, 503, 504})
ATTEMPTS = 5
FIRST_WAIT_S = 0.1
MOST_WAIT_S = 2.0
"""Waits before asking again are drawn from 0 to 0.1, 0.2, 0.4, 0.8 s, at most 2 s ("full jitter": M. Brooker,
Exponential Backoff and Jitter, AWS 2015)."""
CONNECT_S = 3.0
"""Seconds that a connection may take to come about: TCP sends its first packet again after 1 s (RFC 6298), so two are
lost before this gives up."""
MOST_BYTES = 64 * 2**20
"""A longer answer is none to a batch of requests."""
SAID_CHARACTERS = 200
GRACE_S = 0.5
"""Seconds that a call is given beyond its time, so that it can end by itself."""
MOST_RETRY_AFTER_S = 60.0
"""What a service may ask for: the longest window of the common limits is a minute."""

Body = bytes | BinaryIO | None


class ServiceError(Exception):
    """What came instead of an answer, in words."""


class SlowServiceError(ServiceError):
    """No whole answer came in time."""


class ForgottenError(ServiceError):
    """The service does not know the instance any more (HTTP 409)."""


class _PassingError(ServiceError):
    """What may be otherwise in a moment."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Transport:
    """Asks one service, one thing at a time."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._watched, self._client = Watched(), self._open()
        self.tell: Callable[[str], None] = unheard
        """Hears, the first time, that something was asked again."""
        self._has_told = False

    def ask(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        kind: str = "application/json",
        until: float,
    ) -> dict[str, Any]:
        """The JSON object that the service answers with, by the time `until` of the monotonic clock (inf: whenever it
        comes). Raises ServiceError."""
        allowed = None if until == math.inf else max(0.0, until - time.monotonic()) + GRACE_S
        try:
            return self._watched(lambda: self._tried(method, path, body, kind, until), allowed)
        except TimeoutError:
            self.close()
            self._watched, self._client = Watched(), self._open()
            raise SlowServiceError(f"{method} {path}: no whole answer in time") from None

    def close(self) -> None:
        """Close the connections."""
        self._watched.close()
        self._client.close()

    def _open(self) -> Any:
        import httpx2

        # A proxy is for the world outside: what runs on this machine is asked directly.
        headers = {"accept": "application/json", "user-agent": "understudy", **self.address.headers}
        return httpx2.Client(headers=headers, trust_env=not self.address.loopback, follow_redirects=False)

    def _tried(self, method: str, path: str, body: Body, kind: str, until: float) -> dict[str, Any]:
        def wait(state: RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            asked = failure.wait_s if isinstance(failure, _PassingError) else None
            drawn = random.uniform(0.0, min(FIRST_WAIT_S * 2 ** (state.attempt_number - 1), MOST_WAIT_S))
            return drawn if asked is None else asked + min(drawn, 0.1 * asked)

        def stop(state: RetryCallState) -> bool:
            late = time.monotonic() + state.upcoming_sleep >= until or state.upcoming_sleep > MOST_RETRY_AFTER_S
            return late or stop_after_attempt(ATTEMPTS)(state)

        def before_sleep(state: RetryCallState) -> None:
            if not self._has_told:  # once: a busy service may say so at every second call
                self._has_told = True
                failure = state.outcome.exception() if state.outcome else None
                self.tell(f"{failure}. Asked again; further times are not told")

        passing = retry_if_exception_type(_PassingError)
        again = Retrying(stop=stop, wait=wait, retry=passing, before_sleep=before_sleep, reraise=True)
        try:
            return again(self._once, method, path, body, kind, until)
        except _PassingError as failure:
            tried = again.statistics.get("attempt_number", 1)
            asks = f", and asks to wait {failure.wait_s:g} s" if failure.wait_s is not None else ""
            raise ServiceError(f"{failure}{asks} (asked {tried} time{'s' if tried > 1 else ''})") from None

    def _once(self, method: str, path: str, body: Body, kind: str, until: float) -> dict[str, Any]:
        import httpx2

        left = until - time.monotonic()
        if left <= 0:
            raise SlowServiceError(f"{method} {path}: no whole answer in time")
        headers = {} if body is None else {"content-type": kind}
        content: Any = body
        if body is not None and not isinstance(body, bytes):
            headers["content-length"] = str(body.seek(0, 2))
            body.seek(0)
            content = _pieces(body)
        what = f"{method} {path}"
        timeout = httpx2.Timeout(None if left == math.inf else left, connect=min(left, CONNECT_S))
        try:
            url = self.address.url + path
            with self._client.stream(method, url, content=content, headers=headers, timeout=timeout) as answer:
                return _answer_in(answer, what, until, self._said)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
            raise _PassingError(f"{what}: nobody answers at {self.address.url} ({self._said(str(error))})") from None
        except httpx2.TimeoutException:
            raise SlowServiceError(f"{what}: no whole answer in time") from None
        except (httpx2.ReadError, httpx2.WriteError, httpx2.CloseError, httpx2.RemoteProtocolError) as error:
            why = self._said(str(error)) or type(error).__name__
            raise _PassingError(f"{what}: the connection broke ({why})") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise ServiceError(f"{what}: {self._said(str(error)) or type(error).__name__}") from None

    def _said(self, text: str) -> str:
        """What a service said, for a message: on one line, printable, without the token."""
        text = text[: 8 * SAID_CHARACTERS]
        if self.address.token is not None:
            text = text.replace(self.address.token, "***")
        return clean(text, most=SAID_CHARACTERS)


def _pieces(body: BinaryIO) -> Any:
    while piece := body.read(1 << 20):
        yield piece


def _answer_in(answer: Any, what: str, until: float, said: Callable[[str], str]) -> dict[str, Any]:
    """The JSON object in a response. Raises ServiceError."""
    status, kind = int(answer.status_code), str(answer.headers.get("content-type", ""))
    received = _whole(answer, what, until)
    text = received.decode("utf-8", errors="replace")
    told = f"{what} answered HTTP {status}"
    quoted = f": {said(text)!r}" if text.strip() else ", and nothing more"
    if status in PASSING:
        raise _PassingError(told + quoted, retry_after_s(answer.headers))
    if status == 409:
        raise ForgottenError(told + quoted)
    if 300 <= status < 400:
        to = said(str(answer.headers.get("location", "nowhere")).rpartition("@")[2].partition("?")[0])
        raise ServiceError(f"{told} and points to {to}; give the address that answers itself")
    if status in (401, 403):
        raise ServiceError(f"{told}{quoted}; give the name of the variable with the right token as params.token_env")
    if not 200 <= status < 300:
        raise ServiceError(told + quoted)
    if kind.partition(";")[0].strip().lower() != "application/json":
        given = said(kind) or "no content type"
        raise ServiceError(f"{what} answered with {given} instead of application/json{quoted}")
    try:
        value = json.loads(received)
    except (ValueError, RecursionError) as error:
        raise ServiceError(f"{what} answered with what is not JSON ({said(str(error))}){quoted}") from None
    if not isinstance(value, dict):
        raise ServiceError(f"{what} answered with a {type(value).__name__} instead of a JSON object{quoted}")
    return value


def _whole(answer: Any, what: str, until: float) -> bytes:
    received = bytearray()
    for piece in answer.iter_bytes():
        received += piece
        if len(received) > MOST_BYTES:
            raise ServiceError(f"{what} answered with more than {MOST_BYTES:,} bytes")
        if time.monotonic() > until:
            raise SlowServiceError(f"{what}: no whole answer in time")
    return bytes(received)
