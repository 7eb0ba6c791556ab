"""What recommenders have to say beside their slates, such as that one was asked again: heard at once, and kept."""

from __future__ import annotations

from threading import Lock, get_ident

from simulator.listener import Listener


class Asides:
    """Passes notices on to the listener in the thread that made this one; those of other threads wait until then."""

    def __init__(self, listener: Listener) -> None:
        self._listener, self._thread, self._lock = listener, get_ident(), Lock()
        self._passed_on = 0
        self.said: list[str] = []
        """Everything, in the order in which it was said."""

    def __call__(self, text: str) -> None:
        """Say something, from any thread."""
        with self._lock:
            self.said.append(text)
        if get_ident() == self._thread:
            self.pass_on()

    def pass_on(self) -> None:
        """Tell the listener what it has not heard yet."""
        with self._lock:
            new = self.said[self._passed_on :]
            self._passed_on = len(self.said)
        for text in new:
            self._listener.notice(text)
