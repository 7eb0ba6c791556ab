"""Ctrl-C in mid-call, by a signal that reaches tests in the background too, where SIGINT is ignored."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest


def awoken(main: int) -> None:
    """The main thread is told, and what it waits for is broken off."""
    signal.pthread_kill(main, signal.SIGUSR1)


@contextmanager
def interrupted_once(begun: threading.Event, send: Callable[[int], None] = awoken) -> Iterator[None]:
    """What is done inside must end with a KeyboardInterrupt, which comes once somebody has set `begun`."""
    over = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not over.is_set():
            over.set()
            raise KeyboardInterrupt

    def watch() -> None:
        begun.wait()
        while not over.is_set():  # one that comes just before a wait begins does not break it off
            send(main)
            over.wait(0.5)

    main = threading.main_thread().ident
    assert main is not None
    kept = signal.signal(signal.SIGUSR1, interrupt)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        over.set()
        begun.set()
        watcher.join()
        signal.signal(signal.SIGUSR1, kept)
