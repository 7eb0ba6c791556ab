"""Calls of foreign code in a thread of its own, so that one that never returns can be told from one that is slow."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_HEARD_EVERY_S = 0.5
"""A Ctrl-C that comes in the instant before a wait begins is heard only when the wait ends, so none is longer."""


class Watched:
    """One thread for all calls of one plug-in: they come in order and always meet the same thread.

    The thread only decides when to give up, never what a call returns, so results repeat exactly. One that is given up
    stays behind as a daemon and dies with the process.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.lost = False
        """Whether a call was given up; the plug-in can be called no more."""

    def __call__(self, call: Callable[[], T], timeout_s: float | None = None) -> T:
        """What `call` returns or raises. Raises TimeoutError after `timeout_s`, and at every call after that."""
        if self.lost:
            raise TimeoutError("an earlier call has not come back")
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="plug-in", daemon=True)
            self._thread.start()
        self._calls.put(call)
        try:
            value, error = self._result(timeout_s)
        except queue.Empty:
            self.lost = True
            raise TimeoutError(f"no answer within {timeout_s:g} s") from None
        except BaseException:  # interrupted: what comes back would be taken for the next call's, and may be long
            self.lost = True
            raise
        if error is not None:
            raise error
        result: T = value
        return result

    def _result(self, timeout_s: float | None) -> tuple[Any, BaseException | None]:
        until = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left = max(0.0, until - time.monotonic())
            try:
                return self._results.get(timeout=min(left, _HEARD_EVERY_S))
            except queue.Empty:
                if left <= _HEARD_EVERY_S:
                    raise

    def close(self) -> None:
        """End the thread after the calls that it was given; one that was given up is not waited for."""
        if self._thread is not None:
            self._calls.put(None)
            if not self.lost:
                self._thread.join()
            self._thread = None

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                self._results.put((call(), None))
            except BaseException as error:  # SystemExit too: a plug-in does not end the run
                self._results.put((None, error))
