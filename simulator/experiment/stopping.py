"""Ctrl-C while turns are lived: once, and the run stops at the next committed turn; twice, and it stops at once.

Whatever was committed is safe either way, so a stop differs from a kill only in that no turn's work is lost. Before the
first turn and after the last there is nothing to wait for, and Ctrl-C stops at once, as Python has it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.listener import Listener

STOPPING = "stopping at the next committed turn; Ctrl-C again stops at once"


class Interrupted(KeyboardInterrupt):  # it is a KeyboardInterrupt, and no error
    """The run was asked to stop, and stopped at a committed turn."""


class Terminated(KeyboardInterrupt):  # as above
    """SIGTERM: whoever lets a Ctrl-C be taken back is not to wait for a second one."""


class Stop:
    """Whether somebody asked the run to stop."""

    def __init__(self) -> None:
        self.asked = False

    def heed(self) -> None:
        """Raise Interrupted if so."""
        if self.asked:
            raise Interrupted


def _end(number: int, frame: FrameType | None) -> None:
    """What SIGTERM does while nothing is lived."""
    raise Terminated


def take_sigterm_for_ctrl_c() -> bool:
    """From now on, if nobody else cares for it; whether that is so."""
    if not _in_main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return False
    signal.signal(signal.SIGTERM, _end)
    return True


@contextmanager
def terminated_like_ctrl_c() -> Iterator[None]:
    """Meanwhile SIGTERM is taken for Ctrl-C, if nobody else cares for it."""
    taken = take_sigterm_for_ctrl_c()
    try:
        yield
    finally:
        if taken:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def stoppable(listener: Listener) -> Iterator[Stop]:
    """Meanwhile the first Ctrl-C is a wish, to be heeded where a turn is committed; the second is a KeyboardInterrupt.

    Signals whose handlers are neither Python's nor those of `terminated_like_ctrl_c` belong to somebody else, and
    are left alone, as they are outside of the main thread.
    """
    stop = Stop()
    ours = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _end}
    taken = [number for number, handler in ours.items() if signal.getsignal(number) is handler]
    if not _in_main_thread() or not taken:
        yield stop
        return
    reading, writing = os.pipe()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        os.write(writing, b"!")  # a handler may come in between anything, so it is another thread that speaks

    def speak() -> None:
        tell = getattr(listener, "stopping", None)
        while os.read(reading, 1):
            if tell is not None:
                tell(STOPPING)

    speaker = threading.Thread(target=speak, name="stopping", daemon=True)
    speaker.start()
    for number in taken:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number in taken:
            signal.signal(number, ours[number])
        os.close(writing)
        speaker.join()
        os.close(reading)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Meanwhile Ctrl-C and SIGTERM are passed over: for the few moments that it takes to put a terminal in order, or to
    tell how to go on."""
    numbers = (signal.SIGINT, signal.SIGTERM) if _in_main_thread() else ()
    before = {number: handler for number in numbers if (handler := signal.getsignal(number)) is not None}
    for number in before:
        signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Meanwhile no Ctrl-C and no SIGTERM arrives: processes that are started keep it so for ever."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
